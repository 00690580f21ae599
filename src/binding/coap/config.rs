//! What an operator can choose, and what a stranger can take up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::shield::{Plain, Shield};
use crate::binding::Identities;

/// Makes what lies between a socket and its messages: one for each socket.
#[derive(Clone)]
pub struct Shields(Arc<dyn Fn() -> Box<dyn Shield> + Send + Sync>);

impl Shields {
    /// From a function that makes one.
    pub fn new(make: impl Fn() -> Box<dyn Shield> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// A new one.
    #[must_use]
    pub fn make(&self) -> Box<dyn Shield> {
        (self.0)()
    }
}

/// Nothing in between.
impl Default for Shields {
    fn default() -> Self {
        Self::new(|| Box::new(Plain))
    }
}

impl fmt::Debug for Shields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shields")
    }
}

/// Configuration of the CoAP server.
#[derive(Clone, Debug)]
pub struct CoapConfig {
    /// Where to listen. Port 0 lets the system choose; [`super::CoapServer::addresses`] tells which. An IPv6 address takes
    /// IPv6 only. Default: 127.0.0.1:5683.
    pub addresses: Vec<SocketAddr>,
    /// Serve unencrypted CoAP to other machines too. Without it, only loopback addresses are accepted. Of no meaning
    /// behind a shield.
    pub allow_plaintext: bool,
    /// What lies between the sockets and the messages. `None` is plain UDP, `coap`; anything else is called `coaps`.
    /// Default: `None`.
    pub shields: Option<Shields>,
    /// Who may speak for whom, when a shield proves who somebody is. Default: no rules.
    pub identities: Identities,
    /// What a stranger can take up.
    pub limits: CoapLimits,
}

impl Default for CoapConfig {
    fn default() -> Self {
        Self {
            addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 5683))],
            allow_plaintext: false,
            shields: None,
            identities: Identities::default(),
            limits: CoapLimits::default(),
        }
    }
}

impl CoapConfig {
    /// The same behind a shield: `coaps`, on port 5684 of the loopback address unless told otherwise later.
    #[must_use]
    pub fn shielded_with(mut self, make: impl Fn() -> Box<dyn Shield> + Send + Sync + 'static) -> Self {
        if self.addresses == Self::default().addresses {
            self.addresses = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 5684))];
        }
        self.shields = Some(Shields::new(make));
        self
    }

    /// The URL scheme that is served.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.shields.is_some() { "coaps" } else { "coap" }
    }
}

/// How messages are repeated (RFC 7252 4.8), with the defaults of the RFC.
#[derive(Clone, Debug)]
pub struct Transmission {
    /// The least time that a message has to be acknowledged in, before it is sent again. Each time it doubles.
    /// Default: 2 s.
    pub ack_timeout: Duration,
    /// The most by which the first of these times is longer, by chance, so that not all speak at once. Default: 1.5.
    pub ack_random_factor: f64,
    /// How often a message is sent again. Beyond: its peer is not reached. Default: 4.
    pub max_retransmit: u32,
    /// Messages to one peer that are not acknowledged yet. Stops us from overrunning a thin link. Beyond: they wait.
    /// Default: 1.
    pub nstart: usize,
}

impl Default for Transmission {
    fn default() -> Self {
        Self { ack_timeout: Duration::from_secs(2), ack_random_factor: 1.5, max_retransmit: 4, nstart: 1 }
    }
}

/// Limits of one socket. Each names the abuse that it stops.
#[derive(Clone, Debug)]
pub struct CoapLimits {
    /// Addresses that are known at a time. Stops forged addresses from filling the memory. Beyond: of 256 that nothing is
    /// under way with, whoever was silent the longest is forgotten; when there is none, the datagram is dropped.
    /// Default: 10,000.
    pub peers: usize,
    /// Requests that are being answered at a time. Beyond: 5.03. Default: 1,024.
    pub exchanges: usize,
    /// The same for one peer. Stops one peer from being many. Beyond: 5.03. Default: 32.
    pub exchanges_per_peer: usize,
    /// Bytes of a body. Stops one body from filling the memory. Beyond: 4.13. Default: 1 MiB.
    pub body_bytes: usize,
    /// Bytes of all bodies that come in blocks and are not complete. Beyond: 5.03. Default: 8 MiB.
    pub upload_bytes: usize,
    /// Bytes of all answers that leave in blocks and may still be fetched. Beyond: the oldest is dropped, and 4.08 is the
    /// answer to who asks for more of it. Default: 8 MiB.
    pub download_bytes: usize,
    /// Time between two blocks of a body. Stops bodies that are begun and left. Beyond: forgotten, and 4.08. Default: 120 s;
    /// two messages in a row that are lost four times each take up to 93 s.
    pub transfer_timeout: Duration,
    /// The largest block, in bytes: 16, 32, 64, 128, 256, 512 or 1024. A peer may want smaller ones. Default: 1,024.
    pub block_size: usize,
    /// Messages that are remembered, so that each has one effect. RFC 7252 wants 247 s; where more come in that time, the
    /// oldest are forgotten. Default: 65,536.
    pub seen_messages: usize,
    /// Bytes of these, with the answers that are repeated. Beyond: the oldest are forgotten. Default: 16 MiB.
    pub seen_bytes: usize,
    /// Messages that wait until their peer has acknowledged those before. Beyond: not sent. Default: 64.
    pub waiting_per_peer: usize,
    /// How long an answer may take to be sent together with the acknowledgement. Beyond: it comes by itself.
    /// Default: 500 ms.
    pub piggyback: Duration,
    /// How many times as large as the request an answer may be, before its peer has shown that it is there. Stops forged
    /// addresses from flooding others. Beyond: the peer is asked first. Default: 3.
    pub source_ratio: usize,
    /// How messages are repeated.
    pub transmission: Transmission,
}

impl Default for CoapLimits {
    fn default() -> Self {
        Self {
            peers: 10_000,
            exchanges: 1024,
            exchanges_per_peer: 32,
            body_bytes: 1024 * 1024,
            upload_bytes: 8 * 1024 * 1024,
            download_bytes: 8 * 1024 * 1024,
            transfer_timeout: Duration::from_secs(120),
            block_size: 1024,
            seen_messages: 65_536,
            seen_bytes: 16 * 1024 * 1024,
            waiting_per_peer: 64,
            piggyback: Duration::from_millis(500),
            source_ratio: 3,
            transmission: Transmission::default(),
        }
    }
}
