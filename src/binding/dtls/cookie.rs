//! Cookies: a stranger shows that datagrams reach it at its address, and nothing is kept of it until then (RFC 6347 4.2.1).

use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use dimpl::crypto::CryptoProvider;

use super::hello::Hello;
use crate::error::Error;

/// What cookies are made with.
#[derive(Clone)]
pub(super) struct Cookies {
    provider: CryptoProvider,
    /// The secret of now, and the one before it.
    secrets: [[u8; 32]; 2],
    since: Option<Instant>,
    lifetime: Duration,
}

impl Cookies {
    /// With secrets that nobody knows, each for `lifetime`.
    pub(super) fn new(provider: &CryptoProvider, lifetime: Duration) -> Result<Self, Error> {
        let mut secrets = [[0; 32]; 2];
        for secret in &mut secrets {
            let failed = |error| Error::Config(format!("the operating system gives no random numbers: {error}"));
            provider.secure_random.fill(secret).map_err(failed)?;
        }
        Ok(Self { provider: provider.clone(), secrets, since: None, lifetime })
    }

    /// The cookie that this hello brought, if it was made here, for it, and not too long ago.
    pub(super) fn known(&mut self, now: Instant, peer: SocketAddr, hello: &Hello<'_>) -> Option<[u8; 32]> {
        self.renew(now);
        let shown: [u8; 32] = hello.cookie.try_into().ok()?;
        let mut made = self.secrets.iter().filter_map(|secret| self.bake(secret, peer, hello));
        made.any(|cookie| same(&cookie, &shown)).then_some(shown)
    }

    /// The cookie for this hello.
    pub(super) fn make(&mut self, now: Instant, peer: SocketAddr, hello: &Hello<'_>) -> Option<[u8; 32]> {
        self.renew(now);
        self.secrets.first().and_then(|secret| self.bake(secret, peer, hello))
    }

    fn bake(&self, secret: &[u8], peer: SocketAddr, hello: &Hello<'_>) -> Option<[u8; 32]> {
        let mut data: Vec<u8> = match peer.ip() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        data.extend(peer.port().to_be_bytes());
        data.extend(hello.fingerprint());
        self.provider.hmac_provider.hmac_sha256(secret, &data).ok()
    }

    fn renew(&mut self, now: Instant) {
        let since = *self.since.get_or_insert(now);
        let age = now.saturating_duration_since(since);
        if age < self.lifetime {
            return;
        }
        let [current, previous] = &mut self.secrets;
        mem::swap(current, previous);
        // Without new random numbers the old secret is still one.
        let _ = self.provider.secure_random.fill(current);
        if age >= self.lifetime.saturating_mul(2) {
            let _ = self.provider.secure_random.fill(previous);
        }
        self.since = Some(now);
    }
}

/// In a time that does not tell how much of it is the same.
fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.iter().zip(other).fold(0, |difference, (one, other)| difference | (one ^ other)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(random: &[u8; 32], cookie: &[u8], check: impl FnOnce(&Hello<'_>)) {
        let mut body = vec![0xfe, 0xfd];
        body.extend(random);
        body.extend([0, u8::try_from(cookie.len()).unwrap()]);
        body.extend(cookie);
        body.extend([0, 2, 0xc0, 0xa8, 1, 0]);
        let length = u8::try_from(body.len()).unwrap();
        let mut datagram = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, length + 12];
        datagram.extend([1, 0, 0, length, 0, 0, 0, 0, 0, 0, 0, length]);
        datagram.extend(body);
        check(&Hello::read(&datagram).unwrap());
    }

    #[test]
    fn a_cookie_is_good_for_its_address_its_hello_and_its_time_only() {
        let peer: SocketAddr = "192.0.2.1:1000".parse().unwrap();
        let other: SocketAddr = "192.0.2.1:1001".parse().unwrap();
        let lifetime = Duration::from_secs(60);
        let mut cookies = Cookies::new(&dimpl::crypto::rust_crypto::default_provider(), lifetime).unwrap();
        let start = Instant::now();
        let mut cookie = [0; 32];
        hello(&[1; 32], b"", |hello| {
            assert_eq!(cookies.known(start, peer, hello), None);
            cookie = cookies.make(start, peer, hello).unwrap();
        });
        hello(&[2; 32], &cookie, |hello| assert_eq!(cookies.known(start, peer, hello), None));
        hello(&[1; 32], &cookie, |hello| {
            assert_eq!(cookies.known(start, other, hello), None);
            assert_eq!(cookies.known(start, peer, hello), Some(cookie));
            assert_eq!(cookies.known(start + lifetime, peer, hello), Some(cookie));
            assert_eq!(cookies.known(start + lifetime * 2, peer, hello), None);
        });
    }
}
