//! Small readings and writings shared by the bindings that spread a primitive over headers, options, path and query.

use std::borrow::Cow;

use crate::codec::json;
use crate::primitive::Rejection;
use crate::value::{SmolStr, Value, excerpt};

/// The most items that a list in a header or an argument may have.
const MAX_ITEMS: usize = 256;

/// 4000: what is wrong with a header or an argument, by its name.
pub(crate) fn bad(name: &str, what: &str) -> Rejection {
    Rejection::bad_request(format!("{}: {what}", excerpt(name)))
}

/// The items between separators; spaces around them mean nothing, nor do empty items.
pub(crate) fn list_of(name: &str, text: &str, separator: char) -> Result<Vec<SmolStr>, Rejection> {
    let mut items = Vec::new();
    for item in text.split(separator).map(str::trim).filter(|item| !item.is_empty()) {
        if items.len() >= MAX_ITEMS {
            return Err(bad(name, &format!("expected at most {MAX_ITEMS} items")));
        }
        items.push(item.into());
    }
    Ok(items)
}

/// Percent-decodes a text (RFC 3986 2.1). `plus` also turns `+` into a space, as query strings have it.
pub(crate) fn decode<'a>(name: &str, text: &'a str, plus: bool) -> Result<Cow<'a, str>, Rejection> {
    if !text.bytes().any(|b| b == b'%' || (plus && b == b'+')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digits = bytes.next().and_then(hex).zip(bytes.next().and_then(hex));
                let (high, low) = digits.ok_or_else(|| bad(name, "expected two hexadecimal digits after %"))?;
                high << 4 | low
            }
            b'+' if plus => b' ',
            other => other,
        });
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| bad(name, "expected UTF-8 after percent decoding"))
}

const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(byte.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// Appends a text with everything percent-encoded that `keep` does not keep.
pub(crate) fn encode(out: &mut String, text: &str, keep: impl Fn(u8) -> bool) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |number: u8| DIGITS.get(usize::from(number)).copied().unwrap_or('0');
    for byte in text.bytes() {
        if byte.is_ascii() && keep(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
}

/// A value as plain text; the items of a list with a separator between.
pub(crate) fn plain(value: &Value, separator: &str) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(items) => items.iter().map(|item| plain(item, separator)).collect::<Vec<_>>().join(separator),
        other => String::from_utf8_lossy(&json::encode(other)).into_owned(),
    }
}
