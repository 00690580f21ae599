//! One way in and one way out, whatever the format.

use bytes::Bytes;

use super::format::Format;
use super::json;
use crate::primitive::Content;
use crate::schema::Registry;
use crate::value::Value;

/// Reads a value, nested no deeper than [`json::DEFAULT_DEPTH`].
///
/// # Errors
/// A sentence that begins with the format: what is wrong, and where.
pub fn decode(format: Format, bytes: &[u8], registry: &Registry) -> Result<Value, String> {
    let depth = json::DEFAULT_DEPTH;
    let _ = registry;
    match format {
        Format::Json => json::decode(bytes, depth).map_err(|error| format!("malformed JSON: {error}")),
        #[cfg(feature = "cbor")]
        Format::Cbor => super::cbor::decode(bytes, depth).map_err(|error| format!("malformed CBOR: {error}")),
        #[cfg(feature = "xml")]
        Format::Xml => super::xml::decode(bytes, depth, registry).map_err(|error| format!("malformed XML: {error}")),
        #[cfg(not(all(feature = "cbor", feature = "xml")))]
        other => Err(format!("{} is not supported here", other.name())),
    }
}

/// Writes a value. A format that this build does not have comes out as JSON; who is asked for one looks at
/// [`Format::is_supported`] before.
#[must_use]
pub fn encode(format: Format, value: &Value, registry: &Registry) -> Bytes {
    let _ = registry;
    match format {
        #[cfg(feature = "cbor")]
        Format::Cbor => super::cbor::encode(value).into(),
        #[cfg(feature = "xml")]
        Format::Xml => super::xml::encode(value, registry).into(),
        _ => json::encode(value).into(),
    }
}

/// Writes the content of a primitive. JSON that is there as text goes out as it stands.
#[must_use]
pub fn encode_content(format: Format, content: &Content, registry: &Registry) -> Bytes {
    match (format, content) {
        (Format::Json, content) => content.to_json(),
        (_, Content::Value(value)) => encode(format, value, registry),
        (_, text @ Content::Json(_)) => encode(format, &text.to_value(), registry),
    }
}
