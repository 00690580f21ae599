//! Two endpoints and a wire between them, on a clock that is turned by hand.

mod asked;
mod strangers;
mod together;
mod wire;

use std::time::Duration;

use super::*;
use crate::binding::coap::options::URI_PATH;

fn client_address() -> SocketAddr {
    ([127, 0, 0, 1], 40_000).into()
}

fn server_address() -> SocketAddr {
    ([127, 0, 0, 1], 5683).into()
}

/// What becomes of a datagram.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Arrives,
    Lost,
    Twice,
    Late(u64),
}

struct World {
    now: Instant,
    client: Endpoint,
    server: Endpoint,
    /// When, to the server or not, what.
    wire: Vec<(Instant, bool, Bytes)>,
    fates: Vec<Fate>,
    sent: Vec<(bool, Bytes)>,
    requests: Vec<(Ticket, Parts)>,
    outcomes: Vec<(AskId, Result<Parts, Failed>)>,
}

impl World {
    fn new(limits: &CoapLimits) -> Self {
        Self {
            now: Instant::now(),
            client: Endpoint::new(limits.clone(), Dice::seeded(1), false),
            server: Endpoint::new(limits.clone(), Dice::seeded(2), true),
            wire: Vec::new(),
            fates: Vec::new(),
            sent: Vec::new(),
            requests: Vec::new(),
            outcomes: Vec::new(),
        }
    }

    fn carry_out(&mut self, by_client: bool, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(_, bytes) => {
                    self.sent.push((by_client, bytes.clone()));
                    let fate = self.fates.pop().unwrap_or(Fate::Arrives);
                    let at = self.now + Duration::from_millis(20);
                    match fate {
                        Fate::Lost => {}
                        Fate::Arrives => self.wire.push((at, by_client, bytes)),
                        Fate::Late(millis) => self.wire.push((at + Duration::from_millis(millis), by_client, bytes)),
                        Fate::Twice => {
                            self.wire.push((at, by_client, bytes.clone()));
                            self.wire.push((at + Duration::from_millis(700), by_client, bytes));
                        }
                    }
                }
                Output::Request(ticket, _, parts, _) => self.requests.push((ticket, parts)),
                Output::Outcome(id, outcome) => self.outcomes.push((id, outcome)),
            }
        }
    }

    fn ask(&mut self, parts: Parts) -> AskId {
        let (mut out, until) = (Vec::new(), self.now + Duration::from_secs(300));
        let id = self.client.ask(self.now, server_address(), parts, until, &mut out);
        self.carry_out(true, out);
        id
    }

    fn respond(&mut self, ticket: Ticket, answer: Option<Parts>) {
        let mut out = Vec::new();
        self.server.respond(self.now, ticket, answer, &mut out);
        self.carry_out(false, out);
    }

    /// Gives the server a datagram of a stranger; answers what it sends back.
    fn stranger(&mut self, message: &Message) -> Vec<Message> {
        let (mut out, before) = (Vec::new(), self.sent.len());
        self.server.received(self.now, client_address(), &message.encode(), None, &mut out);
        self.carry_out(false, out);
        self.sent[before..].iter().map(|(_, bytes)| Message::decode(bytes).unwrap()).collect()
    }

    /// Lets time pass until the next thing happens, but not beyond. `false` when nothing did.
    fn step(&mut self, until: Instant) -> bool {
        let arrival = self.wire.iter().map(|(at, ..)| *at).min();
        let next = [arrival, self.client.next_due(), self.server.next_due()].into_iter().flatten().min();
        let Some(next) = next.filter(|next| *next <= until) else { return false };
        self.now = next.max(self.now);
        if arrival == Some(next) {
            let place = self.wire.iter().position(|(at, ..)| *at == next).unwrap();
            let (_, by_client, bytes) = self.wire.remove(place);
            let mut out = Vec::new();
            if by_client {
                self.server.received(self.now, client_address(), &bytes, None, &mut out);
            } else {
                self.client.received(self.now, server_address(), &bytes, None, &mut out);
            }
            self.carry_out(!by_client, out);
        } else {
            let mut out = Vec::new();
            self.client.due(self.now, &mut out);
            self.carry_out(true, out);
            let mut out = Vec::new();
            self.server.due(self.now, &mut out);
            self.carry_out(false, out);
        }
        true
    }

    fn run(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while self.step(until) {}
        self.now = until;
    }

    /// Runs until the next request is there.
    fn request(&mut self) -> (Ticket, Parts) {
        let until = self.now + Duration::from_secs(300);
        while self.requests.is_empty() && self.step(until) {}
        self.requests.remove(0)
    }
}

fn request(code: Code, body: usize) -> Parts {
    let mut parts = Parts::new(code);
    parts.options.add(URI_PATH, &b"cse-in"[..]);
    parts.payload = text(body);
    parts
}

fn text(length: usize) -> Bytes {
    (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn answer(body: usize) -> Parts {
    Parts { payload: text(body), ..Parts::new(Code::CONTENT) }
}

fn confirmable(id: u16, parts: Parts) -> Message {
    Message { kind: Kind::Confirmable, id, token: vec![1, 2], parts }
}
