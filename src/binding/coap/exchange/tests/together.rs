//! Two ends that speak with each other.

use super::*;

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
