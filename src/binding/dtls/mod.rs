//! DTLS 1.2 beneath CoAP (TS-0003 10.2, TS-0008 9): a [`Shield`](crate::binding::coap::shield::Shield) with one security
//! association for each peer address, without a socket and without a clock.
//!
//! ```text
//!               ┌ Hello ─▶ Cookies ──▶ HelloVerifyRequest          nothing is kept
//!  datagram ────┤            └ seen ─▶ Handshakes ─┐ Session       few, for a short time
//!               └──────────────────────▶ Table ◀───┘ Session ─▶ Deliver, with who was Proven
//! ```
//!
//! The protocol itself, its records and its cryptography are `dimpl`'s. This folder decides who gets how much of it: a stranger
//! gets a cookie, an address that answered gets a handshake, and who proved to be somebody gets an association.
//!
//! Two ways to prove it: a pre-shared key (`TLS_PSK_WITH_AES_128_CCM_8`), or an ECDSA certificate
//! (`TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256` and its sisters).

mod begin;
mod config;
mod cookie;
mod credentials;
mod end;
mod handshakes;
mod hello;
mod keys;
mod limits;
mod session;
mod shield;
mod table;
mod trust;
mod vouch;

pub use config::{CertificateAndKey, DtlsConfig, PreSharedKey};
pub use limits::DtlsLimits;
pub use shield::DtlsShield;

#[cfg(test)]
mod tests;
