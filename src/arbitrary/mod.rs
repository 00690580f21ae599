//! Requests out of bytes, for fuzzers and property tests (feature `arbitrary`, on the crate of that name).
//!
//! Bytes become requests that a CSE takes seriously: contents are made from the schemas, so they have the right attributes with
//! values of the right types, and targets are resources that are there. At least nine of ten get past the checks of form and
//! reach their operation; what is random is what they ask for. [`Request`], [`FilterCriteria`], [`Value`] and the small types of
//! a request implement [`Arbitrary`]; a [`Vocabulary`] says which resources and originators there are, and may have your own
//! resource types.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use onem2m_cse::arbitrary::Vocabulary;
//! use onem2m_cse::primitive::Request;
//! use onem2m_cse::schema::Registry;
//!
//! let bytes: Vec<u8> = (0..200).collect();
//! let request = Request::arbitrary(&mut Unstructured::new(&bytes))?;
//! assert_eq!(request.to, "cse-in");
//!
//! let mut words = Vocabulary::new(Registry::shared());
//! words.place("cse-in/Cae1", 2).place("cse-in/Cae1/temps", 3).originator("Cae1");
//! let request = words.request(&mut Unstructured::new(&bytes))?;
//! assert!(request.to.starts_with("cse-in"));
//! # Ok::<(), arbitrary::Error>(())
//! ```
//!
//! This folder knows nothing of the engine: only of primitives, values and schemas.

mod filter;
mod primitive;
mod simple;
#[cfg(test)]
mod tests;
mod typed;
mod vocabulary;

pub use arbitrary::{Arbitrary, Error, Result, Unstructured};
pub use vocabulary::Vocabulary;

#[cfg(doc)]
use crate::primitive::{FilterCriteria, Request};
#[cfg(doc)]
use crate::value::Value;

/// Once in `of` times. Not at all when the bytes have run out, so that little input makes small requests.
fn now_and_then(u: &mut Unstructured<'_>, of: u8) -> Result<bool> {
    Ok(!u.is_empty() && u.int_in_range(0..=of.saturating_sub(1))? == 0)
}
