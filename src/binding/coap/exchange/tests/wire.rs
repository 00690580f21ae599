//! Whatever the wire does.

use proptest::prelude::*;

use super::*;

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Arrives),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
        1 => (100_u64..9000).prop_map(Fate::Late),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300.max(ProptestConfig::default().cases), ..ProptestConfig::default() })]

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
