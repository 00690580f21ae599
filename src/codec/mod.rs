//! Bytes to [`Value`](crate::value::Value) and back, once per format (TS-0004 8.3–8.5).
//!
//! JSON is always there; CBOR and XML are further spellings of the same value, each behind a feature. A codec gets the bytes
//! and the limits, and returns a value or a sentence. It knows nothing of what the value means; that of XML asks the schemas
//! what is a number and what a list. [`decode`] and [`encode`] take the format as an argument.

#[cfg(feature = "cbor")]
pub mod cbor;
pub mod format;
pub mod json;
pub mod primitive;
mod spelling;
#[cfg(test)]
mod tests;
#[cfg(feature = "xml")]
pub mod xml;

pub use spelling::{decode, encode, encode_content};
