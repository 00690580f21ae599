//! Requests that come in, and how they are answered (RFC 7252 5.2, RFC 7959 3).

use std::net::SocketAddr;
use std::time::Instant;

use super::block::{Block, exponent_for};
use super::downloads::cut;
use super::send::{Confirmable, Purpose};
use super::source::weight;
use super::timers::{Timer, Timers};
use super::uploads::Step;
use super::{Endpoint, Output, Ticket};
use crate::binding::after::After as _;
use crate::binding::coap::message::{Code, Kind, Message, Parts};
use crate::binding::coap::options::{BLOCK1, BLOCK2, BadOption, ETAG, MAX_AGE, Options};

/// A request that is not answered yet, and what its answer has to know.
#[derive(Debug)]
pub struct Exchange {
    pub peer: SocketAddr,
    id: u16,
    pub confirmable: bool,
    pub acknowledged: bool,
    token: Vec<u8>,
    code: Code,
    /// Of the request, but for those of its blocks.
    options: Options,
    block1: Option<Block>,
    block2: Option<Block>,
    /// Bytes of the datagram.
    pub received: usize,
    due: Instant,
    /// The answer, when it waits for its peer to say that it is there.
    pub held: Option<Parts>,
}

impl Exchange {
    /// Whether the exchange is not with this peer. If it is, its timer is cleared.
    pub fn is_with_another(&self, ticket: Ticket, peer: SocketAddr, timers: &mut Timers) -> bool {
        let keep = self.peer != peer;
        if !keep {
            timers.clear(self.due, Timer::Acknowledge(ticket));
        }
        keep
    }
}

impl Endpoint {
    /// Takes a request in that has come for the first time.
    pub(super) fn serve(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        message: Message,
        received: usize,
        out: &mut Vec<Output>,
    ) {
        let Message { kind, id, token, mut parts } = message;
        let confirmable = kind == Kind::Confirmable;
        let mut exchange = Exchange {
            peer,
            id,
            confirmable,
            acknowledged: false,
            token,
            code: parts.code,
            options: Options::default(),
            block1: None,
            block2: None,
            received,
            due: now,
            held: None,
        };
        match self.admit(now, &mut exchange, &mut parts) {
            Ok(()) => {}
            Err(Some(answer)) => return self.transmit(now, exchange, answer, true, out),
            Err(None) => return,
        }
        exchange.options = parts.options.without_blocks();
        exchange.due = now.after(self.limits.piggyback);
        let Some(known) = self.peers.get(peer) else { return };
        if self.closing
            || self.exchanges.len() >= self.limits.exchanges
            || known.exchanges >= self.limits.exchanges_per_peer
        {
            let reason = if self.closing { "the CSE is stopping" } else { "too many requests are being answered" };
            let mut answer = Parts::diagnostic(Code::SERVICE_UNAVAILABLE, reason);
            answer.options.set_number(MAX_AGE, 1);
            return self.transmit(now, exchange, answer, true, out);
        }
        known.exchanges = known.exchanges.saturating_add(1);
        let proven = known.proven.clone();
        self.last = self.last.wrapping_add(1);
        let ticket = Ticket(self.last);
        if confirmable {
            self.timers.set(exchange.due, Timer::Acknowledge(ticket));
        }
        self.exchanges.insert(ticket, exchange);
        out.push(Output::Request(ticket, peer, parts, proven));
    }

    /// Looks at options and blocks. The error is what to say at once, if anything.
    fn admit(&mut self, now: Instant, exchange: &mut Exchange, parts: &mut Parts) -> Result<(), Option<Parts>> {
        let refuse = |code, reason| Err(Some(Parts::diagnostic(code, reason)));
        if !matches!(parts.code, Code::GET | Code::POST | Code::PUT | Code::DELETE) {
            return refuse(Code::METHOD_NOT_ALLOWED, "expected GET, POST, PUT or DELETE");
        }
        match parts.options.check() {
            Ok(()) => {}
            Err(BadOption::Proxy) => return refuse(Code::PROXYING_NOT_SUPPORTED, "this is no proxy"),
            // RFC 7252 5.4.1, 4.3: who wants no acknowledgement is not told.
            Err(BadOption::Critical(_)) if !exchange.confirmable => return Err(None),
            Err(BadOption::Critical(number)) => {
                let mut answer = Parts::new(Code::BAD_OPTION);
                answer.payload = format!("option {number}: unknown, repeated or of a wrong length").into();
                return Err(Some(answer));
            }
        }
        let (Ok(block1), Ok(block2)) = (Block::of(&parts.options, BLOCK1), Block::of(&parts.options, BLOCK2)) else {
            return refuse(Code::BAD_REQUEST, "expected Block1 and Block2 with a size from 16 to 1024");
        };
        exchange.block2 = block2;
        if let Some(mut block) = block2.filter(|block| block.number > 0) {
            let mut kept = self.downloads.fetch(now, exchange.peer, parts, block);
            // Smaller blocks for who may not be there, from the same place on.
            while let Some(Some(answer)) = &kept
                && block.exponent > 0
                && self.is_too_much(exchange, answer)
            {
                block = Block::at(block.start(), block.exponent.saturating_sub(1));
                kept = self.downloads.fetch(now, exchange.peer, parts, block);
            }
            match kept {
                Some(Some(answer)) => return Err(Some(answer)),
                Some(None) => return refuse(Code::BAD_REQUEST, "Block2: the answer ends before this block"),
                // A RETRIEVE may be carried out again; nothing else may.
                None if parts.code == Code::GET => {}
                None => return refuse(Code::ENTITY_INCOMPLETE, "the answer is no longer kept, ask again"),
            }
        }
        if let Some(block) = block1 {
            let exponent = exponent_for(self.limits.block_size);
            exchange.block1 = Some(Block { more: false, ..block });
            match self.uploads.take(now, exchange.peer, parts, block, exponent) {
                Step::Whole(body) => parts.payload = body,
                Step::Say(answer) => return Err(Some(answer)),
            }
        } else if parts.payload.len() > self.limits.body_bytes {
            return refuse(Code::ENTITY_TOO_LARGE, "the body is larger than this CSE takes");
        }
        Ok(())
    }

    /// The answer to a request; `None` when there is to be none. A ticket that is no longer known is passed over.
    pub fn respond(&mut self, now: Instant, ticket: Ticket, answer: Option<Parts>, out: &mut Vec<Output>) {
        let Some(mut exchange) = self.exchanges.remove(&ticket) else { return };
        match answer {
            Some(answer) if self.has_to_wait(&exchange, &answer) => {
                exchange.held = Some(answer);
                self.hold(now, ticket, exchange, out);
            }
            Some(answer) => {
                self.leave(ticket, &exchange);
                self.answer(now, exchange, answer, None, out);
            }
            None => {
                self.leave(ticket, &exchange);
                if exchange.confirmable && !exchange.acknowledged {
                    self.acknowledge(exchange.peer, exchange.id, out);
                }
            }
        }
    }

    /// A request was not answered in time to say so together with its acknowledgement.
    pub(super) fn acknowledge_ticket(&mut self, ticket: Ticket, out: &mut Vec<Output>) {
        // An answer that waits for its peer comes with the acknowledgement; until then the peer says its request again.
        let waits = |exchange: &&mut Exchange| !exchange.acknowledged && exchange.held.is_none();
        let Some(exchange) = self.exchanges.get_mut(&ticket).filter(waits) else { return };
        exchange.acknowledged = true;
        let (peer, id) = (exchange.peer, exchange.id);
        self.acknowledge(peer, id, out);
    }

    pub(super) fn acknowledge(&mut self, peer: SocketAddr, id: u16, out: &mut Vec<Output>) {
        let bytes = self.send(peer, &Message::empty(Kind::Acknowledgement, id), out);
        self.seen.answered(peer, id, bytes);
    }

    pub(super) fn leave(&mut self, ticket: Ticket, exchange: &Exchange) {
        self.timers.clear(exchange.due, Timer::Acknowledge(ticket));
        if let Some(peer) = self.peers.get(exchange.peer) {
            peer.exchanges = peer.exchanges.saturating_sub(1);
        }
    }

    /// Answers, in blocks when the answer is larger than one. With a budget, it is not more than so many bytes, and not
    /// repeated.
    pub(super) fn answer(
        &mut self,
        now: Instant,
        exchange: Exchange,
        mut whole: Parts,
        budget: Option<usize>,
        out: &mut Vec<Output>,
    ) {
        let ours = exponent_for(self.limits.block_size);
        let mut exponent = exchange.block2.map_or(ours, |asked| asked.exponent.min(ours));
        while budget.is_some_and(|budget| weight(&whole, Block::at(0, exponent).size()) > budget) && exponent > 0 {
            exponent = exponent.saturating_sub(1);
        }
        let block = Block::at(exchange.block2.map_or(0, Block::start), exponent);
        let mut part = if whole.payload.len() <= block.size() && block.number == 0 {
            whole
        } else {
            whole.options.set_number(ETAG, (self.dice.roll() >> 32) | 1 << 32);
            self.downloads.keep(now, exchange.peer, exchange.code, &exchange.options, &whole);
            let part = cut(&whole, block);
            part.unwrap_or_else(|| Parts::diagnostic(Code::BAD_REQUEST, "Block2: the answer ends before this block"))
        };
        if let Some(block) = exchange.block1 {
            part.options.set_number(BLOCK1, block.value());
        }
        self.transmit(now, exchange, part, budget.is_none(), out);
    }

    /// One message: with the acknowledgement if that was not sent yet, else by itself.
    fn transmit(&mut self, now: Instant, exchange: Exchange, parts: Parts, reliable: bool, out: &mut Vec<Output>) {
        let Exchange { peer: address, id, confirmable, acknowledged, token, .. } = exchange;
        if confirmable && !acknowledged {
            let bytes = self.send(address, &Message { kind: Kind::Acknowledgement, id, token, parts }, out);
            self.seen.answered(address, id, bytes);
        } else if confirmable && reliable {
            let message = Confirmable { purpose: Purpose::Response, token, parts };
            if !self.confirm(now, address, message, out) {
                tracing::debug!(peer = %address, "too much waits to be sent to a peer, an answer is dropped");
            }
        } else if let Some(id) = self.peers.get(address).map(super::peer::Peer::id) {
            self.send(address, &Message { kind: Kind::NonConfirmable, id, token, parts }, out);
        }
    }
}
