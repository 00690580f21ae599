//! Value → CBOR.

use crate::value::{Map, Value};

/// Writes a value.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write(&mut out, value);
    out
}

/// Appends a value.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Int(number) => match u64::try_from(*number) {
            Ok(number) => head(out, 0, number),
            // The number -1 - n is written as n, which is the number with all its bits turned.
            Err(_) => head(out, 1, !*number as u64),
        },
        Value::Decimal(number) => decimal(out, *number),
        Value::Text(words) => text(out, words),
        Value::List(items) => {
            head(out, 4, count(items.len()));
            items.iter().for_each(|item| write(out, item));
        }
        Value::Map(map) => members(out, map),
    }
}

fn members(out: &mut Vec<u8>, map: &Map) {
    head(out, 5, count(map.len()));
    for (name, value) in map.iter() {
        text(out, name);
        write(out, value);
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    head(out, 3, count(text.len()));
    out.extend_from_slice(text.as_bytes());
}

/// Single precision where it says the same, double otherwise: the clause names these two, and not the half.
fn decimal(out: &mut Vec<u8>, number: f64) {
    if !number.is_finite() {
        // As in JSON, which has no spelling for it; no codec lets one in.
        out.push(0xf6);
        return;
    }
    #[allow(clippy::cast_possible_truncation, reason = "what was lost is seen in the next line")]
    let single = number as f32;
    if f64::from(single).to_bits() == number.to_bits() {
        out.push(0xfa);
        out.extend_from_slice(&single.to_be_bytes());
    } else {
        out.push(0xfb);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

/// The head of an item: its major type, and a number in as few bytes as it takes.
fn head(out: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    let (mark, width) = match number {
        0..24 => {
            out.push(major | bytes[7]);
            return;
        }
        24..0x100 => (24, 1),
        0x100..0x1_0000 => (25, 2),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 8),
    };
    out.push(major | mark);
    out.extend(bytes.iter().skip(bytes.len().saturating_sub(width)));
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
