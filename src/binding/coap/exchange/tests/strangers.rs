//! Who may have how much.

use super::super::block::Block;
use super::*;
use crate::binding::coap::options::{BLOCK2, ETAG, MAX_AGE, SIZE2};
use crate::value::SmolStr;

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
        world.run(30);
        let answers: Vec<_> = world.sent[before..].iter().filter(|(_, bytes)| bytes.len() > 4).collect();
        assert_eq!(answers.len(), 1, "said once");
        assert!(answers[0].1.len() <= (received * 3).max(128), "{}", answers[0].1.len());
        assert!(world.server.is_idle());
    }
    // What is kept of the answer is no way to more, either.
    let mut second = request(Code::GET, 0);
    second.options.set_number(BLOCK2, Block { number: 1, more: false, exponent: 6 }.value());
    let second = confirmable(9, second);
    let said = world.stranger(&second);
    let block = Block::of(&said[0].parts.options, BLOCK2).unwrap().unwrap();
    assert_eq!((said.len(), said[0].parts.code, block.start()), (1, Code::CONTENT, 1024));
    assert!(said[0].encode().len() <= (second.encode().len() * 3).max(128), "{}", said[0].encode().len());
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
