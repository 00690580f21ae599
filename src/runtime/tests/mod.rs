//! Stories of calls that are carried out, over real sockets where there are some.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

#[allow(dead_code, reason = "the tool of many tests, and these use a part of it")]
#[path = "../../../tests/support/sink.rs"]
mod sink;

mod http;
mod in_process;
mod world;
mod writer;
