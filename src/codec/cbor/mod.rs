//! CBOR (TS-0004 8.5, RFC 7049): the same values as JSON in fewer bytes.
//!
//! The clause says how JSON's values are written, and nothing of what CBOR has beside them. So what JSON cannot say is
//! refused: numbers beyond 64 bits, `undefined`, names that are no text, and tags, which give a value another meaning. The
//! one tag that gives none ("this is CBOR") is seen through.
//!
//! The reader takes one item head at a time from `ciborium-ll`, which allocates nothing. A length that is only promised
//! costs nothing here either: text is taken from what has arrived, and lists grow with their items.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::decode;
pub use write::{encode, write};
