//! Answers in pages: limit, offset, content status (TS-0001 8.1.2; TS-0004 7.3.3.17.10, .15).

use proptest::prelude::*;

use super::forest::{self, Forest};
use super::{World, addresses, criteria, json};
use crate::primitive::{ContentStatus, Request, Response, ResultContent, Status};

const DISCOVERY: (&str, &str) = ("fu", "1");

fn ask(world: &mut World, from: &str, filter: &[(&str, &str)]) -> Response {
    let response = world.send(Request::retrieve("cse-in").from(from).filtered(criteria(filter)));
    assert_eq!(response.status, Status::OK, "{:?}", response.value());
    response
}

/// All pages one after the other, as an originator would fetch them.
fn pages(world: &mut World, from: &str, limit: &str, filter: &[(&str, &str)]) -> Vec<String> {
    let (mut all, mut offset) = (Vec::new(), 1);
    loop {
        let at = offset.to_string();
        let mut wanted = vec![DISCOVERY, ("lim", limit), ("ofst", &at)];
        wanted.extend_from_slice(filter);
        let page = ask(world, from, &wanted);
        let found = addresses(&page);
        assert!(found.len() <= limit.parse().unwrap());
        all.extend(found);
        match (page.content_status, page.content_offset) {
            (Some(ContentStatus::Partial), Some(next)) => {
                assert!(next > offset, "a page leads on");
                offset = next;
            }
            (None, None) => return all,
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_together_are_the_whole(
        steps in prop::collection::vec(forest::step(), 0..30),
        limit in 1_u32..7,
        walked_subtree in prop::sample::select(vec![0_usize, 512]),
        most in prop::sample::select(vec![3_usize, 1000]),
        from in prop::sample::select(vec!["CAdmin", "Cae1", "Cae2"]),
    ) {
        let mut forest = Forest::plant(World::with(|config| config.limits.walked_subtree = walked_subtree));
        forest.grow(&steps);
        let mut world = forest.world;
        for filter in [&[][..], &[("ty", "3 4")], &[("lbl", "red")], &[("lbl", "red"), ("ty", "4"), ("fo", "2")]] {
            let mut whole = vec![DISCOVERY];
            whole.extend_from_slice(filter);
            let whole = addresses(&ask(&mut world, from, &whole));
            prop_assert_eq!(&pages(&mut world, from, &limit.to_string(), filter), &whole);
            prop_assert_eq!(addresses(&ask(&mut world, from, &[&[DISCOVERY], filter].concat())), whole, "and once more the same");
        }
        // A limit of the CSE's own works like one of the originator's.
        let all = pages(&mut world, from, "1000", &[]);
        let mut config = world.engine.reader().core().config.clone();
        config.limits.results = most;
        let now = world.now;
        let mut world = World::over(world.store, |fresh| *fresh = config);
        world.now = now;
        prop_assert_eq!(pages(&mut world, from, "1000", &[]), all);
    }
}

fn row(count: usize) -> World {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    for n in 0..count {
        world.create("Cae1", "cse-in/Cae1/c", 4, &format!(r#"{{"m2m:cin":{{"rn":"i{n}","con":"{n}"}}}}"#));
    }
    world
}

#[test]
fn offsets_begin_with_one_and_may_lead_beyond_the_end() {
    let mut world = row(5);
    let mut page = |filter: &[(&str, &str)]| {
        let response = ask(&mut world, "CAdmin", &[&[DISCOVERY, ("ty", "4")], filter].concat());
        let names: Vec<String> =
            addresses(&response).iter().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect();
        (names.join(" "), response.content_status, response.content_offset)
    };
    let more = |next| (Some(ContentStatus::Partial), Some(next));
    for (filter, names, (status, offset)) in [
        (&[("lim", "2")][..], "i0 i1", more(3)),
        (&[("ofst", "0"), ("lim", "2")], "i0 i1", more(3)),
        (&[("ofst", "1"), ("lim", "2")], "i0 i1", more(3)),
        (&[("ofst", "4"), ("lim", "2")], "i3 i4", (None, None)),
        (&[("ofst", "5")], "i4", (None, None)),
        (&[("ofst", "6")], "", (None, None)),
        (&[("ofst", "9223372036854775807")], "", (None, None)),
        (&[("lim", "0")], "", more(1)),
        (&[("lim", "5")], "i0 i1 i2 i3 i4", (None, None)),
    ] {
        assert_eq!(page(filter), (names.to_owned(), status, offset), "{filter:?}");
    }
}

#[test]
fn children_come_in_pages_too() {
    let mut world = row(5);
    for (rcn, list) in [(4, "m2m:cin"), (8, "m2m:cin"), (5, "ch"), (6, "rrf")] {
        let mut seen = Vec::new();
        for offset in ["1", "3", "5"] {
            let mut request =
                Request::retrieve("cse-in/Cae1/c").from("Cae1").filtered(criteria(&[("lim", "2"), ("ofst", offset)]));
            request.result_content = ResultContent::from_number(rcn);
            let page = world.send(request);
            assert_eq!(
                page.content_offset,
                [("1", 3), ("3", 5)].into_iter().find(|(at, _)| *at == offset).map(|(_, next)| next)
            );
            let attributes = page.attributes().unwrap();
            assert_eq!(attributes.contains("rn"), rcn < 6, "the target is on every page");
            let children = attributes.get(list).unwrap().as_list().unwrap().to_vec();
            let name = if list == "m2m:cin" { "rn" } else { "nm" };
            seen.extend(children.iter().map(|child| child.as_map().unwrap().get(name).unwrap().clone()));
        }
        assert_eq!(seen, json(r#"["i0","i1","i2","i3","i4"]"#).as_list().unwrap(), "{rcn}");
    }
}

#[test]
fn what_a_search_may_look_at_is_bounded_and_said_to_be() {
    let mut world = row(30);
    let mut config = world.engine.reader().core().config.clone();
    config.limits.discovery_work = 10;
    config.limits.walked_subtree = 0;
    let mut bounded = World::over(world.store.clone(), |fresh| *fresh = config);
    bounded.now = world.now;
    let found = ask(&mut bounded, "CAdmin", &[DISCOVERY, ("ty", "4")]);
    assert_eq!(found.content_status, Some(ContentStatus::Partial));
    assert!(addresses(&found).len() < 10);
    assert_eq!(addresses(&ask(&mut world, "CAdmin", &[DISCOVERY, ("ty", "4")])).len(), 30);
}
