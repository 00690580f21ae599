//! Two endpoints and a wire between them, on a clock that is turned by hand.

use proptest::prelude::*;

use super::*;
use crate::binding::coap::options::{BLOCK1, BLOCK2, ETAG, MAX_AGE, SIZE2, URI_PATH};
use crate::value::SmolStr;

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

#[test]
fn what_is_answered_at_once_comes_with_the_acknowledgement() {
    let mut world = World::new(&CoapLimits::default());
    world.ask(request(Code::GET, 0));
    let (ticket, parts) = world.request();
    assert_eq!(parts.code, Code::GET);
    world.respond(ticket, Some(answer(10)));
    world.run(1);
    assert_eq!(world.outcomes.remove(0).1, Ok(answer(10)));
    assert_eq!(world.sent.len(), 2);
    assert!(world.server.is_idle() && world.client.is_idle());
}

#[test]
fn what_takes_longer_comes_by_itself_and_is_acknowledged() {
    let mut world = World::new(&CoapLimits::default());
    world.ask(request(Code::GET, 0));
    let (ticket, _) = world.request();
    world.run(40);
    world.respond(ticket, Some(answer(10)));
    world.run(10);
    assert_eq!(world.outcomes.remove(0).1, Ok(answer(10)));
    let kinds: Vec<_> = world.sent.iter().map(|(_, bytes)| Message::decode(bytes).unwrap()).collect();
    let kinds: Vec<_> = kinds.iter().map(|message| (message.kind, message.parts.code.0)).collect();
    let (con, ack, rst) = (Kind::Confirmable, Kind::Acknowledgement, Kind::Reset);
    // The request; that it has come; are you there; yes; the answer; that it has come.
    assert_eq!(kinds, [(con, 1), (ack, 0), (con, 0), (rst, 0), (con, 0x45), (ack, 0)]);
    assert!(world.server.is_idle() && world.client.is_idle());
}

#[test]
fn who_does_not_answer_is_asked_five_times_and_given_up() {
    let mut world = World::new(&CoapLimits::default());
    world.fates = vec![Fate::Lost; 5];
    let begun = world.now;
    world.ask(request(Code::GET, 0));
    let mut times = vec![begun];
    while world.outcomes.is_empty() {
        let before = world.sent.len();
        assert!(world.step(begun + Duration::from_secs(200)));
        if world.sent.len() > before {
            times.push(world.now);
        }
    }
    assert!(matches!(world.outcomes.remove(0).1, Err(Failed::Refused(_))));
    let waits: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
    assert_eq!(waits.len(), 4);
    assert!((2.0..=3.0).contains(&waits[0]), "{waits:?}");
    assert!(waits.windows(2).all(|pair| (pair[1] / pair[0] - 2.0).abs() < 1e-6), "{waits:?}");
    assert!((world.now - begun).as_secs_f64() <= 93.0, "MAX_TRANSMIT_WAIT");
}

#[test]
fn one_request_at_a_time_is_on_its_way_to_a_peer() {
    let mut world = World::new(&CoapLimits::default());
    let ids: Vec<AskId> = (0..3).map(|_| world.ask(request(Code::GET, 0))).collect();
    assert_eq!(world.sent.len(), 1);
    for _ in 0..3 {
        let (ticket, _) = world.request();
        world.respond(ticket, Some(answer(1)));
    }
    world.run(1);
    assert_eq!(world.outcomes.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids);
    // Beyond what may wait, the answer is no.
    let mut world = World::new(&CoapLimits { waiting_per_peer: 2, ..CoapLimits::default() });
    for _ in 0..4 {
        world.ask(request(Code::GET, 0));
    }
    assert_eq!(world.outcomes.len(), 1);
}

#[test]
fn who_waits_no_longer_is_told_and_forgotten() {
    let mut world = World::new(&CoapLimits::default());
    let id = world.ask(request(Code::GET, 0));
    let (ticket, _) = world.request();
    world.run(301);
    assert_eq!(world.outcomes, [(id, Err(Failed::TimedOut))]);
    world.respond(ticket, Some(answer(1)));
    world.run(200);
    let last = Message::decode(&world.sent.last().unwrap().1).unwrap();
    assert_eq!(last.kind, Kind::Reset, "nobody knows the token any more");
    assert!(world.client.is_idle() && world.server.is_idle());
}

#[test]
fn a_repeated_request_has_one_effect_and_one_answer() {
    let mut world = World::new(&CoapLimits::default());
    let create = confirmable(7, request(Code::POST, 3));
    assert!(world.stranger(&create).is_empty());
    assert!(world.stranger(&create).is_empty(), "it is being answered");
    let (ticket, _) = world.requests.remove(0);
    world.respond(ticket, Some(answer(5)));
    let first = world.sent.last().unwrap().1.clone();
    let again = world.stranger(&create);
    assert_eq!(again, [Message::decode(&first).unwrap()]);
    assert!(world.requests.is_empty());
    // A NON is taken once, too.
    let non = Message { kind: Kind::NonConfirmable, ..confirmable(8, request(Code::POST, 3)) };
    world.stranger(&non);
    world.stranger(&non);
    assert_eq!(world.requests.len(), 1);
    let (ticket, _) = world.requests.remove(0);
    world.respond(ticket, Some(answer(5)));
    let last = Message::decode(&world.sent.last().unwrap().1).unwrap();
    assert_eq!((last.kind, last.token), (Kind::NonConfirmable, vec![1, 2]));
}

#[test]
fn who_wants_no_answer_gets_an_acknowledgement_only() {
    let mut world = World::new(&CoapLimits::default());
    world.stranger(&confirmable(7, request(Code::POST, 3)));
    let (ticket, _) = world.requests.remove(0);
    world.respond(ticket, None);
    assert_eq!(world.sent.last().unwrap().1, Message::empty(Kind::Acknowledgement, 7).encode());
    world.run(10);
    assert_eq!(world.sent.len(), 1);
}

#[test]
fn what_cannot_be_obeyed_is_refused() {
    let mut world = World::new(&CoapLimits::default());
    let with = |number: u16, value: &'static [u8]| {
        let mut parts = request(Code::GET, 0);
        parts.options.add(number, value);
        parts
    };
    for (parts, code) in [
        (with(9, b"x"), Code::BAD_OPTION),
        (with(35, b"coap://x"), Code::PROXYING_NOT_SUPPORTED),
        (with(BLOCK2, b"\x07"), Code::BAD_REQUEST),
        (with(BLOCK1, b"\x10"), Code::ENTITY_INCOMPLETE),
        (request(Code(5), 0), Code::METHOD_NOT_ALLOWED),
    ] {
        let id = u16::from(code.0) << 4 | u16::from(parts.code.0);
        let said = world.stranger(&confirmable(id, parts.clone()));
        assert_eq!((said[0].kind, said[0].parts.code), (Kind::Acknowledgement, code), "{parts:?}");
    }
    let non = Message { kind: Kind::NonConfirmable, ..confirmable(99, with(9, b"x")) };
    assert!(world.stranger(&non).is_empty());
    // A ping, and answers to questions that were not asked.
    assert_eq!(world.stranger(&Message::empty(Kind::Confirmable, 5)), [Message::empty(Kind::Reset, 5)]);
    assert_eq!(world.stranger(&confirmable(6, answer(1)))[0].kind, Kind::Reset);
    assert!(world.stranger(&Message { kind: Kind::Acknowledgement, ..confirmable(6, answer(1)) }).is_empty());
    assert!(world.requests.is_empty());
}

#[test]
fn a_stranger_is_asked_whether_it_is_there_before_it_gets_much() {
    let mut world = World::new(&CoapLimits::default());
    world.stranger(&confirmable(7, request(Code::GET, 0)));
    let (ticket, _) = world.requests.remove(0);
    world.respond(ticket, Some(answer(3000)));
    let ping = Message::decode(&world.sent.last().unwrap().1).unwrap();
    assert_eq!((world.sent.len(), ping.kind, ping.parts.code), (1, Kind::Confirmable, Code::EMPTY));
    // A guess is no answer.
    assert!(world.stranger(&Message::empty(Kind::Reset, ping.id.wrapping_add(9))).is_empty());
    let said = world.stranger(&Message::empty(Kind::Reset, ping.id));
    assert_eq!((said[0].id, said[0].kind, said[0].parts.payload.len()), (7, Kind::Acknowledgement, 1024));
    assert_eq!(said[0].parts.options.number(SIZE2), Some(3000));
    // From now on it is believed.
    world.stranger(&confirmable(8, request(Code::GET, 0)));
    let (ticket, _) = world.requests.remove(0);
    world.respond(ticket, Some(answer(3000)));
    assert_eq!(Message::decode(&world.sent.last().unwrap().1).unwrap().parts.payload.len(), 1024);
}

#[test]
fn a_stranger_that_does_not_say_so_gets_little_and_once() {
    let mut world = World::new(&CoapLimits::default());
    for (id, wait) in [(7, 0), (8, 1)] {
        let ask = confirmable(id, request(Code::GET, 0));
        let received = ask.encode().len();
        world.stranger(&ask);
        let (ticket, _) = world.requests.remove(0);
        world.run(wait);
        world.respond(ticket, Some(answer(3000)));
        let before = world.sent.len();
        world.wire.clear();
        world.fates = vec![Fate::Lost; 100];
        world.run(100);
        let answers: Vec<_> = world.sent[before..].iter().filter(|(_, bytes)| bytes.len() > 4).collect();
        assert_eq!(answers.len(), 1, "said once");
        assert!(answers[0].1.len() <= (received * 3).max(128), "{}", answers[0].1.len());
        assert!(world.server.is_idle());
    }
}

#[test]
fn nobody_can_have_more_than_there_is() {
    let limits = CoapLimits { exchanges_per_peer: 2, peers: 3, ..CoapLimits::default() };
    let mut world = World::new(&limits);
    world.stranger(&confirmable(1, request(Code::GET, 0)));
    world.stranger(&confirmable(2, request(Code::GET, 0)));
    let said = world.stranger(&confirmable(3, request(Code::GET, 0)));
    assert_eq!((said[0].parts.code, said[0].parts.options.number(MAX_AGE)), (Code::SERVICE_UNAVAILABLE, Some(1)));
    // Strangers push out strangers, not somebody who waits for an answer.
    for port in 1..100 {
        let mut out = Vec::new();
        let ping = Message::empty(Kind::Confirmable, port).encode();
        world.server.received(world.now, ([127, 0, 0, 1], port).into(), &ping, None, &mut out);
        assert_eq!(out.len(), 1);
    }
    let (ticket, _) = world.requests.remove(0);
    let before = world.sent.len();
    world.respond(ticket, Some(answer(1)));
    assert_eq!(world.sent.len(), before + 1);
    // Who stops turns new requests away and finishes the old ones.
    world.server.close();
    let said = world.stranger(&confirmable(4, request(Code::GET, 0)));
    assert_eq!(said[0].parts.code, Code::SERVICE_UNAVAILABLE);
    assert!(!world.server.is_idle());
    let (ticket, _) = world.requests.remove(0);
    world.respond(ticket, Some(answer(1)));
    assert!(world.server.is_idle());
    world.run(600);
    assert_eq!(world.server.next_due(), None, "all of it is forgotten, and nobody has to wake up");
}

#[test]
fn what_was_for_one_identity_is_not_for_another() {
    let mut world = World::new(&CoapLimits::default());
    let proven = |name: &str| Some(Proven::new([SmolStr::from(name)]));
    let mut say = |id: u16, who: &str, parts: Parts| {
        let (mut out, datagram) = (Vec::new(), confirmable(id, parts).encode());
        world.server.received(world.now, client_address(), &datagram, proven(who), &mut out);
        if let Some(Output::Request(ticket, ..)) = out.first().cloned() {
            world.server.respond(world.now, ticket, Some(answer(3000)), &mut out);
        }
        out.into_iter().find_map(|output| match output {
            Output::Send(_, bytes) => Some(Message::decode(&bytes).unwrap().parts),
            _ => None,
        })
    };
    let (mut second, whole) = (request(Code::POST, 0), request(Code::POST, 0));
    second.options.set_number(BLOCK2, Block { number: 1, more: false, exponent: 6 }.value());
    let first = say(1, "meter", whole).unwrap();
    assert_eq!(first.payload.len(), 1024, "who proved to be somebody is there");
    let next = say(2, "meter", second.clone()).unwrap();
    assert_eq!((next.code, next.options.get(ETAG)), (Code::CONTENT, first.options.get(ETAG)));
    assert_eq!(say(2, "thief", second).unwrap().code, Code::ENTITY_INCOMPLETE);
}

#[test]
fn the_smaller_block_size_of_the_two_is_used() {
    let mut world = World::new(&CoapLimits::default());
    world.server.limits.block_size = 64;
    world.ask(request(Code::PUT, 3000));
    let (ticket, parts) = world.request();
    assert_eq!(parts.payload, text(3000));
    world.respond(ticket, Some(answer(500)));
    world.run(60);
    assert_eq!(world.outcomes.remove(0).1.map(|parts| parts.payload), Ok(text(500)));
    let largest = world.sent.iter().skip(1).map(|(_, bytes)| bytes.len()).max();
    assert!(largest.unwrap() < 110, "after the first block: {largest:?}");
}

#[test]
fn what_is_too_large_is_refused_by_either_side() {
    let mut world = World::new(&CoapLimits::default());
    world.server.limits.body_bytes = 5000;
    world.server.uploads = Uploads::new(5000, 10_000, Duration::from_secs(60));
    world.ask(request(Code::PUT, 6000));
    world.run(10);
    assert_eq!(world.outcomes.remove(0).1.map(|parts| parts.code), Ok(Code::ENTITY_TOO_LARGE));
    world.client.limits.body_bytes = 5000;
    world.ask(request(Code::GET, 0));
    let (ticket, _) = world.request();
    world.respond(ticket, Some(answer(6000)));
    world.run(10);
    assert_eq!(world.outcomes.remove(0).1, Err(Failed::Response("it is too large")));
    assert!(world.requests.is_empty());
}

use super::block::Block;

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Arrives),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
        1 => (100_u64..9000).prop_map(Fate::Late),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// However bad the wire is, a request has at most one effect, with its whole body, and its answer is whole or missing.
    #[test]
    fn bodies_survive_a_bad_wire(
        upload in 0_usize..4000,
        download in 0_usize..4000,
        sizes in (0_u32..7, 0_u32..7),
        fates in proptest::collection::vec(fate(), 0..120),
        thinks in 0_u64..3,
    ) {
        let mut world = World::new(&CoapLimits::default());
        world.client.limits.block_size = 16 << sizes.0;
        world.server.limits.block_size = 16 << sizes.1;
        let losses = fates.iter().filter(|fate| **fate != Fate::Arrives).count();
        world.fates = fates;
        world.ask(request(Code::POST, upload));
        let until = world.now + Duration::from_secs(400);
        let mut effects = 0;
        while world.outcomes.is_empty() && world.step(until) {
            if let Some((ticket, parts)) = world.requests.pop() {
                effects += 1;
                prop_assert_eq!(parts.payload, text(upload));
                world.run(thinks);
                world.respond(ticket, Some(answer(download)));
            }
        }
        world.run(700);
        prop_assert!(effects <= 1 && world.requests.is_empty());
        prop_assert_eq!(world.outcomes.len(), 1);
        match world.outcomes.remove(0).1 {
            Ok(parts) => prop_assert_eq!(parts.payload, text(download)),
            Err(failed) => prop_assert!(losses > 4, "{failed:?} after {losses}"),
        }
        prop_assert!(world.client.is_idle() && world.server.is_idle());
        prop_assert!(world.client.next_due().is_none() && world.server.next_due().is_none());
    }

    /// Whatever comes, in whatever order, the endpoint lives, and forgets it all.
    #[test]
    fn any_datagrams_do_no_harm(
        datagrams in proptest::collection::vec(
            (0_u16..5, 0_u8..4, any::<u8>(), 0_u16..6, proptest::collection::vec(any::<u8>(), 0..40)),
            0..60,
        ),
    ) {
        let limits = CoapLimits { peers: 3, exchanges: 4, waiting_per_peer: 2, ..CoapLimits::default() };
        let mut endpoint = Endpoint::new(limits, Dice::seeded(3), true);
        let mut now = Instant::now();
        for (port, kind, code, id, rest) in datagrams {
            let mut datagram = vec![0x40 | kind << 4 | (code & 1), code & 0x47, 0, u8::try_from(id).unwrap()];
            datagram.extend(rest);
            let mut out = Vec::new();
            endpoint.received(now, ([127, 0, 0, 1], 1 + port).into(), &datagram, None, &mut out);
            for output in std::mem::take(&mut out) {
                if let Output::Request(ticket, ..) = output {
                    endpoint.respond(now, ticket, (code & 1 == 0).then(|| answer(usize::from(code) * 20)), &mut out);
                }
            }
            now += Duration::from_millis(u64::from(code) * 10);
            endpoint.due(now, &mut out);
        }
        while let Some(due) = endpoint.next_due() {
            now = now.max(due);
            endpoint.due(now, &mut Vec::new());
        }
        prop_assert!(endpoint.is_idle() && endpoint.peers.is_empty());
    }
}
