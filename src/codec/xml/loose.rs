//! Any JSON as XML, in the elements that XPath's `json-to-xml` makes (XPath and XQuery Functions 3.1, 17.5).

use std::fmt::Write as _;

use super::document::{Body, Element};
use super::scalar::{self, escape, escape_attribute, is_char};
use crate::value::{Map, SmolStr, Value, excerpt};

/// Appends a value.
pub fn write(out: &mut String, key: Option<&str>, value: &Value) {
    let name = match value {
        Value::Null => "null",
        Value::Decimal(number) if !number.is_finite() => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::Decimal(_) => "number",
        Value::Text(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "map",
    };
    out.push_str("<fn:");
    out.push_str(name);
    if let Some(key) = key {
        let (key, escaped) = spell(key);
        out.push_str(if escaped { " escaped-key=\"true\" key=\"" } else { " key=\"" });
        escape_attribute(out, &key);
        out.push('"');
    }
    match value {
        Value::List(items) => {
            out.push('>');
            items.iter().for_each(|item| write(out, None, item));
        }
        Value::Map(map) => {
            out.push('>');
            map.iter().for_each(|(key, value)| write(out, Some(key), value));
        }
        Value::Text(text) => {
            let (text, escaped) = spell(text);
            out.push_str(if escaped { " escaped=\"true\">" } else { ">" });
            escape(out, &text);
        }
        other => {
            out.push('>');
            out.push_str(&scalar::write(other).unwrap_or_default());
        }
    }
    out.push_str("</fn:");
    out.push_str(name);
    out.push('>');
}

/// Text, with the escapes of JSON where it has characters that XML has not.
fn spell(text: &str) -> (String, bool) {
    if text.chars().all(is_char) {
        return (text.to_owned(), false);
    }
    let mut spelled = String::with_capacity(text.len().saturating_add(16));
    for c in text.chars() {
        match c {
            '\\' => spelled.push_str("\\\\"),
            c if is_char(c) => spelled.push(c),
            c => {
                // Those that XML lacks are all within the first plane.
                let _ = write!(spelled, "\\u{:04x}", u32::from(c));
            }
        }
    }
    (spelled, true)
}

/// Reads a value.
///
/// # Errors
/// A sentence about the first thing that is wrong.
pub fn read(element: &Element) -> Result<Value, String> {
    let inside = match &element.body {
        Body::Elements(inside) => inside.as_slice(),
        _ => &[],
    };
    let wrong = || Err(format!("{} is malformed", excerpt(&element.name)));
    match element.name.as_str() {
        "fn:map" if element.body.is_blank() || !inside.is_empty() => {
            let mut seen = std::collections::HashSet::new();
            let mut map = Map::with_capacity(inside.len());
            for child in inside {
                let Some(key) = attribute(child, "key") else { return wrong() };
                let key: SmolStr = unspell(key, is_set(child, "escaped-key"))?.into();
                if !seen.insert(key.clone()) {
                    return Err(format!("duplicate name {:?}", excerpt(&key)));
                }
                map.push(key, read(child)?);
            }
            Ok(map.into())
        }
        "fn:array" if element.body.is_blank() || !inside.is_empty() => {
            inside.iter().map(read).collect::<Result<_, _>>().map(Value::List)
        }
        _ if !inside.is_empty() => wrong(),
        "fn:string" => unspell(&element.body.text(), is_set(element, "escaped")).map(Value::Text),
        "fn:number" => scalar::number(&element.body.text()).map_or_else(wrong, Ok),
        "fn:boolean" => match scalar::read_as("boolean", &element.body.text()) {
            Value::Text(_) => wrong(),
            flag => Ok(flag),
        },
        "fn:null" if element.body.is_blank() => Ok(Value::Null),
        _ => wrong(),
    }
}

fn attribute<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    element.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn is_set(element: &Element, name: &str) -> bool {
    matches!(attribute(element, name), Some("true" | "1"))
}

fn unspell(text: &str, escaped: bool) -> Result<String, String> {
    if !escaped || !text.contains('\\') {
        return Ok(text.to_owned());
    }
    // The text is the inside of a JSON string, but for quotes and line ends, which need no escape here.
    let mut quoted = String::with_capacity(text.len().saturating_add(8));
    let mut after_backslash = false;
    for c in text.chars() {
        match c {
            '"' if !after_backslash => quoted.push_str("\\\""),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
        after_backslash = c == '\\' && !after_backslash;
    }
    serde_json::from_str(&format!("\"{quoted}\"")).map_err(|_| "malformed escape in a string".to_owned())
}
