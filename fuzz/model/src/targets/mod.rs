//! What each short target does with the bytes that it gets. A target panics when something is wrong, and knows no other
//! way to say so.
//!
//! All of them are plain functions, so that the seeds and every crash that was ever found run on stable as well
//! (`tests/seeds.rs`), and a debugger needs no fuzzer.

mod damage;
mod engine;
mod filter;
mod formats;
mod http;
mod schema;
mod value;
mod words;

pub use damage::damage;
pub use engine::engine;
pub use filter::filter;
pub use formats::formats;
pub use http::http;
pub use schema::schema;
pub use value::{cbor, json, xml};
pub use words::words;

/// A target.
pub type Target = fn(&[u8]);

/// Every short target by name: its folder below `fuzz/corpus/` has the same.
pub const ALL: [(&str, Target); 10] = [
    ("json", json),
    ("cbor", cbor),
    ("xml", xml),
    ("formats", formats),
    ("words", words),
    ("filter", filter),
    ("http", http),
    ("schema", schema),
    ("damage", damage),
    ("engine", engine),
];
