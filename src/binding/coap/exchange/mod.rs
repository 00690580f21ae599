//! Datagrams ↔ requests and responses, without a socket and without a clock (RFC 7252, RFC 7959).
//!
//! ```text
//!  datagram ─▶ message ─▶ seen ────▶ serve ◀─▶ uploads, downloads (blocks) ─▶ Output::Request
//!                │       (once only)   ▲ respond                                    │
//!                │                     └────────────────────────────────────────────┘
//!                └─▶ send ─▶ ask ─▶ Output::Outcome
//!                    (acknowledged?)  ▲ ask
//! ```
//! Whoever drives an [`Endpoint`] gives it what has come and what time it is, carries out its [`Output`]s, and comes back at
//! [`Endpoint::next_due`]. One endpoint does both: it answers, and it asks.

mod ask;
pub mod block;
pub mod dice;
mod downloads;
mod forget;
mod peer;
mod seen;
mod send;
mod serve;
mod source;
#[cfg(test)]
mod tests;
mod timers;
mod uploads;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;

use super::config::CoapLimits;
use super::message::{Code, Kind, Malformed, Message, Parts};
use crate::binding::Proven;
use ask::Ask;
use dice::Dice;
use downloads::Downloads;
use peer::Peers;
use seen::{Seen, SeenMessages};
use send::{Flight, Purpose};
use serve::Exchange;
use timers::{Timer, Timers};
use uploads::Uploads;

/// The name of a request that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// The name of a request that goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(u64);

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// None has come in time.
    TimedOut,
    /// Nobody took the request.
    Refused(&'static str),
    /// What has come is no response.
    Response(&'static str),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this.
    Send(SocketAddr, Bytes),
    /// A request has come, with its whole body: [`Endpoint::respond`] wants its answer.
    Request(Ticket, SocketAddr, Parts, Option<Proven>),
    /// A request of ours has come to an end.
    Outcome(AskId, Result<Parts, Failed>),
}

/// How often a peer that was not verified yet may guess the ID of a message to it.
const GUESSES: u8 = 8;

/// One end of CoAP conversations.
#[derive(Debug)]
pub struct Endpoint {
    limits: CoapLimits,
    dice: Dice,
    timers: Timers,
    peers: Peers,
    seen: SeenMessages,
    flights: HashMap<(SocketAddr, u16), Flight>,
    exchanges: HashMap<Ticket, Exchange>,
    uploads: Uploads,
    downloads: Downloads,
    asks: HashMap<AskId, Ask>,
    tokens: HashMap<(SocketAddr, Vec<u8>), AskId>,
    last: u64,
    sweeps: bool,
    closing: bool,
    serves: bool,
}

impl Endpoint {
    /// An endpoint that knows nobody. One that serves hands requests out; one that does not says RST to them.
    #[must_use]
    pub fn new(limits: CoapLimits, dice: Dice, serves: bool) -> Self {
        Self {
            timers: Timers::default(),
            peers: Peers::new(limits.peers),
            seen: SeenMessages::new(limits.seen_messages, limits.seen_bytes),
            flights: HashMap::new(),
            exchanges: HashMap::new(),
            uploads: Uploads::new(limits.body_bytes, limits.upload_bytes, limits.transfer_timeout),
            downloads: Downloads::new(limits.download_bytes, limits.transfer_timeout),
            asks: HashMap::new(),
            tokens: HashMap::new(),
            last: 0,
            sweeps: false,
            closing: false,
            serves,
            limits,
            dice,
        }
    }

    /// A datagram has come, from a peer that proved to be somebody, or did not.
    pub fn received(
        &mut self,
        now: Instant,
        address: SocketAddr,
        datagram: &[u8],
        proven: Option<Proven>,
        out: &mut Vec<Output>,
    ) {
        let message = match Message::decode(datagram) {
            Ok(message) => message,
            Err(Malformed::Silent) => return,
            Err(Malformed::Confirmable(id)) => return self.reset(address, id, out),
        };
        let Some(peer) = self.peers.meet(now, address, &mut self.dice) else { return };
        if peer.proven.is_none() {
            peer.proven = proven;
        } else if peer.proven != proven {
            // Somebody else speaks from there now: what was for the other is not for this one.
            self.forget(now, address, out);
            let Some(peer) = self.peers.meet(now, address, &mut self.dice) else { return };
            peer.proven = proven;
        }
        self.sweep_later(now);
        let code = message.parts.code;
        match message.kind {
            Kind::Acknowledgement | Kind::Reset => self.landed(now, address, message, out),
            // RFC 7252 4.3: a ping.
            Kind::Confirmable if code == Code::EMPTY => self.reset(address, message.id, out),
            Kind::NonConfirmable if code == Code::EMPTY => {}
            Kind::Confirmable | Kind::NonConfirmable => match self.seen.look(now, address, message.id, datagram) {
                Seen::Before(Some(reply)) => out.push(Output::Send(address, reply)),
                Seen::Before(None) => {}
                Seen::Never if code.is_request() && self.serves => {
                    self.serve(now, address, message, datagram.len(), out);
                }
                Seen::Never => self.separate(now, address, message, out),
            },
        }
    }

    /// An acknowledgement, with or without a response, or a reset.
    fn landed(&mut self, now: Instant, address: SocketAddr, message: Message, out: &mut Vec<Output>) {
        let Some(purpose) = self.land(now, address, message.id, out) else {
            if let Some(peer) = self.peers.get(address).filter(|peer| !peer.held.is_empty()) {
                peer.guesses = peer.guesses.saturating_add(1);
                if peer.guesses > GUESSES {
                    self.unverified(now, address, out);
                }
            }
            return;
        };
        // Nobody else knows the ID.
        self.verified(now, address, out);
        let is_reset = message.kind == Kind::Reset;
        match purpose {
            Purpose::Ask(id) if is_reset => self.give_up(now, id, "the other side refuses the message (RST)", out),
            Purpose::Ask(id) => {
                if let Some(ask) = self.asks.get_mut(&id) {
                    ask.flying = None;
                }
                // RFC 7252 5.2.1: the token has to fit as well.
                if message.parts.code.is_response() && self.asked(address, &message.token) == Some(id) {
                    self.heard(now, id, message.parts, out);
                }
            }
            Purpose::Ping | Purpose::Response => {}
        }
    }

    /// A response that comes by itself, or something that is not wanted here.
    fn separate(&mut self, now: Instant, address: SocketAddr, message: Message, out: &mut Vec<Output>) {
        let confirmable = message.kind == Kind::Confirmable;
        let asked = self.asked(address, &message.token).filter(|_| message.parts.code.is_response());
        match asked {
            Some(id) => {
                if confirmable {
                    self.acknowledge(address, message.id, out);
                }
                // The token is as hard to know as an ID.
                self.verified(now, address, out);
                self.heard(now, id, message.parts, out);
            }
            None if confirmable => {
                let bytes = self.send(address, &Message::empty(Kind::Reset, message.id), out);
                self.seen.answered(address, message.id, bytes);
            }
            None => {}
        }
    }

    fn reset(&mut self, address: SocketAddr, id: u16, out: &mut Vec<Output>) {
        self.send(address, &Message::empty(Kind::Reset, id), out);
    }

    /// When [`Endpoint::due`] is to be called next.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Does what has become due.
    pub fn due(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some(timer) = self.timers.take(now) {
            match timer {
                Timer::Retransmit(address, id) => self.retransmit(now, address, id, out),
                Timer::Acknowledge(ticket) => self.acknowledge_ticket(ticket, out),
                Timer::Unverified(address) => self.unverified(now, address, out),
                Timer::Ask(id) => self.timed_out(now, id, out),
                Timer::Sweep => self.sweep(now),
            }
        }
    }

    /// From now on requests are turned away; those under way come to their ends.
    pub fn close(&mut self) {
        self.closing = true;
    }

    /// Whether nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.exchanges.is_empty() && self.flights.is_empty() && self.asks.is_empty() && self.peers.are_idle()
    }
}
