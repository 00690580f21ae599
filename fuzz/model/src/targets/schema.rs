//! A vendor's schema file, and content held against what it says.

use onem2m_cse::codec::{decode, encode, format::Format};
use onem2m_cse::schema::{Registry, check};
use onem2m_cse::value::{Map, Value};

/// A TOML file beside the standard's.
pub fn schema(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut registry = Registry::clone(Registry::shared());
    if registry.extend_toml("fuzz.toml", text).is_err() {
        return;
    }
    for of in registry.types() {
        if Registry::shared().by_number(of.number).is_some() {
            continue;
        }
        // Every attribute that it may have, with a value that hardly fits.
        for value in
            [Value::Int(1), Value::from("1"), Value::List(vec![Value::Int(1)]), Map::from_iter([("a", 1_i64)]).into()]
        {
            let content: Map = of.attributes().map(|attribute| (attribute.short.clone(), value.clone())).collect();
            let _ = check::create(of, &registry, content.clone());
            let _ = check::update(of, &registry, content.clone());
            let whole = Value::from(Map::from_iter([(of.root.clone(), content)]));
            let xml = encode(Format::Xml, &whole, &registry);
            assert_eq!(decode(Format::Xml, &xml, &registry).as_ref(), Ok(&whole), "{}", String::from_utf8_lossy(&xml));
        }
    }
}
