//! What each short target does with the bytes that it gets. A target panics when something is wrong, and knows no other
//! way to say so.
//!
//! All of them are plain functions, so that the seeds and every crash that was ever found run on stable as well
//! (`tests/seeds.rs`), and a debugger needs no fuzzer.

mod coap;
mod damage;
mod dtls;
mod engine;
mod filter;
mod formats;
mod http;
mod messages;
mod recording;
mod requests;
mod schema;
mod tester;
mod value;
mod words;

pub use coap::{coap, coap_mapping};
pub use damage::damage;
pub use dtls::dtls;
pub use engine::engine;
pub use filter::filter;
pub use formats::formats;
pub use http::http;
pub use messages::{client, message, topic};
pub use recording::recording;
pub use requests::requests;
pub use schema::schema;
pub use tester::tester;
pub use value::{cbor, json, xml};
pub use words::words;

/// A target.
pub type Target = fn(&[u8]);

/// Every short target by name: its folder below `fuzz/corpus/` has the same.
pub const ALL: [(&str, Target); 21] = [
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
    ("requests", requests),
    ("coap", coap),
    ("coap_mapping", coap_mapping),
    ("message", message),
    ("topic", topic),
    ("client", client),
    ("tester", tester),
    ("dtls", dtls),
    ("recording", recording),
    ("sequence", crate::sequence::sequence),
    ("faulty", crate::sequence::faulty_sequence),
];
