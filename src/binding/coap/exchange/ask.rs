//! Requests that go out, and their responses (RFC 7252 5.3, RFC 7959 3).

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;

use super::block::{Block, exponent_for};
use super::send::{Confirmable, Purpose};
use super::timers::Timer;
use super::{AskId, Endpoint, Failed, Output};
use crate::binding::coap::message::{Code, Parts};
use crate::binding::coap::options::{BLOCK1, BLOCK2, CONTENT_FORMAT, ETAG, SIZE1, SIZE2};

/// A request of ours that is not answered yet.
#[derive(Debug)]
pub struct Ask {
    peer: SocketAddr,
    /// Without the payload.
    head: Parts,
    body: Bytes,
    token: Vec<u8>,
    /// The message of it that is not acknowledged.
    pub flying: Option<u16>,
    stage: Stage,
    until: Instant,
}

#[derive(Debug)]
enum Stage {
    /// All of the request is in one message.
    Whole,
    /// This block of the request is on its way.
    Uploading(Block),
    /// So much of the response is here.
    Downloading { first: Parts, have: Vec<u8>, exponent: u8 },
}

impl Endpoint {
    /// Sends a request. Its outcome comes as an [`Output::Outcome`], no later than `until`.
    pub fn ask(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        request: Parts,
        until: Instant,
        out: &mut Vec<Output>,
    ) -> AskId {
        self.last = self.last.wrapping_add(1);
        let id = AskId(self.last);
        let exponent = exponent_for(self.limits.block_size);
        let body = request.payload;
        let head = Parts { payload: Bytes::new(), ..request };
        let is_large = body.len() > Block::at(0, exponent).size();
        let stage = if is_large { Stage::Uploading(Block::at(0, exponent)) } else { Stage::Whole };
        match self.peers.meet(now, peer, &mut self.dice) {
            Some(known) => known.asks.push(id),
            None => {
                out.push(Output::Outcome(id, Err(Failed::Refused("too many peers are spoken to"))));
                return id;
            }
        }
        self.asks.insert(id, Ask { peer, head, body, token: Vec::new(), flying: None, stage, until });
        self.timers.set(until, Timer::Ask(id));
        self.say(now, id, out);
        id
    }

    /// Sends what is to be said next for a request.
    fn say(&mut self, now: Instant, id: AskId, out: &mut Vec<Output>) {
        // RFC 7252 5.3.1, RFC 9175 4: a token that nobody can foresee, and none twice.
        let token = self.dice.roll().to_be_bytes().to_vec();
        let Some(ask) = self.asks.get_mut(&id) else { return };
        self.tokens.remove(&(ask.peer, std::mem::replace(&mut ask.token, token.clone())));
        let mut parts = ask.head.clone();
        match &ask.stage {
            Stage::Whole => parts.payload = ask.body.clone(),
            Stage::Uploading(block) => {
                if let Some((block, payload)) = block.cut(&ask.body) {
                    parts.options.set_number(BLOCK1, block.value());
                    if block.number == 0 {
                        parts.options.set_number(SIZE1, u64::try_from(ask.body.len()).unwrap_or(u64::MAX));
                    }
                    parts.payload = payload;
                }
            }
            Stage::Downloading { have, exponent, .. } => {
                parts.options.set_number(BLOCK2, Block::at(have.len(), *exponent).value());
                // There is no content in it.
                parts.options.remove(CONTENT_FORMAT);
            }
        }
        let peer = ask.peer;
        ask.flying = None;
        self.tokens.insert((peer, token.clone()), id);
        if !self.confirm(now, peer, Confirmable { purpose: Purpose::Ask(id), token, parts }, out) {
            self.give_up(now, id, "too many requests wait for this peer", out);
        }
    }

    /// The request that a response belongs to.
    pub(super) fn asked(&self, peer: SocketAddr, token: &[u8]) -> Option<AskId> {
        self.tokens.get(&(peer, token.to_vec())).copied()
    }

    /// A response has come.
    pub(super) fn heard(&mut self, now: Instant, id: AskId, parts: Parts, out: &mut Vec<Output>) {
        let Some(peer) = self.asks.get(&id).map(|ask| ask.peer) else { return };
        // A response says that its request has come, even if that was not acknowledged.
        self.ground(now, peer, id, out);
        match self.step(id, parts) {
            Ok(None) => self.say(now, id, out),
            Ok(Some(answer)) => self.conclude(id, Ok(answer), out),
            Err(reason) => self.conclude(id, Err(Failed::Response(reason)), out),
        }
    }

    /// The whole response, or `None` when there is more to be said.
    fn step(&mut self, id: AskId, parts: Parts) -> Result<Option<Parts>, &'static str> {
        let most = self.limits.body_bytes;
        let Some(ask) = self.asks.get_mut(&id) else { return Ok(None) };
        parts.options.check().map_err(|_| "an option in it is not understood")?;
        let block1 = Block::of(&parts.options, BLOCK1).map_err(|()| "its Block1 is none")?;
        let block2 = Block::of(&parts.options, BLOCK2).map_err(|()| "its Block2 is none")?;
        if let Stage::Uploading(sent) = ask.stage {
            // RFC 7959 2.3: the other side may want smaller blocks.
            let exponent = block1.map_or(sent.exponent, |block| block.exponent.min(sent.exponent));
            match parts.code {
                Code::CONTINUE => {
                    let next = sent.start().saturating_add(sent.size());
                    if block1.map(|block| block.number) != Some(sent.number) || next >= ask.body.len() {
                        return Err("it continues what was not sent");
                    }
                    ask.stage = Stage::Uploading(Block::at(next, exponent));
                    return Ok(None);
                }
                // RFC 7959 2.9.3.
                Code::ENTITY_TOO_LARGE if sent.number == 0 && exponent < sent.exponent => {
                    ask.stage = Stage::Uploading(Block::at(0, exponent));
                    return Ok(None);
                }
                _ => {}
            }
        } else if parts.code == Code::CONTINUE {
            return Err("it continues what was not sent");
        }
        let Some(block) = block2 else { return Ok(Some(parts)) };
        let (first, mut have) = match std::mem::replace(&mut ask.stage, Stage::Whole) {
            Stage::Downloading { first, have, .. } => (first, have),
            Stage::Whole | Stage::Uploading(_) => (Parts { payload: Bytes::new(), ..parts.clone() }, Vec::new()),
        };
        if parts.code.class() != 2 && !have.is_empty() {
            return Ok(Some(parts));
        }
        if block.start() != have.len() || parts.code != first.code || first.options.get(ETAG) != parts.options.get(ETAG)
        {
            return Err("its blocks do not fit together");
        }
        if block.more && parts.payload.len() != block.size() {
            return Err("a block in it is not full");
        }
        let announced = first.options.number(SIZE2).and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        if have.len().saturating_add(parts.payload.len()).max(announced) > most {
            return Err("it is too large");
        }
        have.extend_from_slice(&parts.payload);
        if block.more {
            ask.stage = Stage::Downloading { first, have, exponent: block.exponent };
            return Ok(None);
        }
        Ok(Some(Parts { payload: have.into(), ..first }))
    }

    /// Nobody waits any more.
    pub(super) fn timed_out(&mut self, now: Instant, id: AskId, out: &mut Vec<Output>) {
        if let Some(peer) = self.asks.get(&id).map(|ask| ask.peer) {
            self.ground(now, peer, id, out);
            self.conclude(id, Err(Failed::TimedOut), out);
        }
    }

    /// There will be no response.
    pub(super) fn give_up(&mut self, now: Instant, id: AskId, reason: &'static str, out: &mut Vec<Output>) {
        if let Some(peer) = self.asks.get(&id).map(|ask| ask.peer) {
            self.ground(now, peer, id, out);
            self.conclude(id, Err(Failed::Refused(reason)), out);
        }
    }

    fn conclude(&mut self, id: AskId, outcome: Result<Parts, Failed>, out: &mut Vec<Output>) {
        let Some(ask) = self.asks.remove(&id) else { return };
        self.tokens.remove(&(ask.peer, ask.token));
        self.timers.clear(ask.until, Timer::Ask(id));
        if let Some(peer) = self.peers.get(ask.peer) {
            peer.asks.retain(|other| *other != id);
        }
        out.push(Output::Outcome(id, outcome));
    }
}
