//! One end, and single messages to it.

use super::*;
use crate::binding::coap::options::{BLOCK1, BLOCK2};

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
