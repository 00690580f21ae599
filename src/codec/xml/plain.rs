//! What needs no further words in XML: values that the schema alone tells from their text.

use super::kind::Kind;
use super::names::is_name;
use super::scalar::{self, is_char};
use crate::schema::Registry;
use crate::value::{Map, Value};

/// Whether a value can be written so that the schema alone tells what it is.
pub fn is_plain(kind: Kind<'_>, value: &Value, item: bool) -> bool {
    match value {
        Value::Map(map) if map.is_empty() => match kind {
            Kind::Resource(_) => true,
            // As an item, it would be a list without items.
            Kind::Complex(_) => !item && !kind.is_reference(),
            _ => false,
        },
        Value::Map(map) => map.iter().all(|(name, _)| is_name(name)),
        Value::Null | Value::List(_) => false,
        scalar => {
            scalar::write(scalar).is_some_and(|text| text.chars().all(is_char) && scalar::read(kind, &text) == *scalar)
        }
    }
}

/// Whether an object is a text with XML attributes and nothing else.
pub fn is_reference<'r>(kind: Kind<'r>, registry: &'r Registry, map: &Map) -> bool {
    let text = map.get("val").and_then(Value::as_text);
    map.len() > 1
        && text.is_some_and(|text| text.chars().all(is_char))
        && map.iter().all(|(name, value)| {
            let spelled = scalar::write(value);
            matches!(name.as_str(), "nm" | "typ" | "spid" | "val")
                && spelled.is_some_and(|text| {
                    text.chars().all(is_char) && scalar::read(kind.member(registry, name), &text) == *value
                })
        })
}
