//! What several tests share. Each uses a part of it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test's tools")]

pub mod cut;
pub mod house;
pub mod sink;
#[cfg(feature = "ws")]
pub mod socket;
