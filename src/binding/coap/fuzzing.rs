//! What the fuzz targets see of CoAP: two ends of conversations through all layers, a wire that loses, repeats and reorders,
//! and a stranger who says what it likes.

#![allow(clippy::arithmetic_side_effects, clippy::panic, clippy::unreachable, reason = "a target speaks by panicking")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::config::CoapLimits;
use super::exchange::dice::Dice;
use super::exchange::{AskId, Endpoint, Failed, Output};
use super::message::{Code, Parts};

/// How many steps one input may have.
const STEPS: usize = 64;

struct Wire {
    now: Instant,
    client: Endpoint,
    server: Endpoint,
    /// When, to the server or not, from whom, what.
    travelling: Vec<(Instant, bool, SocketAddr, Bytes)>,
    fates: Vec<u8>,
    asked: Vec<(AskId, usize, usize)>,
    stranger: bool,
}

fn address(host: u8) -> SocketAddr {
    ([127, 0, 0, host], 5683).into()
}

/// Bytes say what happens: who asks what, what becomes of the next datagrams, what a stranger says, how time passes.
///
/// # Panics
/// When a question has no outcome, or two, or the wrong one; when an end never comes to rest or keeps what it should forget.
pub fn conversation(data: &[u8]) {
    let limits = CoapLimits {
        peers: 8,
        exchanges: 16,
        exchanges_per_peer: 8,
        body_bytes: 8192,
        block_size: 64,
        waiting_per_peer: 8,
        ..CoapLimits::default()
    };
    let now = Instant::now();
    let end = |seed, serves| Endpoint::new(limits.clone(), Dice::seeded(seed), serves);
    let (client, server) = (end(1, false), end(2, true));
    let mut wire =
        Wire { now, client, server, travelling: Vec::new(), fates: Vec::new(), asked: Vec::new(), stranger: false };
    let mut rest = data;
    for _ in 0..STEPS {
        let [kind, value, tail @ ..] = rest else { break };
        rest = wire.step(*kind, *value, tail);
    }
    wire.fates.clear();
    wire.pass(Duration::from_secs(1000));
    for (id, length, outcomes) in &wire.asked {
        assert_eq!(*outcomes, 1, "{id:?} of {length} bytes");
    }
    assert!(wire.client.is_idle() && wire.server.is_idle(), "something is under way for ever");
    assert!(wire.client.next_due().is_none() && wire.server.next_due().is_none(), "something is never forgotten");
}

impl Wire {
    fn step<'a>(&mut self, kind: u8, value: u8, tail: &'a [u8]) -> &'a [u8] {
        match kind % 8 {
            0 | 1 => {
                let length = usize::from(value) * if kind & 8 == 0 { 1 } else { 40 };
                let mut parts = Parts::new(Code::POST);
                parts.payload = body(length).into();
                let mut out = Vec::new();
                let until = self.now + Duration::from_secs(300);
                let id = self.client.ask(self.now, address(1), parts, until, &mut out);
                self.asked.push((id, length, 0));
                self.carry_out(true, out);
            }
            2 | 3 => self.fates.push(value),
            4 => self.pass(Duration::from_millis(u64::from(value) * 50)),
            _ => {
                let (datagram, tail) = tail.split_at(usize::from(value).min(tail.len()));
                // The stranger has an address of its own, or pretends to be somebody.
                let from = if kind & 8 == 0 { address(9) } else { address(2) };
                self.stranger = true;
                let mut out = Vec::new();
                let to_server = kind & 16 == 0;
                let end = if to_server { &mut self.server } else { &mut self.client };
                end.received(self.now, from, datagram, None, &mut out);
                self.carry_out(!to_server, out);
                return tail;
            }
        }
        tail
    }

    fn carry_out(&mut self, by_client: bool, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(to, bytes) => {
                    // What is for a stranger arrives nowhere.
                    if to != address(if by_client { 1 } else { 2 }) {
                        continue;
                    }
                    let fate = self.fates.pop().unwrap_or(255);
                    let from = address(if by_client { 2 } else { 1 });
                    let at = self.now + Duration::from_millis(20);
                    let late = Duration::from_millis(u64::from(fate) * 20);
                    if !fate.is_multiple_of(4) {
                        self.travelling.push((
                            if fate % 4 == 2 { at + late } else { at },
                            by_client,
                            from,
                            bytes.clone(),
                        ));
                    }
                    if fate % 4 == 1 {
                        self.travelling.push((at + late, by_client, from, bytes));
                    }
                }
                Output::Request(ticket, _, parts, _) => {
                    // An echo; what the stranger asks is not always answered at once.
                    let mut answer = Parts::new(Code::CHANGED);
                    answer.payload = parts.payload;
                    let mut out = Vec::new();
                    self.server.respond(self.now, ticket, Some(answer), &mut out);
                    self.carry_out(false, out);
                }
                Output::Outcome(id, outcome) => self.outcome(id, &outcome),
            }
        }
    }

    fn outcome(&mut self, id: AskId, outcome: &Result<Parts, Failed>) {
        let Some((_, length, outcomes)) = self.asked.iter_mut().find(|(asked, ..)| *asked == id) else {
            panic!("{outcome:?} is the outcome of nothing");
        };
        *outcomes += 1;
        if let Ok(parts) = outcome
            && parts.code == Code::CHANGED
            && !self.stranger
        {
            assert_eq!(parts.payload, body(*length), "an echo is what was said");
        }
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        for _ in 0..100_000 {
            let wire = self.travelling.iter().map(|(at, ..)| *at).min();
            let next = [wire, self.client.next_due(), self.server.next_due()].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(at);
            if let Some(place) = self.travelling.iter().position(|(at, ..)| *at <= self.now) {
                let (_, to_server, from, bytes) = self.travelling.remove(place);
                let mut out = Vec::new();
                let end = if to_server { &mut self.server } else { &mut self.client };
                end.received(self.now, from, &bytes, None, &mut out);
                self.carry_out(!to_server, out);
                continue;
            }
            for by_client in [true, false] {
                let mut out = Vec::new();
                let end = if by_client { &mut self.client } else { &mut self.server };
                end.due(self.now, &mut out);
                self.carry_out(by_client, out);
            }
        }
        unreachable!("they never come to rest");
    }
}

fn body(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect()
}
