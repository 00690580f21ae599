//! JSON (TS-0004 8.4).
//!
//! Strict where laxness would hide a mistake: duplicate names, numbers that do not fit, anything after the value. Nesting
//! is bounded, so is the number of bytes (by the binding, before they come here).

use std::fmt;
use std::fmt::Write as _;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::value::{Map, SmolStr, Value};

/// How deep objects and lists may nest unless a configuration says otherwise.
pub const DEFAULT_DEPTH: usize = 32;

/// Members of one object from which on names are looked up by hash when checking for duplicates.
const MANY: usize = 16;

/// Reads one JSON value.
///
/// # Errors
/// A sentence with line and column.
pub fn decode(bytes: &[u8], max_depth: usize) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))?;
    // A byte order mark is not part of JSON, but editors on one platform add it to every file.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Node { depth: max_depth.min(120) }.deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// Writes a value as compact JSON.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write(&mut out, value);
    out
}

/// Appends a value as compact JSON.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(number) => write_int(out, *number),
        Value::Decimal(number) => write_decimal(out, *number),
        Value::Text(text) => write_text(out, text),
        Value::List(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write(out, item);
            }
            out.push(b']');
        }
        Value::Map(map) => write_map(out, map),
    }
}

/// Appends an object.
pub fn write_map(out: &mut Vec<u8>, map: &Map) {
    out.push(b'{');
    for (place, (name, value)) in map.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_text(out, name);
        out.push(b':');
        write(out, value);
    }
    out.push(b'}');
}

/// Appends a whole number.
pub fn write_int(out: &mut Vec<u8>, number: i64) {
    let mut text = Scratch(out);
    // Writing to a vector cannot fail.
    let _ = write!(text, "{number}");
}

/// Appends a text in quotes, escaped as JSON asks (RFC 8259 section 7).
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 => b"",
            _ => continue,
        };
        out.extend_from_slice(text.as_bytes().get(plain..at).unwrap_or_default());
        if escape.is_empty() {
            let _ = write!(Scratch(out), "\\u{byte:04x}");
        } else {
            out.extend_from_slice(escape);
        }
        plain = at.saturating_add(1);
    }
    out.extend_from_slice(text.as_bytes().get(plain..).unwrap_or_default());
    out.push(b'"');
}

/// The shortest decimal that reads back as the same number, with a fraction or exponent so that it stays a decimal.
fn write_decimal(out: &mut Vec<u8>, number: f64) {
    if !number.is_finite() {
        // JSON has no spelling for it, and no codec lets one in.
        out.extend_from_slice(b"null");
        return;
    }
    let _ = write!(Scratch(out), "{number:?}");
}

struct Scratch<'a>(&'a mut Vec<u8>);

impl fmt::Write for Scratch<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// One value, at most `depth` levels of nesting below it.
#[derive(Clone, Copy)]
struct Node {
    depth: usize,
}

impl Node {
    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deep"))?;
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Int).map_err(|_| E::custom(format!("number {number} out of range")))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        if number.is_finite() { Ok(Value::Decimal(number)) } else { Err(E::custom("number out of range")) }
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let node = self.below()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(node)? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let node = self.below()?;
        let mut map = Map::with_capacity(8);
        let mut seen = std::collections::HashSet::new();
        while let Some(name) = object.next_key_seed(Name)? {
            if map.len() == MANY {
                seen.extend(map.iter().map(|(name, _)| name.clone()));
            }
            let duplicate = if map.len() < MANY { map.contains(&name) } else { !seen.insert(name.clone()) };
            if duplicate {
                return Err(A::Error::custom(format!("duplicate name {:?}", crate::value::excerpt(&name))));
            }
            map.push(name, object.next_value_seed(node)?);
        }
        Ok(Value::Map(map))
    }
}

/// A member's name, without a detour through `String`.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = SmolStr;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<SmolStr, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = SmolStr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, text: &str) -> Result<SmolStr, E> {
        Ok(SmolStr::new(text))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Value, String> {
        decode(text.as_bytes(), DEFAULT_DEPTH)
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for text in
            [r#"{"a":[1,2.5,true,null,"x\"\\\n"],"b":{}}"#, r#""\u0001é😀""#, "-9223372036854775808", "1.0", "1e300"]
        {
            let value = read(text).unwrap();
            assert_eq!(read(std::str::from_utf8(&encode(&value)).unwrap()).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn mistakes_are_not_smoothed_over() {
        for text in [r#"{"a":1,"a":2}"#, "1 2", "18446744073709551615", "1e999", "{", "", r#""\ud800""#, "nul", "[1,]"]
        {
            assert!(read(text).is_err(), "{text}");
        }
        let many: Vec<String> = (0..100).map(|n| format!("\"n{}\":0", n % 99)).collect();
        assert!(read(&format!("{{{}}}", many.join(","))).unwrap_err().contains("duplicate"));
    }

    #[test]
    fn a_hundred_thousand_brackets_are_refused() {
        let deep = "[".repeat(100_000);
        assert!(read(&deep).unwrap_err().contains("nested too deep"));
        assert!(read(&format!("{}1{}", "[".repeat(32), "]".repeat(32))).is_ok());
    }

    /// Any value that JSON can spell.
    pub fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            (-1e15..1e15).prop_map(Value::Decimal),
            "\\PC{0,20}".prop_map(Value::Text),
            "[\\x00-\\x7f]{0,8}".prop_map(Value::Text),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                prop::collection::vec(("[a-z]{1,6}", inner), 0..6)
                    .prop_map(|members| Value::Map(Map::from_iter(members))),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_survives_json(value in any_value()) {
            prop_assert_eq!(decode(&encode(&value), 64).unwrap(), value);
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes, DEFAULT_DEPTH);
        }
    }
}
