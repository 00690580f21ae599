//! How a session is told that a cookie was checked before it came to be.
//!
//! `dimpl` makes and checks cookies by itself, with a secret for each session: a session would have to be kept for each
//! stranger. Here [`Cookies`](super::cookie::Cookies) are checked first and the session is made after that. It then asks for
//! the cookie that it would have made, which is an HMAC; once, while the ClientHello is handed to it, the answer is the cookie
//! that the client has shown. Everything else is computed as ever.

use std::cell::Cell;

use dimpl::CryptoError;
use dimpl::crypto::{CryptoProvider, HashAlgorithm, HmacProvider, rust_crypto};

thread_local! {
    static SHOWN: Cell<Option<[u8; 32]>> = const { Cell::new(None) };
}

/// Where the cryptography comes from.
pub(super) fn provider() -> CryptoProvider {
    CryptoProvider { hmac_provider: &Vouching, ..rust_crypto::default_provider() }
}

/// Does something during which this cookie is the right one, the first time that one is asked for.
pub(super) fn vouching<T>(cookie: [u8; 32], action: impl FnOnce() -> T) -> T {
    SHOWN.set(Some(cookie));
    let done = action();
    SHOWN.set(None);
    done
}

#[derive(Debug)]
struct Vouching;

impl HmacProvider for Vouching {
    fn hmac_sha256(&self, key: &[u8], data: &[u8]) -> Result<[u8; 32], CryptoError> {
        match SHOWN.take() {
            Some(cookie) => Ok(cookie),
            None => rust_crypto::default_provider().hmac_provider.hmac_sha256(key, data),
        }
    }

    fn hmac(&self, hash: HashAlgorithm, key: &[u8], data: &[u8], out: &mut [u8]) -> Result<usize, CryptoError> {
        rust_crypto::default_provider().hmac_provider.hmac(hash, key, data, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_vouched_for_once_and_not_beyond() {
        let hmac = || provider().hmac_provider.hmac_sha256(b"key", b"data").unwrap();
        let real = hmac();
        assert_eq!(vouching([7; 32], || (hmac(), hmac())), ([7; 32], real));
        vouching([7; 32], || ());
        assert_eq!(hmac(), real);
    }
}
