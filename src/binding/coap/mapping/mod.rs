//! CoAP messages ↔ primitives (TS-0008 clause 6). Pure: no socket, no clock, no task.
//!
//! [`Incoming`] reads a request with its whole body; [`Reply`] keeps what it said about how it wants its answer, and writes
//! the response. [`outgoing`] is the same road the other way, for the client, and [`Target`] says where a URL leads.

pub mod outgoing;

mod code;
mod content_format;
mod incoming;
mod reply;
mod target;
#[cfg(test)]
mod tests;

pub use code::{from_coap, to_coap};
pub use incoming::Incoming;
pub use reply::Reply;
pub use target::Target;

use super::options::Options;
use crate::value::Timestamp;

/// The longest request identifier that is taken: it is stored, logged and sent back.
pub const MAX_REQUEST_IDENTIFIER: usize = 255;

/// A timestamp in whole seconds, which is what TS-0008 has room for; with `later`, the next whole one.
fn short(at: Timestamp, later: bool) -> String {
    let micros = at.as_micros().rem_euclid(1_000_000);
    let at = if later && micros != 0 { at.plus_seconds(1) } else { at };
    let text = at.to_string();
    text.split(',').next().unwrap_or_default().to_owned()
}

/// An address as segments (TS-0008 6.2.2.3): `~` and `_` stand for the wider scopes.
fn put_path(options: &mut Options, number: u16, to: &str) {
    let (prefix, rest) = match (to.strip_prefix("//"), to.strip_prefix('/')) {
        (Some(absolute), _) => (Some("_"), absolute),
        (None, Some(relative)) => (Some("~"), relative),
        (None, None) => (None, to),
    };
    for segment in prefix.into_iter().chain(rest.split('/')) {
        options.add(number, segment.as_bytes().to_vec());
    }
}
