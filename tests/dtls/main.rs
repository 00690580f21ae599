//! DTLS with peers that were written by others: openssl as client and as server, libcoap over OpenSSL and over GnuTLS.
#![cfg(all(feature = "dtls", unix))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod echo;
mod libcoap;
mod openssl;
mod peers;
mod story;
mod wire;
