//! What lies between the socket and the messages: nothing, or a security association.

use std::net::SocketAddr;
use std::time::Instant;

use crate::binding::Proven;

/// What a shield has to say after it was given something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shielded {
    /// Send this datagram.
    Transmit(SocketAddr, Vec<u8>),
    /// This came from the peer, readable.
    Deliver {
        /// Who sent it.
        peer: SocketAddr,
        /// What was sent.
        bytes: Vec<u8>,
        /// Who the peer proved to be, if it did.
        proven: Option<Proven>,
    },
    /// The association with that peer is over, or never came to be: what was to be sent is lost.
    Gone(SocketAddr, String),
}

/// A transformer of datagrams, without a socket and without a clock. It keeps what it must know of each peer, within bounds.
pub trait Shield: Send {
    /// A datagram has come.
    fn received(&mut self, now: Instant, peer: SocketAddr, datagram: &[u8], out: &mut Vec<Shielded>);

    /// Something is to be sent. Makes an association first, if there is none yet and this side may begin one.
    fn send(&mut self, now: Instant, peer: SocketAddr, bytes: &[u8], out: &mut Vec<Shielded>);

    /// The host that is expected at this address, as a URL names it; to be told before something is sent there. A shield
    /// whose peers show certificates checks that they name this host; one that was not told expects the address in them.
    fn expect(&mut self, peer: SocketAddr, host: &str) {
        let _ = (peer, host);
    }

    /// When [`Shield::due`] is to be called next.
    fn next_due(&self) -> Option<Instant>;

    /// Does what has become due: says again what was lost, forgets who has been silent for too long.
    fn due(&mut self, now: Instant, out: &mut Vec<Shielded>);

    /// Says goodbye to everybody.
    fn close(&mut self, now: Instant, out: &mut Vec<Shielded>);
}

/// Nothing in between: plain UDP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Shield for Plain {
    fn received(&mut self, _now: Instant, peer: SocketAddr, datagram: &[u8], out: &mut Vec<Shielded>) {
        out.push(Shielded::Deliver { peer, bytes: datagram.to_vec(), proven: None });
    }

    fn send(&mut self, _now: Instant, peer: SocketAddr, bytes: &[u8], out: &mut Vec<Shielded>) {
        out.push(Shielded::Transmit(peer, bytes.to_vec()));
    }

    fn next_due(&self) -> Option<Instant> {
        None
    }

    fn due(&mut self, _now: Instant, _out: &mut Vec<Shielded>) {}

    fn close(&mut self, _now: Instant, _out: &mut Vec<Shielded>) {}
}
