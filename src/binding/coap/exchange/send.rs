//! Messages on their way out: repeated until they are acknowledged, and no more at a time than may be (RFC 7252 4.2, 4.7).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::timers::Timer;
use super::{AskId, Endpoint, Output};
use crate::binding::after::After as _;
use crate::binding::coap::message::{Kind, Message, Parts};

/// What a confirmable message was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To hear whether somebody is there.
    Ping,
    /// To answer.
    Response,
    /// To ask.
    Ask(AskId),
}

/// A confirmable message that waits for its turn.
#[derive(Debug)]
pub struct Confirmable {
    pub purpose: Purpose,
    pub token: Vec<u8>,
    pub parts: Parts,
}

/// A confirmable message that is not acknowledged yet.
#[derive(Debug)]
pub struct Flight {
    bytes: Bytes,
    pub purpose: Purpose,
    tries: u32,
    timeout: Duration,
    due: Instant,
}

/// How much sooner a ping is repeated than other messages: somebody waits for it, it is four bytes, and a widespread
/// implementation (libcoap 4.3) answers only every other one.
const PING_HASTE: u32 = 8;

impl Flight {
    /// When it is to be sent again.
    pub const fn due(&self) -> Instant {
        self.due
    }
}

impl Endpoint {
    /// Sends something once.
    pub(super) fn send(&mut self, peer: SocketAddr, message: &Message, out: &mut Vec<Output>) -> Bytes {
        let bytes = Bytes::from(message.encode());
        out.push(Output::Send(peer, bytes.clone()));
        bytes
    }

    /// Sends a confirmable message as soon as its peer has acknowledged those before it. `false` when too many wait.
    pub(super) fn confirm(
        &mut self,
        now: Instant,
        address: SocketAddr,
        message: Confirmable,
        out: &mut Vec<Output>,
    ) -> bool {
        let most = self.limits.waiting_per_peer;
        let Some(peer) = self.peers.meet(now, address, &mut self.dice) else { return false };
        if peer.waiting.len() >= most {
            return false;
        }
        match message.purpose {
            // A question whether somebody is there is not kept waiting by what waits for its answer.
            Purpose::Ping => peer.waiting.push_front(message),
            _ => peer.waiting.push_back(message),
        }
        self.next_flight(now, address, out);
        true
    }

    /// Sends what may be sent now.
    pub(super) fn next_flight(&mut self, now: Instant, address: SocketAddr, out: &mut Vec<Output>) {
        let pace = self.limits.transmission.clone();
        loop {
            let Some(peer) = self.peers.get(address) else { return };
            if peer.flying >= pace.nstart.max(1) {
                return;
            }
            let Some(Confirmable { purpose, token, parts }) = peer.waiting.pop_front() else { return };
            let id = peer.id();
            peer.flying = peer.flying.saturating_add(1);
            if let Purpose::Ask(ask) = purpose
                && let Some(ask) = self.asks.get_mut(&ask)
            {
                ask.flying = Some(id);
            }
            if purpose == Purpose::Ping {
                peer.ping = Some(id);
            }
            let message = Message { kind: Kind::Confirmable, id, token, parts };
            let bytes = self.send(address, &message, out);
            let least = if purpose == Purpose::Ping {
                pace.ack_timeout.checked_div(PING_HASTE).unwrap_or_default()
            } else {
                pace.ack_timeout
            };
            let timeout = self.dice.between(least, pace.ack_random_factor);
            let due = now.after(timeout);
            self.timers.set(due, Timer::Retransmit(address, id));
            // An ID that is still in use belongs to a message that is 65,536 others old.
            if let Some(old) = self.flights.insert((address, id), Flight { bytes, purpose, tries: 0, timeout, due }) {
                self.timers.clear(old.due, Timer::Retransmit(address, id));
                if let Some(peer) = self.peers.get(address) {
                    peer.flying = peer.flying.saturating_sub(1);
                }
            }
        }
    }

    /// A message needs not be sent again. Answers what it was for.
    pub(super) fn land(
        &mut self,
        now: Instant,
        address: SocketAddr,
        id: u16,
        out: &mut Vec<Output>,
    ) -> Option<Purpose> {
        let flight = self.flights.remove(&(address, id))?;
        self.timers.clear(flight.due, Timer::Retransmit(address, id));
        if let Some(peer) = self.peers.get(address) {
            peer.flying = peer.flying.saturating_sub(1);
        }
        self.next_flight(now, address, out);
        Some(flight.purpose)
    }

    /// No acknowledgement has come in time: once more, twice as patiently, or never again.
    pub(super) fn retransmit(&mut self, now: Instant, address: SocketAddr, id: u16, out: &mut Vec<Output>) {
        let most = self.limits.transmission.max_retransmit;
        let Some(flight) = self.flights.get_mut(&(address, id)) else { return };
        if flight.tries < most {
            flight.tries = flight.tries.saturating_add(1);
            flight.timeout = flight.timeout.saturating_mul(2);
            flight.due = now.after(flight.timeout);
            self.timers.set(flight.due, Timer::Retransmit(address, id));
            out.push(Output::Send(address, flight.bytes.clone()));
            return;
        }
        match self.land(now, address, id, out) {
            Some(Purpose::Ask(ask)) => self.give_up(now, ask, "nobody acknowledges what is sent there", out),
            Some(Purpose::Ping) => self.unverified(now, address, out),
            Some(Purpose::Response) | None => {}
        }
    }

    /// Forgets what was to be sent for a request of ours.
    pub(super) fn ground(&mut self, now: Instant, address: SocketAddr, ask: AskId, out: &mut Vec<Output>) {
        let purpose = Purpose::Ask(ask);
        if let Some(peer) = self.peers.get(address) {
            peer.waiting.retain(|message| message.purpose != purpose);
        }
        let flying = self.asks.get(&ask).and_then(|ask| ask.flying);
        let of = |id: &u16| self.flights.get(&(address, *id)).is_some_and(|flight| flight.purpose == purpose);
        if let Some(id) = flying.filter(of) {
            self.land(now, address, id, out);
        }
    }
}
