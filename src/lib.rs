//! A oneM2M Common Services Entity as a library.
//!
//! A CSE is the server of a oneM2M system. Applications (AEs) and other CSEs send it requests; it keeps resources in a
//! tree, decides who may do what with them, and says how each request went. This crate is such a server without a
//! process around it: link it into a gateway, a cloud service or a test. The program of the same name is this crate and a
//! command line.
//!
//! # What you bring
//!
//! - An identity: [`CseConfig`]. Every field has a default.
//! - A place for resources: a [`Store`](store::Store). In memory, on disk (feature `fjall`), or your own with four methods.
//! - A way in: bindings such as HTTP, the in-process door `Cse::request`, or your own loop around
//!   [`Engine`](engine::Engine).
//! - Your own resource types, if you have any: a schema ([`Registry`](schema::Registry)), and a
//!   [`Behaviour`](resource::Behaviour) for what they do.
//!
//! The engine opens no socket, reads no clock and starts no thread: it is told what came in and what time it is. With
//! feature `tokio`, `Cse` brings these.
//!
//! # The road of a request
//!
//! ```text
//!  socket ─▶ binding ─▶ Request ─▶ engine ─────────────────────────────────▶ Response ─▶ binding ─▶ socket
//!            (maps)    (primitive)  │ validate   well-formed? not expired?
//!                                   │ resolve    the `to`: a resource, or a virtual child
//!                                   │ dispatch   create · retrieve · update · delete · notify · discover
//!                                   │            │ authorise   policies × operation × originator × context
//!                                   │            └ schema check, then the type's behaviour, into a change-set
//!                                   │ events     changes × subscriptions → notifications, same change-set
//!                                   │ result     what the originator asked to see of it
//!                                   ▼ commit     change-set → store, once, together with others
//!                          Output::Call ─▶ whoever drives it ─▶ somebody else ─▶ Input::Answer ─▶ engine
//!                          next_due()   ─▶ whoever drives it sleeps           ─▶ Input::Due    ─▶ engine
//! ```
//!
//! `docs/architecture.md` walks down that road.
//!
//! # A server in ten lines
//!
#![cfg_attr(feature = "http", doc = "```no_run")]
#![cfg_attr(not(feature = "http"), doc = "```ignore")]
//! use onem2m_cse::binding::http::HttpConfig;
//! use onem2m_cse::{Cse, CseConfig};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let cse = Cse::builder(CseConfig::default()).bind(HttpConfig::default()).start().await?;
//!     println!("listening: {}/cse-in", cse.addresses().join(" "));
//!     tokio::signal::ctrl_c().await?;
//!     cse.stop().await;
//!     Ok(())
//! }
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `server` (default) | the program: command line, configuration file, logs; with everything below but `suite` |
//! | `http` | the HTTP binding, server and client (TS-0009), on hyper; with `tokio` |
//! | `ws` | the WebSocket binding, server and client (TS-0020), on tungstenite; with `tokio` |
//! | `mqtt` | the MQTT binding, both ways over a broker (TS-0010), on rumqttc; with `tokio` |
//! | `mqtt-ws` | brokers that are spoken to over WebSocket, on tungstenite; with `mqtt`; Linux only |
//! | `tls` | TLS for these, with client certificates (TS-0003), on rustls; with `tokio` |
//! | `coap` | the CoAP binding, server and client (TS-0008), on coap-lite; with `tokio` |
//! | `dtls` | DTLS 1.2 for CoAP (TS-0003 10.2), with pre-shared keys and certificates; with `coap` |
//! | `client` | `client::Client` for applications: requests, discovery, notifications; with `tokio`, and whichever bindings there are |
//! | `tokio` | `Cse`: a writer thread, timers, the in-process door |
//! | `fjall` | the durable store |
//! | `jsonpath` | content queries in filter criteria; without it they are answered 5001 |
//! | `cbor` | CBOR beside JSON (TS-0004 8.5) |
//! | `xml` | XML beside JSON (TS-0004 8.3); without these two, 4015 and 5207 |
//! | `suite` | the public suite that every store must pass |
//! | `arbitrary` | `arbitrary::Vocabulary`: requests out of bytes, made from the schemas, for fuzzers and property tests |
//! | `fuzzing` | doors to inner machines for the fuzz targets; no part of the interface |
//!
//! With none of them there are the engine, JSON and the store in memory. Features add names; they change nothing else,
//! but for content queries and formats.

// Nothing that a stranger sends may end the program. The other lints of this kind stand in Cargo.toml; this one would be too much
// for tests.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

#[cfg(feature = "arbitrary")]
pub mod arbitrary;
#[cfg(feature = "tokio")]
pub mod binding;
#[cfg(feature = "client")]
pub mod client;
pub mod codec;
pub mod config;
#[cfg(feature = "tokio")]
pub mod cse;
pub mod engine;
pub mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub(crate) mod notify;
pub mod primitive;
pub mod replay;
pub mod resource;
pub mod runtime;
pub mod schema;
pub mod store;
pub mod tree;
pub mod value;

pub use config::CseConfig;
#[cfg(feature = "tokio")]
pub use cse::{Cse, CseBuilder};
pub use error::Error;
