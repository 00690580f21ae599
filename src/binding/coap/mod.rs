//! The CoAP binding (TS-0008): a server that knocks at a [`Door`](super::Door), and a client.
//!
//! ```text
//!  socket ─▶ shield ─▶ exchange ─▶ mapping ─▶ Door          their requests, our responses
//!  (line)   (DTLS)    (messages,  ◀─ mapping ◀─ Caller      our requests, their responses
//!                      blocks)
//! ```
//! [`shield`] is nothing, or a security association; `exchange` is all of RFC 7252 and RFC 7959 that this CSE speaks,
//! without a socket; [`mapping`] is TS-0008. `docs/coap.md` says how it is used and what is sent when.

mod client;
mod config;
mod exchange;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod line;
pub mod mapping;
mod message;
mod options;
mod server;
pub mod shield;

pub use client::{CoapClient, CoapClientConfig};
pub use config::{CoapConfig, CoapLimits, Shields, Transmission};
pub use message::{Code, Parts};
pub use options::Options;
pub use server::{CoapServeError, CoapServer, serve};
