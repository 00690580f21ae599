//! Text ↔ numbers, truth values and text, and which characters XML has.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::kind::Kind;
use crate::schema::{DataType, Simple};
use crate::value::Value;

/// What a text means in an element of that kind. What does not fit its type stays text, and the schema check says so.
pub fn read(kind: Kind<'_>, text: &str) -> Value {
    let value = match kind {
        Kind::Typed(DataType::Simple(Simple::Boolean)) => boolean(text),
        Kind::Typed(DataType::Simple(simple)) if is_number(*simple) => number(text),
        Kind::Typed(DataType::ResourceType | DataType::MemberType(_) | DataType::Enumeration(_)) => number(text),
        _ => None,
    };
    value.unwrap_or_else(|| text.into())
}

const fn is_number(simple: Simple) -> bool {
    matches!(
        simple,
        Simple::Integer
            | Simple::NonNegativeInteger
            | Simple::PositiveInteger
            | Simple::UnsignedLong
            | Simple::UnsignedInt
            | Simple::UnsignedShort
            | Simple::UnsignedByte
            | Simple::Float
            | Simple::Double
            | Simple::Decimal
    )
}

/// A text whose type the document says itself (`xsi:type`).
pub fn read_as(says: &str, text: &str) -> Value {
    let value = match says {
        "boolean" => boolean(text),
        "integer" | "long" | "int" | "short" | "byte" | "nonNegativeInteger" | "positiveInteger" | "unsignedLong"
        | "unsignedInt" | "unsignedShort" | "unsignedByte" | "decimal" | "double" | "float" => number(text),
        _ => None,
    };
    value.unwrap_or_else(|| text.into())
}

/// Whether a type is one that [`read_as`] knows.
pub fn is_known(says: &str) -> bool {
    says == "string" || says == "boolean" || !matches!(read_as(says, "1"), Value::Text(_))
}

/// What `xsi:type` says of a value.
pub const fn says(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Decimal(_) => "double",
        _ => "string",
    }
}

fn boolean(text: &str) -> Option<Value> {
    match trim(text) {
        "true" | "1" => Some(Value::Bool(true)),
        "false" | "0" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// As in JSON: digits alone are a whole number, with a point or an exponent it is a decimal one. What does not fit is
/// never rounded into a whole number.
pub fn number(text: &str) -> Option<Value> {
    let text = trim(text);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(Value::Int);
    }
    let spelled = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = if spelled { text.parse().ok()? } else { return None };
    number.is_finite().then_some(Value::Decimal(number))
}

/// A value that is no list and no object, as text. NULL and what is no number are nothing.
pub fn write(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(text.into()),
        Value::Bool(flag) => Some(flag.to_string().into()),
        Value::Int(number) => Some(number.to_string().into()),
        Value::Decimal(number) if number.is_finite() => Some(format!("{number:?}").into()),
        _ => None,
    }
}

/// Whether a character may stand in a document, as such or as a reference (XML 1.0 2.2).
pub const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..) && c != '\u{fffe}' && c != '\u{ffff}'
}

/// Whether a character is white space to XML.
pub const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Appends text. What a reader would take for markup, or for another line end, is a reference.
pub fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

/// Appends the value of an XML attribute, to stand in double quotes.
pub fn escape_attribute(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "&#{};", u32::from(c));
            }
            other => out.push(other),
        }
    }
}
