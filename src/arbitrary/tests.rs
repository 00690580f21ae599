use std::collections::BTreeMap;
use std::sync::Arc;

use arbitrary::{Arbitrary as _, Unstructured};
use proptest::prelude::*;

use super::Vocabulary;
use crate::CseConfig;
use crate::engine::{Engine, Input, Output};
use crate::primitive::{Operation, Request, Response};
use crate::resource::Behaviours;
use crate::schema::{Path, Registry};
use crate::store::memory::MemoryStore;
use crate::value::{Map, Timestamp};

/// Bytes as good as random, the same each time.
fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn engine() -> Engine {
    let now = Timestamp::parse("20261121T013000").unwrap();
    let registry = Registry::standard().unwrap();
    Engine::new(CseConfig::default(), registry, Behaviours::standard(), Arc::new(MemoryStore::new()), now).unwrap()
}

fn say(engine: &mut Engine, ticket: u64, request: Request) -> Vec<Response> {
    let now = Timestamp::parse("20261121T013001").unwrap();
    let outputs = engine.handle(Input::Request(ticket, Box::new(request)), now);
    outputs
        .into_iter()
        .filter_map(|output| if let Output::Reply(_, reply) = output { Some(*reply) } else { None })
        .collect()
}

fn furnish(engine: &mut Engine, words: &mut Vocabulary<'_>) {
    let things = [
        ("cse-in", 2, "m2m:ae", r#"{"rn":"Cae1","api":"Na","rr":true,"srv":["3"],"poa":["http://192.0.2.1"]}"#),
        ("cse-in/Cae1", 3, "m2m:cnt", r#"{"rn":"c"}"#),
        ("cse-in/Cae1/c", 4, "m2m:cin", r#"{"rn":"i","con":"one"}"#),
        (
            "cse-in/Cae1",
            1,
            "m2m:acp",
            r#"{"rn":"p","pv":{"acr":[{"acor":["all"],"acop":63}]},"pvs":{"acr":[{"acor":["all"],"acop":63}]}}"#,
        ),
        ("cse-in/Cae1", 9, "m2m:grp", r#"{"rn":"g","mid":["cse-in/Cae1/c"],"mnm":9}"#),
        ("cse-in/Cae1/c", 23, "m2m:sub", r#"{"rn":"s","nu":["Cae1"],"enc":{"net":[1,3]}}"#),
    ];
    words.originator("Cae1");
    for (place, (to, ty, root, content)) in things.into_iter().enumerate() {
        let content = crate::codec::json::decode(format!(r#"{{"{root}":{content}}}"#).as_bytes(), 16).unwrap();
        let mut request = Request::new(Operation::Create, to).from("Cae1").identified(format!("f{place}"));
        request.resource_type = Some(ty);
        request.content = Some(content);
        let told = say(engine, 9_000_000, request);
        assert!(told.iter().all(|reply| reply.status.is_success()), "{root}: {told:?}");
        let name = ["Cae1", "Cae1/c", "Cae1/c/i", "Cae1/p", "Cae1/g", "Cae1/c/s"][place];
        words.place(format!("cse-in/{name}"), ty);
    }
}

/// What was refused before its operation was reached: by the checks of form, of the target, and of the type.
fn was_reached(reply: &Response) -> bool {
    !matches!(reply.status.code(), 4000 | 4001 | 4004 | 4005 | 4102 | 4108 | 4125 | 5001 | 5000)
}

/// Plays 250 days of eight requests each, on a tree that is new each time. Answers how many were reached, and why others not.
fn share(
    make: impl Fn(&Vocabulary<'_>, &mut Unstructured<'_>) -> Request,
    furnished: bool,
) -> (f64, Vec<(String, u32)>) {
    let (mut reached, mut all) = (0_u32, 0_u32);
    let mut refusals: BTreeMap<String, u32> = BTreeMap::new();
    for day in 0..250 {
        let mut engine = engine();
        let mut words = Vocabulary::new(Registry::shared());
        if furnished {
            furnish(&mut engine, &mut words);
        }
        for hour in 0..8 {
            let bytes = bytes(day * 8 + hour + 1, 600);
            let request = make(&words, &mut Unstructured::new(&bytes));
            let (operation, ty) = (request.operation, request.resource_type);
            for reply in say(&mut engine, day * 100 + hour, request) {
                all += 1;
                if was_reached(&reply) {
                    reached += 1;
                } else {
                    let why = format!("{} {operation:?} {ty:?} {:?}", reply.status.code(), reply.value());
                    *refusals.entry(why).or_default() += 1;
                }
            }
        }
    }
    let mut why: Vec<_> = refusals.into_iter().collect();
    why.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    why.truncate(20);
    (f64::from(reached) / f64::from(all.max(1)), why)
}

#[test]
fn nine_of_ten_reach_their_operation() {
    let (on_a_new_cse, why) = share(|_, u| Request::arbitrary(u).unwrap(), false);
    assert!(on_a_new_cse >= 0.9, "{on_a_new_cse}: {why:#?}");
    let (on_a_tree, why) = share(|words, u| words.request(u).unwrap(), true);
    assert!(on_a_tree >= 0.9, "{on_a_tree}: {why:#?}");
}

#[test]
fn every_operation_and_every_type_comes_up() {
    let mut seen = std::collections::BTreeSet::new();
    let mut words = Vocabulary::new(Registry::shared());
    furnish(&mut engine(), &mut words);
    for seed in 0..2000 {
        let request = words.request(&mut Unstructured::new(&bytes(seed, 400))).unwrap();
        seen.insert((request.operation.number(), request.resource_type));
    }
    for expected in [(2, None), (3, None), (4, None), (5, None)] {
        assert!(seen.contains(&expected), "{expected:?} in {seen:?}");
    }
    for of in Registry::shared().types().filter(|of| !matches!(of.number, 5 | 17)) {
        assert!(seen.contains(&(1, Some(of.number))), "{} in {seen:?}", of.name);
    }
}

proptest! {
    #[test]
    fn values_are_of_their_type_but_for_rules_that_no_type_knows(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let registry = Registry::shared();
        let words = Vocabulary::new(registry);
        for of in registry.types() {
            let map: Map = words.attributes(of, true, &mut Unstructured::new(&bytes)).unwrap();
            for (short, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                let attribute = of.attribute(short).unwrap();
                let path = Path::Root(&attribute.name, &attribute.short);
                let checked = attribute.data_type.check(registry, &path, value);
                // The coordinates of a place are text, and have to fit the kind of place beside.
                prop_assert!(checked.is_ok() || value.as_map().is_some_and(|map| map.contains("crd")), "{:?}", checked);
            }
        }
    }

    #[test]
    fn nothing_is_too_little_to_make_a_request_of(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        prop_assert!(Request::arbitrary(&mut Unstructured::new(&bytes)).is_ok());
    }
}
