//! Bytes → a value → a primitive, in each format; and back.

use onem2m_cse::codec::format::Format;
use onem2m_cse::codec::primitive::{from_request, from_response, to_request, to_response, wrap_request, wrap_response};
use onem2m_cse::codec::{decode, encode};
use onem2m_cse::primitive::Response;
use onem2m_cse::schema::Registry;
use onem2m_cse::value::Value;

/// JSON (TS-0004 8.4).
pub fn json(data: &[u8]) {
    spelled(Format::Json, data);
}

/// CBOR (TS-0004 8.5).
pub fn cbor(data: &[u8]) {
    spelled(Format::Cbor, data);
}

/// XML (TS-0004 8.3).
pub fn xml(data: &[u8]) {
    spelled(Format::Xml, data);
}

/// What was read once is read again from what we write, in every format.
fn spelled(format: Format, data: &[u8]) {
    let registry = Registry::shared();
    let Ok(value) = decode(format, data, registry) else { return };
    survives(&value);
    primitives(&value);
}

/// A value is the same after a way through each format.
pub(super) fn survives(value: &Value) {
    let registry = Registry::shared();
    for format in Format::ALL {
        let written = encode(format, value, registry);
        let read = decode(format, &written, registry);
        assert_eq!(read.as_ref(), Ok(value), "{}: {:?}", format.name(), String::from_utf8_lossy(&written));
    }
}

/// A primitive says the same after it was written and read again.
pub(super) fn primitives(value: &Value) {
    if let Ok(request) = to_request(value) {
        let written = wrap_request(&request);
        let again = to_request(&written);
        assert_eq!(again.as_ref(), Ok(&request), "{written:?}");
        assert_eq!(from_request(&request), from_request(&again.unwrap_or(request)));
    }
    if let Ok(response) = to_response(value) {
        let written = wrap_response(&response);
        let again: Response = to_response(&written).expect("what we write can be read");
        assert_eq!(from_response(&again), from_response(&response), "{written:?}");
    }
}
