use std::time::Duration;

use super::*;

const OTHER: &str = "192.0.2.8:40000";

fn keys() -> DtlsConfig {
    with_keys(&[("meter", "key")])
}

fn limited(limits: DtlsLimits) -> World {
    let mut world = World::pair(DtlsConfig { limits, ..keys() }, keys());
    world.replace(OTHER, DtlsShield::client(keys()).unwrap());
    world
}

#[test]
fn an_idle_association_makes_room_for_a_new_one() {
    let mut world = limited(DtlsLimits { associations: 1, ..DtlsLimits::default() });
    world.send(CLIENT, SERVER, "one");
    world.settle();
    world.pass(Duration::from_secs(30));
    world.send(OTHER, SERVER, "two");
    let heard = world.settle();
    let reason = "it was silent for the longest, and another one needs the room";
    assert_eq!(heard[0], Heard::Gone(SERVER, CLIENT, reason.into()));
    assert!(heard.contains(&message(SERVER, OTHER, "two", &["meter"])));
    assert!(heard.contains(&Heard::Gone(CLIENT, SERVER, "the peer has closed the association".into())));
}

#[test]
fn a_busy_association_does_not() {
    let mut world = limited(DtlsLimits { associations: 1, ..DtlsLimits::default() });
    world.send(CLIENT, SERVER, "one");
    world.settle();
    world.send(OTHER, SERVER, "two");
    let heard = world.settle();
    let reason = "there are 1 associations in use, the most there may be";
    assert_eq!(heard[0], Heard::Gone(SERVER, OTHER, reason.into()));
    world.send(CLIENT, SERVER, "still here");
    assert_eq!(world.settle(), [message(SERVER, CLIENT, "still here", &["meter"])]);
}

#[test]
fn a_silent_association_is_closed_in_the_end() {
    let mut world = limited(DtlsLimits { idle: Duration::from_secs(100), ..DtlsLimits::default() });
    world.send(CLIENT, SERVER, "one");
    world.settle();
    world.pass(Duration::from_secs(98));
    world.send(CLIENT, SERVER, "two");
    world.pass(Duration::from_millis(99_500));
    world.throw(CLIENT, SERVER, b"not from the peer itself");
    world.heard.clear();
    let reason = "it was silent for 100 s";
    assert_eq!(world.settle()[0], Heard::Gone(SERVER, CLIENT, reason.into()));
}

#[test]
fn one_source_does_not_take_all_handshakes() {
    let mut world = limited(DtlsLimits { handshakes_per_source: 2, handshakes: 3, ..DtlsLimits::default() });
    let (mut ports, mut taken) = (1..=9_u16, Vec::new());
    let mut begin = |world: &mut World, source: &str| {
        let at: &'static str = format!("{source}:{}", ports.next().unwrap()).leak();
        world.replace(at, DtlsShield::client(keys()).unwrap());
        world.send(at, SERVER, "hello");
        // The cookie goes there and back, and nothing further.
        world.pass(Duration::from_millis(35));
        world.replace(at, DtlsShield::client(keys()).unwrap());
        taken.push(world.shield(SERVER).handshakes());
    };
    ["192.0.2.9", "192.0.2.9", "192.0.2.9", "192.0.2.10", "192.0.2.11"]
        .iter()
        .for_each(|source| begin(&mut world, source));
    assert_eq!(taken, [1, 2, 2, 3, 3]);
    world.pass(Duration::from_secs(31));
    assert_eq!(world.shield(SERVER).handshakes(), 0);
}

#[test]
fn a_message_larger_than_a_record_ends_the_association() {
    let mut world = limited(DtlsLimits::default());
    world.send(CLIENT, SERVER, "one");
    world.settle();
    world.send(CLIENT, SERVER, &"x".repeat(16_384));
    assert_eq!(world.settle(), [message(SERVER, CLIENT, &"x".repeat(16_384), &["meter"])]);
    world.send(CLIENT, SERVER, &"x".repeat(16_385));
    let reason = "a message of 16385 bytes was to be sent: expected at most 16384";
    assert_eq!(world.settle()[0], Heard::Gone(CLIENT, SERVER, reason.into()));
}
