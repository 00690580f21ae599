use std::time::Duration;

use super::*;

#[test]
fn who_shares_a_key_is_proven_by_its_identity() {
    let server = with_keys(&[("gateway", "one key"), ("meter", "another key")]);
    let mut world = World::pair(server, with_keys(&[("meter", "another key")]));
    world.send(CLIENT, SERVER, "hello");
    assert_eq!(world.settle(), [message(SERVER, CLIENT, "hello", &["meter"])]);
    world.send(SERVER, CLIENT, "good day");
    world.send(CLIENT, SERVER, "and more");
    let heard = world.settle();
    assert!(heard.contains(&message(CLIENT, SERVER, "good day", &["meter"])));
    assert!(heard.contains(&message(SERVER, CLIENT, "and more", &["meter"])));
    assert_eq!((world.shield(SERVER).associations(), world.shield(SERVER).handshakes()), (1, 0));
}

#[test]
fn who_shows_a_certificate_is_proven_by_its_names() {
    let authority = Authority::new("one");
    let server = authority.side(vec![dns("CSE.example.com"), ip(SERVER)]);
    let client = authority.side(vec![uri("//sp.example/id-mn/Cmeter"), dns("Meter.example.com"), dns("*.example.com")]);
    let mut world = World::pair(server, client);
    world.send(CLIENT, SERVER, "hello");
    let names = ["//sp.example/id-mn/Cmeter", "meter.example.com"];
    assert_eq!(world.settle(), [message(SERVER, CLIENT, "hello", &names)]);
    world.send(SERVER, CLIENT, "good day");
    assert_eq!(world.settle(), [message(CLIENT, SERVER, "good day", &["cse.example.com"])]);
}

#[test]
fn a_server_takes_keys_and_certificates_side_by_side() {
    let authority = Authority::new("one");
    let server = DtlsConfig { keys: with_keys(&[("meter", "key")]).keys, ..authority.side(vec![ip(SERVER)]) };
    let other = "192.0.2.8:40000";
    let mut world = World::pair(server, with_keys(&[("meter", "key")]));
    world.replace(other, DtlsShield::client(authority.side(vec![dns("a.example")])).unwrap());
    world.send(CLIENT, SERVER, "by key");
    assert_eq!(world.settle(), [message(SERVER, CLIENT, "by key", &["meter"])]);
    world.send(other, SERVER, "by certificate");
    assert_eq!(world.settle(), [message(SERVER, other, "by certificate", &["a.example"])]);
}

#[test]
fn a_client_shows_each_server_the_key_that_is_for_it() {
    let authority = Authority::new("one");
    let other = "192.0.2.2:5684";
    let key = |host: &str| PreSharedKey::new("cse", host).at(host);
    let client = DtlsConfig { keys: vec![key("one.example"), key("192.0.2.2")], ..authority.side(vec![dns("cse")]) };
    let mut world = World::pair(with_keys(&[("cse", "one.example")]), client);
    world.replace(other, DtlsShield::server(with_keys(&[("cse", "192.0.2.2")])).unwrap());
    world.shield(CLIENT).expect(address(SERVER), "One.example");
    for at in [SERVER, other] {
        world.send(CLIENT, at, "hello");
        assert_eq!(world.settle(), [message(at.to_owned().leak(), CLIENT, "hello", &["cse"])]);
    }
    // To everybody else it shows its certificate, also where a server with a key was before.
    world.replace(SERVER, DtlsShield::server(authority.side(vec![dns("two.example")])).unwrap());
    world.shield(CLIENT).expect(address(SERVER), "two.example");
    world.send(CLIENT, SERVER, "hello");
    assert!(world.settle().contains(&message(SERVER, CLIENT, "hello", &["cse"])));
}

#[test]
fn a_server_without_roots_asks_for_no_certificate() {
    let authority = Authority::new("one");
    let server = DtlsConfig { roots: String::new(), ..authority.side(vec![ip(SERVER)]) };
    let mut world = World::pair(server, authority.side(vec![dns("a.example")]));
    world.send(CLIENT, SERVER, "hello");
    assert_eq!(world.settle(), [message(SERVER, CLIENT, "hello", &[])]);
}

#[test]
fn handshakes_get_through_a_wire_that_loses_and_reorders() {
    let authority = Authority::new("one");
    let patient = |config: DtlsConfig| DtlsConfig {
        limits: DtlsLimits { handshake: Duration::from_secs(300), datagram: 300, ..DtlsLimits::default() },
        ..config
    };
    for seed in 0..20 {
        let (server, client) = if seed % 2 == 0 {
            (with_keys(&[("meter", "key")]), with_keys(&[("meter", "key")]))
        } else {
            (authority.side(vec![ip(SERVER)]), authority.side(vec![dns("meter")]))
        };
        let mut world = World::pair(patient(server), patient(client)).seeded(seed);
        (world.loss, world.jitter) = (20, Duration::from_millis(300));
        world.send(CLIENT, SERVER, "hello");
        world.pass(Duration::from_secs(300));
        let heard = std::mem::take(&mut world.heard);
        // The handshake repeats what is lost; a message is CoAP's to repeat.
        assert!(heard.iter().all(|heard| *heard == message(SERVER, CLIENT, "hello", &["meter"])), "{seed}: {heard:?}");
        assert_eq!(world.shield(CLIENT).associations(), 1, "{seed}");
        (world.loss, world.jitter) = (0, Duration::ZERO);
        world.send(CLIENT, SERVER, "again");
        assert_eq!(world.settle(), [message(SERVER, CLIENT, "again", &["meter"])], "{seed}");
    }
}

#[test]
fn a_client_that_was_restarted_begins_anew_at_its_old_address() {
    let keys = || with_keys(&[("meter", "key")]);
    let mut world = World::pair(keys(), keys());
    world.send(CLIENT, SERVER, "before");
    world.settle();
    world.replace(CLIENT, DtlsShield::client(keys()).unwrap());
    world.send(CLIENT, SERVER, "after");
    let gone = Heard::Gone(SERVER, CLIENT, "the peer has begun anew".into());
    assert_eq!(world.settle(), [gone, message(SERVER, CLIENT, "after", &["meter"])]);
    assert_eq!(world.shield(SERVER).associations(), 1);
}

#[test]
fn a_server_that_was_restarted_is_reached_again() {
    let keys = || with_keys(&[("meter", "key")]);
    let mut world = World::pair(keys(), keys());
    world.send(CLIENT, SERVER, "before");
    world.send(SERVER, CLIENT, "good day");
    world.settle();
    world.replace(SERVER, DtlsShield::server(keys()).unwrap());
    world.pass(Duration::from_secs(3600));
    // As CoAP repeats a message. Until then it may be the wire that has lost it.
    for seconds in [2, 4, 8] {
        world.send(CLIENT, SERVER, "after");
        world.pass(Duration::from_secs(seconds));
        assert_eq!(world.heard, []);
    }
    world.send(CLIENT, SERVER, "after");
    assert_eq!(world.settle(), [message(SERVER, CLIENT, "after", &["meter"])]);
}

#[test]
fn messages_wait_for_the_handshake_up_to_a_limit() {
    let keys = || with_keys(&[("meter", "key")]);
    let client = DtlsConfig { limits: DtlsLimits { waiting: 2, ..DtlsLimits::default() }, ..keys() };
    let mut world = World::pair(keys(), client);
    ["one", "two", "three"].iter().for_each(|text| world.send(CLIENT, SERVER, text));
    let (one, two) = (message(SERVER, CLIENT, "one", &["meter"]), message(SERVER, CLIENT, "two", &["meter"]));
    assert_eq!(world.settle(), [one, two]);
}
