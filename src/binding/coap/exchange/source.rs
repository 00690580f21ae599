//! Sources that may be forged: who has not shown that it is there gets little, or is asked first.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::send::{Confirmable, Purpose};
use super::serve::Exchange;
use super::timers::Timer;
use super::{Endpoint, Output, Ticket};
use crate::binding::after::After as _;
use crate::binding::coap::message::{Code, Parts};

/// Bytes that anybody may be answered.
const SMALL: usize = 128;

/// How long a peer may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(3);

/// The same, when its request is acknowledged already: it does not say it again, and an answer that is sent but once may be
/// lost. Five pings fit.
const LONG_PATIENCE: Duration = Duration::from_secs(10);

impl Endpoint {
    /// Whether an answer has to wait until its peer has said that it is there.
    pub(super) fn has_to_wait(&mut self, exchange: &Exchange, answer: &Parts) -> bool {
        // Separate answers are repeated until they are acknowledged.
        let is_repeated = exchange.confirmable && exchange.acknowledged;
        (is_repeated && !self.is_there(exchange)) || self.is_too_much(exchange, answer)
    }

    /// Whether an answer is more than somebody may get who may not be there.
    pub(super) fn is_too_much(&mut self, exchange: &Exchange, answer: &Parts) -> bool {
        let block = answer.payload.len().min(self.limits.block_size);
        weight(answer, block) > self.budget(exchange) && !self.is_there(exchange)
    }

    fn is_there(&mut self, exchange: &Exchange) -> bool {
        self.peers.get(exchange.peer).is_none_or(|peer| peer.verified || peer.proven.is_some())
    }

    fn budget(&self, exchange: &Exchange) -> usize {
        exchange.received.saturating_mul(self.limits.source_ratio).max(SMALL)
    }

    /// Asks a peer whether it is there, before it gets its answer: RST is what everybody says to an empty confirmable
    /// message (RFC 7252 4.3), and nobody else knows its ID.
    pub(super) fn hold(&mut self, now: Instant, ticket: Ticket, exchange: Exchange, out: &mut Vec<Output>) {
        let address = exchange.peer;
        let patience = if exchange.acknowledged { LONG_PATIENCE } else { PATIENCE };
        self.exchanges.insert(ticket, exchange);
        let Some(peer) = self.peers.get(address) else { return };
        peer.held.push(ticket);
        if peer.held.len() > 1 {
            return;
        }
        peer.guesses = 0;
        self.timers.set(now.after(patience), Timer::Unverified(address));
        let ping = Confirmable { purpose: Purpose::Ping, token: Vec::new(), parts: Parts::new(Code::EMPTY) };
        self.confirm(now, address, ping, out);
    }

    /// A peer is there: it gets what waited for that.
    pub(super) fn verified(&mut self, now: Instant, address: SocketAddr, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get(address) else { return };
        peer.verified = true;
        let held = std::mem::take(&mut peer.held);
        self.release(now, held, false, out);
    }

    /// A peer did not say that it is there. Few do not know how: they get their answers in small pieces.
    pub(super) fn unverified(&mut self, now: Instant, address: SocketAddr, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get(address) else { return };
        let held = std::mem::take(&mut peer.held);
        let ping = peer.ping.take();
        if let Some(ping) = ping {
            self.land(now, address, ping, out);
        }
        self.release(now, held, true, out);
    }

    fn release(&mut self, now: Instant, held: Vec<Ticket>, sparing: bool, out: &mut Vec<Output>) {
        for ticket in held {
            let Some(mut exchange) = self.exchanges.remove(&ticket) else { continue };
            self.leave(ticket, &exchange);
            let Some(answer) = exchange.held.take() else { continue };
            let budget = sparing.then(|| self.budget(&exchange));
            self.answer(now, exchange, answer, budget, out);
        }
    }
}

/// Bytes of a message, about: a header, a token, options with two or three bytes each, a block of payload.
pub fn weight(parts: &Parts, block: usize) -> usize {
    let options: usize = parts.options.iter().map(|(_, value)| value.len().saturating_add(2)).sum();
    options.saturating_add(parts.payload.len().min(block)).saturating_add(24)
}
