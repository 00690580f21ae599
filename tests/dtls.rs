//! DTLS with peers that were written by others: openssl as client and as server, libcoap over OpenSSL and over GnuTLS.
#![cfg(all(feature = "dtls", unix))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

#[path = "dtls/echo.rs"]
mod echo;
#[path = "dtls/libcoap.rs"]
mod libcoap;
#[path = "dtls/openssl.rs"]
mod openssl;
#[path = "dtls/peers.rs"]
mod peers;
#[path = "dtls/story.rs"]
mod story;
#[path = "dtls/wire.rs"]
mod wire;
