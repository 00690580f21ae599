use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// The first hello of a client at this address.
fn hello(config: DtlsConfig) -> Vec<u8> {
    let mut out = Vec::new();
    DtlsShield::client(config).unwrap().send(Instant::now(), address(SERVER), b"hello", &mut out);
    match out.swap_remove(0) {
        Shielded::Transmit(_, datagram) => datagram,
        other => panic!("{other:?}"),
    }
}

fn keys() -> DtlsConfig {
    with_keys(&[("meter", "key")])
}

#[test]
fn a_flood_of_hellos_leaves_nothing_and_is_not_amplified() {
    let mut world = World::pair(keys(), keys());
    for host in 0..=255 {
        for port in 1..=20 {
            let hello = hello_of(host);
            let out = world.throw(&format!("198.51.100.{host}:{port}"), SERVER, &hello);
            let [Shielded::Transmit(_, answer)] = &out[..] else { panic!("{out:?}") };
            assert!(answer.len() <= hello.len());
        }
    }
    assert_eq!((world.shield(SERVER).associations(), world.shield(SERVER).handshakes()), (0, 0));
    assert_eq!(world.shield(SERVER).next_due(), None);
}

/// A hello with random bytes of its own.
fn hello_of(host: u8) -> Vec<u8> {
    static HELLO: LazyLock<Vec<u8>> = LazyLock::new(|| hello(keys()));
    let mut hello = HELLO.clone();
    hello[30] = host;
    hello
}

#[test]
fn a_cookie_of_somebody_else_is_answered_with_a_cookie() {
    let mut world = World::pair(keys(), keys());
    let first = world.throw(CLIENT, SERVER, &hello_of(1));
    let [Shielded::Transmit(_, request)] = &first[..] else { panic!("{first:?}") };
    let cookie = &request[request.len() - 32..];
    let mut second = hello_of(1);
    // After version, random and an empty session: the cookie, and three lengths that grow with it.
    second.splice(60..61, [&[32], cookie].concat());
    second[18] = 1;
    for length in [12, 16, 24] {
        second[length] += 32;
    }
    let other = world.throw("192.0.2.99:1", SERVER, &second);
    assert!(matches!(&other[..], [Shielded::Transmit(_, answer)] if answer.len() == 60), "{other:?}");
    assert_eq!(world.shield(SERVER).handshakes(), 0);
    world.throw(CLIENT, SERVER, &second);
    assert_eq!(world.shield(SERVER).handshakes(), 1);
}

#[test]
fn strangers_handshakes_do_not_touch_an_association() {
    let mut world = World::pair(keys(), with_keys(&[("meter", "key")]));
    world.send(CLIENT, SERVER, "one");
    world.settle();
    let good = std::mem::replace(world.shield(CLIENT), DtlsShield::client(with_keys(&[("meter", "wrong")])).unwrap());
    world.send(CLIENT, SERVER, "I am it, too");
    world.pass(Duration::from_secs(60));
    world.heard.clear();
    world.replace(CLIENT, good);
    world.send(CLIENT, SERVER, "two");
    assert_eq!(world.settle(), [message(SERVER, CLIENT, "two", &["meter"])]);
}

#[test]
fn what_is_heard_twice_is_delivered_once() {
    let mut world = World::pair(keys(), keys());
    world.send(CLIENT, SERVER, "one");
    world.settle();
    let (now, mut out) = (world.now, Vec::new());
    world.shield(CLIENT).send(now, address(SERVER), b"two", &mut out);
    let [Shielded::Transmit(_, datagram)] = &out[..] else { panic!("{out:?}") };
    assert!(matches!(&world.throw(CLIENT, SERVER, datagram)[..], [Shielded::Deliver { .. }]));
    assert_eq!(world.throw(CLIENT, SERVER, datagram), []);
}

/// Bytes, some of them in the shape of a record.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..300);
    let record = (20_u8..=25, 0_u8..2, any::<u8>(), bytes()).prop_map(|(kind, epoch, number, body)| {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, number], &length[..], &body].concat()
    });
    prop_oneof![bytes(), record.clone(), prop::collection::vec(record, 1..12).prop_map(|records| records.concat())]
}

/// What may happen on the wire.
#[derive(Clone, Debug)]
enum Mishap {
    Garbage(Vec<u8>),
    Damage(usize, u8),
    Wait(u64),
}

fn mishaps() -> impl Strategy<Value = Vec<Mishap>> {
    let damage = (0_usize..400, any::<u8>()).prop_map(|(place, byte)| Mishap::Damage(place, byte));
    prop::collection::vec(
        prop_oneof![garbage().prop_map(Mishap::Garbage), damage, (0_u64..3000).prop_map(Mishap::Wait)],
        1..12,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn garbage_never_panics_and_leaves_nothing(mishaps in mishaps(), by_certificate in any::<bool>(), is_begun in any::<bool>()) {
        static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("one"));
        let authority = &*AUTHORITY;
        let mut world = match by_certificate {
            true => World::pair(authority.side(vec![ip(SERVER)]), authority.side(vec![dns("meter")])),
            false => World::pair(keys(), keys()),
        };
        if is_begun {
            world.send(CLIENT, SERVER, "before");
            world.settle();
        }
        world.send(CLIENT, SERVER, "while");
        for mishap in mishaps {
            match mishap {
                Mishap::Garbage(bytes) => {
                    let said = [(SERVER, world.throw(CLIENT, SERVER, &bytes)), (CLIENT, world.throw(SERVER, CLIENT, &bytes))];
                    said.into_iter().for_each(|(at, out)| world.carry(address(at), out));
                }
                Mishap::Damage(place, byte) => {
                    if let Some((.., datagram)) = world.wire.last_mut() {
                        let place = place % datagram.len();
                        datagram[place] = byte;
                    }
                }
                Mishap::Wait(time) => world.pass(Duration::from_millis(time)),
            }
        }
        world.pass(Duration::from_secs(100));
        prop_assert_eq!(world.shield(SERVER).handshakes(), 0);
        prop_assert_eq!(world.shield(CLIENT).handshakes(), 0);
        prop_assert!(world.shield(SERVER).associations() <= 1);
    }
}
