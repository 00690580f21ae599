//! Groups within groups (TS-0004 7.3.3.2, 7.4.14.2.4): every target once, and loops end.

use super::groups::{group, grouped, house};
use super::groups_fan_out::{all, answers, told};
use super::{World, json};
use crate::primitive::{Content, Request, Response, Status};
use crate::value::{AbsRelTimestamp, Value};

const G: &str = "cse-in/Cae1/g/fopt";

/// An aggregate that a member answered, as if it had come by itself.
fn inner(response: &Response, member: &str) -> Response {
    let content = answers(response).into_iter().find(|(name, ..)| name == member).unwrap().2;
    Response { content: Some(Content::Value(content)), ..response.clone() }
}

#[test]
fn the_answer_of_a_group_within_is_an_aggregate_within() {
    let mut world = house();
    grouped(&mut world, r#""rn":"inner","mid":["Cae1/b","cse-in/gone"]"#);
    grouped(&mut world, r#""mid":["Cae1/a","Cae1/inner/fopt","Cae1/inner"]"#);
    for response in [world.instance("Cae1", G, "1"), world.retrieve("Cae1", &format!("{G}/la"))] {
        assert_eq!(told(&response)[1], ("Cae1/inner/fopt".to_owned(), 2000));
        assert!(matches!(told(&inner(&response, "Cae1/inner/fopt"))[0].1, 2000 | 2001));
        assert_eq!(told(&inner(&response, "Cae1/inner/fopt"))[1], ("cse-in/gone".to_owned(), 4004));
        assert!(matches!(told(&response)[2].1, 4004 | 4108), "the group itself is no container");
    }
    let deleted = world.delete("Cae1", G);
    assert_eq!(told(&deleted), all(&[("Cae1/a", 2002), ("Cae1/inner/fopt", 2000), ("Cae1/inner", 2002)]));
    assert_eq!(world.attribute("cse-in/Cae1/g", "mid"), json(r#"["Cae1/inner/fopt"]"#));
    assert_eq!(told(&world.retrieve("Cae1", G)), all(&[("Cae1/inner/fopt", 4004)]));
    world.check();
}

#[test]
fn a_group_that_contains_itself_is_asked_once() {
    let mut world = house();
    grouped(&mut world, r#""mid":["Cae1/a","Cae1/g/fopt","-/Cae1/g/fopt/x","Cae1/b"]"#);
    for _ in 0..2 {
        let response = world.retrieve("Cae1", G);
        assert_eq!(told(&response)[1], ("Cae1/g/fopt".to_owned(), 4104));
        assert_eq!(told(&response)[3], ("Cae1/b".to_owned(), 2000));
    }
    assert_eq!(told(&world.instance("Cae1", G, "1"))[0].1, 2001);
    assert_eq!(world.attribute("cse-in/Cae1/a", "cni"), Value::Int(1), "once, whatever the ways to it");
}

#[test]
fn two_groups_that_contain_each_other_end() {
    let mut world = house();
    grouped(&mut world, r#""rn":"other","mid":["Cae1/g/fopt","Cae1/a"]"#);
    grouped(&mut world, r#""mid":["Cae1/other/fopt","Cae1/a","Cae1/b"]"#);
    let response = world.instance("Cae1", G, "1");
    assert_eq!(told(&response), all(&[("Cae1/other/fopt", 2000), ("Cae1/a", 4104), ("Cae1/b", 2001)]));
    assert_eq!(told(&inner(&response, "Cae1/other/fopt")), all(&[("Cae1/g/fopt", 4104), ("Cae1/a", 2001)]));
    assert_eq!(world.attribute("cse-in/Cae1/a", "cni"), Value::Int(1));
    world.check();
}

#[test]
fn groups_are_followed_so_deep_and_no_deeper() {
    let mut world = World::with(|config| config.limits.group_depth = 2);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"a"}}"#);
    grouped(&mut world, r#""rn":"g4","mid":["Cae1/a"]"#);
    for (outer, within) in [("g3", "g4"), ("g2", "g3"), ("g", "g2")] {
        grouped(&mut world, &format!(r#""rn":"{outer}","mid":["Cae1/{within}/fopt"]"#));
    }
    assert_eq!(told(&world.retrieve("Cae1", "cse-in/Cae1/g3/fopt")), all(&[("Cae1/g4/fopt", 2000)]));
    let response = world.retrieve("Cae1", G);
    let third = inner(&inner(&response, "Cae1/g2/fopt"), "Cae1/g3/fopt");
    assert_eq!(told(&third), all(&[("Cae1/g4/fopt", 4005)]));
}

#[test]
fn a_request_reaches_so_many_members_by_whatever_ways() {
    let mut world = World::with(|config| config.limits.group_members = 4);
    world.register("Cae1");
    for name in ["x", "y"] {
        grouped(&mut world, &format!(r#""rn":"{name}","mid":["cse-in/{name}1","cse-in/{name}2"]"#));
    }
    grouped(&mut world, r#""mid":["Cae1/x/fopt","Cae1/y/fopt"]"#);
    let response = world.retrieve("Cae1", G);
    assert_eq!(told(&response), all(&[("Cae1/x/fopt", 2000), ("Cae1/y/fopt", 6010)]));
}

#[test]
fn a_member_of_a_group_within_can_be_named() {
    let mut world = house();
    grouped(&mut world, r#""rn":"inner","mid":["Cae1/b","Cae1/c","Cae1/g/fopt"]"#);
    grouped(&mut world, r#""mid":["Cae1/a","Cae1/inner/fopt"]"#);
    let mut ask = |members: &[&str]| {
        let mut request = Request::retrieve(G).from("Cae1");
        request.group_request_target_members = members.iter().map(|member| (*member).into()).collect();
        world.send(request)
    };
    let response = ask(&["cse-in/Cae1/c"]);
    assert_eq!(told(&response), all(&[("Cae1/inner/fopt", 2000)]));
    assert_eq!(told(&inner(&response, "Cae1/inner/fopt")), all(&[("Cae1/c", 2000)]));
    assert_eq!(told(&ask(&["Cae1/b", "Cae1/a"])), all(&[("Cae1/a", 2000), ("Cae1/inner/fopt", 2000)]));
    let whole = ask(&["Cae1/inner/fopt", "Cae1/b"]);
    assert_eq!(told(&inner(&whole, "Cae1/inner/fopt")).len(), 3);
    assert_eq!(ask(&["Cae1/inner/fopt", "cse-in/nobody"]).status, Status::BAD_REQUEST);
}

fn marked(to: &str, identifier: &str) -> Request {
    let mut request = Request::retrieve(to).from("Cae1");
    request.group_request_identifier = Some(identifier.into());
    request
}

/// TS-0004 7.3.3.2: it is for every target, whatever it is.
#[test]
fn a_group_request_identifier_reaches_a_target_once() {
    let mut world = house();
    grouped(&mut world, r#""mid":["Cae1/a","Cae1/b"]"#);
    assert_eq!(world.send(marked("Cae1/a", "one")).status, Status::OK);
    assert_eq!(world.send(marked("-/Cae1/a", "one")).status, Status::GROUP_REQUEST_IDENTIFIER_EXISTS);
    assert_eq!(world.send(marked("Cae1/a", "two")).status, Status::OK);
    assert_eq!(world.send(marked("Cae1/b", "one")).status, Status::OK);
    assert_eq!(told(&world.send(marked(G, "three"))), all(&[("Cae1/a", 2000), ("Cae1/b", 2000)]));
    assert_eq!(world.send(marked(G, "three")).status, Status::GROUP_REQUEST_IDENTIFIER_EXISTS);
    assert_eq!(world.send(marked("Cae1/b", "three")).status, Status::GROUP_REQUEST_IDENTIFIER_EXISTS, "by two ways");
    assert_eq!(world.retrieve("Cae1", G).status, Status::OK);
    let mut brief = marked("Cae1/a", "brief");
    brief.request_expiration_timestamp = Some(AbsRelTimestamp::After(5_000));
    assert_eq!(world.send(brief.clone()).status, Status::OK);
    world.pass(6);
    assert_eq!(world.send(brief).status, Status::OK, "forgotten when it expired");
    for nonsense in ["", "a\nb", &"x".repeat(256)] {
        assert_eq!(world.send(marked("Cae1/a", nonsense)).status, Status::BAD_REQUEST);
    }
}

/// Whatever groups refer to each other by, a request ends, each member is met once, and the tree is in order.
#[test]
fn no_web_of_groups_holds_a_request() {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};
    let member = prop_oneof![
        Just("Cae1/a".to_owned()),
        Just("cse-in/Cae1/b".to_owned()),
        (0..4_usize).prop_map(|group| format!("Cae1/g{group}/fopt")),
        (0..4_usize).prop_map(|group| format!("-/Cae1/g{group}/fopt/fopt")),
        (0..4_usize).prop_map(|group| format!("Cae1/g{group}")),
        Just("/id-other/x".to_owned()),
    ];
    let web = prop::collection::vec(prop::collection::vec(member, 0..6), 4);
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let story = |web: Vec<Vec<String>>| {
        let mut world = house();
        for (place, members) in web.iter().enumerate() {
            let list = members.iter().map(|member| format!("\"{member}\"")).collect::<Vec<_>>().join(",");
            assert_eq!(group(&mut world, &format!(r#""rn":"g{place}","mid":[{list}]"#)).status, Status::CREATED);
        }
        let created = world.instance("Cae1", "cse-in/Cae1/g0/fopt", "1");
        assert!(matches!(created.status, Status::OK | Status::NO_MEMBERS), "{:?}", created.value());
        for container in ["cse-in/Cae1/a", "cse-in/Cae1/b"] {
            let count = world.attribute(container, "cni");
            let deep = web.iter().flatten().any(|member| member.ends_with("/fopt"));
            assert!(matches!(count, Value::Int(0 | 1)) || !deep, "{count:?} {web:?}");
        }
        world.retrieve("Cae1", "cse-in/Cae1/g0/fopt");
        world.delete("Cae1", "cse-in/Cae1/g1/fopt");
        world.check();
    };
    runner
        .run(&web, |web| {
            story(web);
            Ok(())
        })
        .unwrap();
}
