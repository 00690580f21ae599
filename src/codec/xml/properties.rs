//! Any value, wherever it stands; any bytes.

use proptest::prelude::*;

use super::{decode, encode};
use crate::codec::json;
use crate::schema::Registry;
use crate::value::{Map, Value};

proptest! {
    #[test]
    fn every_value_survives_xml(value in json::tests::any_value()) {
        let registry = Registry::shared();
        prop_assert_eq!(decode(&encode(&value, registry), 64, registry).unwrap(), value);
    }

    #[test]
    fn every_value_survives_wherever_it_stands(
        value in json::tests::any_value(),
        root in prop::sample::select(&["m2m:cnt", "m2m:acp", "m2m:sub", "m2m:rqp", "m2m:rrl", "m2m:uril", "m2m:dbg", "m2m:agr"][..]),
        name in prop::sample::select(&["mni", "lbl", "con", "pv", "acr", "enc", "rn", "ch", "rrf", "m2m:cin", "m2m:rsp", "fc", "x:y"][..]),
    ) {
        let registry = Registry::shared();
        for value in [
            Value::from(Map::from_iter([(root, value.clone())])),
            Map::from_iter([(root, Map::from_iter([(name, value.clone())]))]).into(),
            Map::from_iter([(root, Map::from_iter([(name, vec![Map::from_iter([(name, value)])])]))]).into(),
        ] {
            let text = encode(&value, registry);
            let read = decode(&text, 64, registry);
            prop_assert_eq!(read, Ok(value), "{}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes, json::DEFAULT_DEPTH, Registry::shared());
    }

    #[test]
    fn no_tags_make_the_decoder_panic(
        parts in prop::collection::vec(prop::sample::select(&[
            "<a>", "</a>", "<m2m:cnt rn='", "'", ">", "<", "/>", "&", ";", "&#", "&lt;", "x", " ", "<![CDATA[", "]]>", "<!--",
            "-->", "<?", "?>", "<!DOCTYPE", "fn:", "<fn:map>", "</fn:map>", "xmlns:q='", "=\"", "\"", "<lbl>", "</lbl>", "é",
        ][..]), 0..40),
    ) {
        let text = parts.concat();
        if let Ok(value) = decode(text.as_bytes(), json::DEFAULT_DEPTH, Registry::shared()) {
            let registry = Registry::shared();
            prop_assert_eq!(decode(&encode(&value, registry), 64, registry), Ok(value));
        }
    }
}
