//! What several tests share. Each uses a part of it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's tools"
)]

#[cfg(feature = "tls")]
pub mod authority;
pub mod cut;
pub mod house;
pub mod like;
#[cfg(feature = "mqtt")]
pub mod mosquitto;
#[cfg(feature = "tls")]
pub mod peer;
pub mod sink;
#[cfg(feature = "ws")]
pub mod socket;
