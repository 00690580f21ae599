//! One parameter's value → one Rust type, with a sentence when it does not fit.
//!
//! A parameter comes as a number from JSON and as text from peers that quote everything; both are read.

use crate::primitive::Rejection;
use crate::value::{AbsRelTimestamp, SmolStr, Timestamp, Value};

/// The most items that a list parameter may have; a stranger's list costs no more work than this.
pub(super) const MAX_ITEMS: usize = 256;

pub(super) fn expected(name: &str, what: &str, got: &Value) -> Rejection {
    Rejection::bad_request(format!("{name}: expected {what}, got {}", got.excerpt()))
}

pub(super) fn text(name: &str, value: &Value) -> Result<SmolStr, Rejection> {
    value.as_text().map(SmolStr::from).ok_or_else(|| expected(name, "text", value))
}

pub(super) fn number(name: &str, value: &Value) -> Result<i64, Rejection> {
    let number = match value {
        Value::Int(number) => Some(*number),
        Value::Text(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| *number >= 0).ok_or_else(|| expected(name, "a non-negative integer", value))
}

pub(super) fn small(name: &str, value: &Value) -> Result<u32, Rejection> {
    number(name, value)?.try_into().map_err(|_| expected(name, "a small non-negative integer", value))
}

pub(super) fn positive(name: &str, value: &Value) -> Result<u64, Rejection> {
    let positive = number(name, value)?.unsigned_abs();
    if positive == 0 { Err(expected(name, "a positive integer", value)) } else { Ok(positive) }
}

pub(super) fn boolean(name: &str, value: &Value) -> Result<bool, Rejection> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Text(text) if text == "true" => Ok(true),
        Value::Text(text) if text == "false" => Ok(false),
        other => Err(expected(name, "true or false", other)),
    }
}

pub(super) fn timestamp(name: &str, value: &Value) -> Result<Timestamp, Rejection> {
    value
        .as_text()
        .and_then(Timestamp::parse)
        .ok_or_else(|| expected(name, "a timestamp such as 20261120T160743", value))
}

pub(super) fn abs_rel_timestamp(name: &str, value: &Value) -> Result<AbsRelTimestamp, Rejection> {
    let parsed = match value {
        Value::Int(millis) => Some(AbsRelTimestamp::After(*millis)),
        Value::Text(text) => AbsRelTimestamp::parse(text),
        _ => None,
    };
    parsed.ok_or_else(|| expected(name, "a timestamp or a number of milliseconds", value))
}

/// A list of texts: a JSON list, or one text with spaces between the items (the XML spelling, which peers also send).
pub(super) fn texts(name: &str, value: &Value) -> Result<Vec<SmolStr>, Rejection> {
    let items: Vec<SmolStr> = match value {
        Value::Text(text) => text.split(' ').filter(|item| !item.is_empty()).map(SmolStr::from).collect(),
        Value::List(items) => items.iter().map(|item| text(name, item)).collect::<Result<_, _>>()?,
        other => return Err(expected(name, "a list of text", other)),
    };
    bounded(name, items)
}

pub(super) fn bounded<T>(name: &str, items: Vec<T>) -> Result<Vec<T>, Rejection> {
    if items.len() > MAX_ITEMS {
        return Err(Rejection::bad_request(format!("{name}: expected at most {MAX_ITEMS} items")));
    }
    Ok(items)
}

/// A list as it leaves, or nothing when it is empty.
pub(super) fn list(items: &[SmolStr]) -> Option<Value> {
    (!items.is_empty()).then(|| items.to_vec().into())
}

/// `m2m:absRelTimestamp` as it leaves.
pub(super) fn write_abs_rel(at: AbsRelTimestamp) -> Value {
    match at {
        AbsRelTimestamp::At(at) => at.into(),
        AbsRelTimestamp::After(millis) => Value::Text(millis.to_string()),
    }
}
