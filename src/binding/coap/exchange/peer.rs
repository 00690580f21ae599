//! Who is known, and how far they are believed.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use super::dice::Dice;
use super::send::Confirmable;
use super::{AskId, Ticket};
use crate::binding::Proven;

/// Another end.
#[derive(Debug)]
pub struct Peer {
    /// When it was last heard, or spoken to.
    pub used: Instant,
    /// Who it proved to be.
    pub proven: Option<Proven>,
    /// Whether it has said something that only somebody at that address can say. Source addresses of UDP are easily
    /// forged: who is not there must not be sent more than a little.
    pub verified: bool,
    /// A question whether it is there.
    pub ping: Option<u16>,
    /// Acknowledgements and resets of messages that were never sent, while it is not verified: guesses.
    pub guesses: u8,
    /// Requests whose answers wait for that.
    pub held: Vec<Ticket>,
    /// Requests of this peer that are not answered yet.
    pub exchanges: usize,
    /// Confirmable messages that it has not acknowledged yet (RFC 7252 4.7).
    pub flying: usize,
    /// Those that wait for these.
    pub waiting: VecDeque<Confirmable>,
    /// Requests of ours that it has not answered yet.
    pub asks: Vec<AskId>,
    next_id: u16,
}

impl Peer {
    fn new(now: Instant, dice: &mut Dice) -> Self {
        Self {
            used: now,
            proven: None,
            verified: false,
            ping: None,
            guesses: 0,
            held: Vec::new(),
            exchanges: 0,
            flying: 0,
            waiting: VecDeque::new(),
            asks: Vec::new(),
            next_id: dice.id(),
        }
    }

    /// The next message ID.
    pub fn id(&mut self) -> u16 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }

    fn is_idle(&self) -> bool {
        self.exchanges == 0 && self.flying == 0 && self.waiting.is_empty() && self.asks.is_empty()
    }
}

/// How many silent peers are looked at to find the one to forget: a flood of forged addresses is not to cost a look at all
/// of them for each datagram.
const LOOKED_AT: usize = 256;

/// All of them.
#[derive(Debug)]
pub struct Peers {
    peers: HashMap<SocketAddr, Peer>,
    most: usize,
}

impl Peers {
    pub fn new(most: usize) -> Self {
        Self { peers: HashMap::new(), most: most.max(1) }
    }

    /// The peer at an address. `None` when nobody can be forgotten for it.
    pub fn meet(&mut self, now: Instant, address: SocketAddr, dice: &mut Dice) -> Option<&mut Peer> {
        if !self.peers.contains_key(&address) {
            if self.peers.len() >= self.most {
                let idle = self.peers.iter().filter(|(_, peer)| peer.is_idle()).take(LOOKED_AT);
                let oldest = idle.min_by_key(|(_, peer)| (peer.verified, peer.used)).map(|(address, _)| *address)?;
                self.peers.remove(&oldest);
            }
            self.peers.insert(address, Peer::new(now, dice));
        }
        let peer = self.peers.get_mut(&address)?;
        peer.used = now;
        Some(peer)
    }

    pub fn get(&mut self, address: SocketAddr) -> Option<&mut Peer> {
        self.peers.get_mut(&address)
    }

    pub fn remove(&mut self, address: SocketAddr) -> Option<Peer> {
        self.peers.remove(&address)
    }

    /// Forgets who was silent for so long that its messages are forgotten, too.
    pub fn sweep(&mut self, now: Instant) {
        let lifetime = super::seen::EXCHANGE_LIFETIME;
        self.peers.retain(|_, peer| !peer.is_idle() || now.saturating_duration_since(peer.used) <= lifetime);
    }

    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    /// Whether nothing is under way with anybody.
    pub fn are_idle(&self) -> bool {
        self.peers.values().all(Peer::is_idle)
    }
}
