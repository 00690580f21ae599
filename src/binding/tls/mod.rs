//! TLS for the bindings over TCP (TS-0003 10.2): certificates and keys from PEM files, for servers and for clients, and who
//! a client certificate proves its holder to be.
//!
//! ```text
//!  PEM files ─▶ ServerTls ─▶ HttpConfig::tls, WsConfig::tls        https, wss
//!                              └ client certificate ─▶ Proven ─▶ Identities ─▶ Door
//!  PEM files ─▶ ClientTls ─▶ ClientConfig::tls, WsClientConfig::tls
//! ```
//!
//! TLS 1.2 and 1.3 are spoken, nothing older, with cipher suites that have forward secrecy and authenticate what they
//! encrypt. Certificates are always verified; there is no switch that turns this off. Data before the end of a handshake
//! (0-RTT) is neither sent nor taken: it could be said twice by somebody else.
#![cfg_attr(
    not(all(feature = "http", feature = "ws")),
    allow(dead_code, unused_imports, reason = "each binding uses a part of it")
)]

mod client;
mod names;
mod pem;
mod reasons;
mod server;

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use thiserror::Error;

pub(crate) use client::Dialer;
pub use client::{ClientTls, ClientTlsConfig, KeyPair};
pub(crate) use reasons::reason;
pub use server::{ClientCertificates, ServerTls, ServerTlsConfig};
pub(crate) use server::{Shaken, Speaks};

/// Why certificates and keys cannot be used. Each sentence names the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file holds something else than it should.
    #[error("{}: {reason}", .path.display())]
    Content {
        /// Which one.
        path: PathBuf,
        /// What is in it, and what was expected.
        reason: String,
    },
    /// The system has no root certificates, or they cannot be read.
    #[error("the system's root certificates cannot be used: {0}")]
    SystemRoots(String),
    /// What was loaded does not go together.
    #[error("{0}")]
    Setup(String),
}

/// Where the cryptography comes from.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The examples of the manual are built with the library's own.
#[cfg(all(doctest, feature = "http"))]
#[doc = include_str!("../../../docs/tls.md")]
struct Manual;

#[cfg(test)]
mod tests;
