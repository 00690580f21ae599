use proptest::prelude::*;

use super::*;
use crate::codec::json;
use crate::value::Value;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn read(hex: &str) -> Result<Value, String> {
    decode(&bytes(hex), json::DEFAULT_DEPTH)
}

fn value(text: &str) -> Value {
    json::decode(text.as_bytes(), json::DEFAULT_DEPTH).unwrap()
}

#[test]
fn what_json_says_is_written_as_the_clause_wants() {
    for (text, hex) in [
        ("0", "00"),
        ("23", "17"),
        ("24", "1818"),
        ("-1", "20"),
        ("-500", "3901f3"),
        ("65536", "1a00010000"),
        ("9223372036854775807", "1b7fffffffffffffff"),
        ("-9223372036854775808", "3b7fffffffffffffff"),
        ("1.5", "fa3fc00000"),
        ("1.0", "fa3f800000"),
        ("0.1", "fb3fb999999999999a"),
        ("[true, false, null]", "83f5f4f6"),
        (r#"{"con": "21.5"}"#, "a163636f6e6432312e35"),
        (r#"{"m2m:cnt": {"mni": 500, "lbl": ["a", "é"]}}"#, "a1676d326d3a636e74a2636d6e691901f4636c626c82616162c3a9"),
    ] {
        assert_eq!(encode(&value(text)), bytes(hex), "{text}");
        assert_eq!(read(hex), Ok(value(text)), "{hex}");
    }
}

#[test]
fn lengths_may_be_left_open_and_heads_longer_than_they_need_be() {
    assert_eq!(read("bf61619f0102ff6162bfffff"), Ok(value(r#"{"a": [1, 2], "b": {}}"#)));
    assert_eq!(read("7f61616162ff"), Ok(Value::from("ab")));
    assert_eq!(read("1b0000000000000001"), Ok(Value::Int(1)));
    assert_eq!(read("f93e00"), Ok(Value::Decimal(1.5)));
    assert_eq!(read("d9d9f701"), Ok(Value::Int(1)), "the tag that says that this is CBOR");
}

/// Clause 8.5.2, first example. It has byte strings where the clause wants text.
#[test]
fn the_examples_of_the_standard_are_read() {
    let example = "a6427063a1466d326d3a6165a342726e54536d617274486f6d654170706c69636174696f6e43617069444e613536\
                   4361706e47617070313233344274790242746f572f2f6578616d706c652e6e65742f6d6e63736531323334\
                   4372636e07426f700143727169454131303030";
    assert_eq!(
        read(example),
        Ok(value(
            r#"{"op": 1, "to": "//example.net/mncse1234", "rqi": "A1000", "rcn": 7, "ty": 2,
                "pc": {"m2m:ae": {"rn": "SmartHomeApplication", "api": "Na56", "apn": "app1234"}}}"#
        ))
    );
}

#[test]
fn mistakes_are_not_smoothed_over() {
    for (hex, word) in [
        ("", "breaks off"),
        ("a1", "breaks off"),
        ("0101", "follows"),
        ("a2616101616102", "duplicate name"),
        ("a10102", "name in text"),
        ("a1f601", "name in text"),
        ("1bffffffffffffffff", "out of range"),
        ("3bffffffffffffffff", "out of range"),
        ("f97e00", "out of range"),
        ("f97c00", "out of range"),
        ("c249010000000000000000", "tag 2"),
        ("c074323031332d30332d32315432303a30343a30305a", "tag 0"),
        ("f7", "simple value 23"),
        ("ff", "without a beginning"),
        ("a16161ff", "without a beginning"),
        ("61ff", "not UTF-8"),
        ("41ff", "not UTF-8"),
        ("7f6161416161ff", "same text"),
        ("7f7f6161ffff", "same text"),
        ("1c", "malformed"),
        ("7bffffffffffffffff61", "breaks off"),
        ("9bffffffffffffffff01", "breaks off"),
        ("bbffffffffffffffff616101", "breaks off"),
    ] {
        let reason = read(hex).unwrap_err();
        assert!(reason.contains(word), "{hex}: {reason}");
    }
    let many: String =
        (0..100).map(|n| format!("62{:02x}{:02x}00", b'a' + (n % 99) / 10, b'a' + (n % 99) % 10)).collect();
    assert!(read(&format!("b864{many}")).unwrap_err().contains("duplicate"));
}

#[test]
fn a_hundred_thousand_lists_or_tags_are_refused() {
    for head in ["81", "9f", "a16161", "d9d9f7"] {
        assert!(read(&head.repeat(100_000)).unwrap_err().contains("nested too deep"), "{head}");
    }
    assert!(read(&format!("{}01", "81".repeat(32))).is_ok());
}

proptest! {
    #[test]
    fn every_value_survives_cbor(value in json::tests::any_value()) {
        prop_assert_eq!(decode(&encode(&value), 64).unwrap(), value);
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(value) = decode(&bytes, json::DEFAULT_DEPTH) {
            prop_assert_eq!(decode(&encode(&value), json::DEFAULT_DEPTH).unwrap(), value);
        }
    }
}
