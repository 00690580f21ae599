//! Who belongs to a group (TS-0001 9.6.13, TS-0004 7.4.13).

use super::{World, json};
use crate::primitive::{Response, Status};
use crate::value::Value;

/// `Cae1` has the containers `a`, `b` and `c`; `Cae2` has one named `c` that only it may see.
pub fn house() -> World {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"a"}}"#);
    for name in ["b", "c"] {
        world.create("Cae1", "cse-in/Cae1", 3, &format!(r#"{{"m2m:cnt":{{"rn":"{name}"}}}}"#));
    }
    world.furnish("Cae2", r#"{"m2m:cnt":{"rn":"c"}}"#);
    world
}

/// Creates a group of `Cae1`, named `g` unless it says otherwise.
pub fn group(world: &mut World, content: &str) -> Response {
    let named = if content.contains("\"rn\"") { String::new() } else { r#""rn":"g","#.into() };
    world.create("Cae1", "cse-in/Cae1", 9, &format!(r#"{{"m2m:grp":{{{named}"mnm":10,{content}}}}}"#))
}

/// As [`group`]; answers its identifier.
pub fn grouped(world: &mut World, content: &str) -> String {
    let response = group(world, content);
    assert_eq!(response.status, Status::CREATED, "{content}: {:?}", response.value());
    response.created.unwrap().to_string()
}

fn made(world: &mut World, content: &str) -> (Value, Value, Value, Value) {
    let response = group(world, content);
    assert_eq!(response.status, Status::CREATED, "{content}: {:?}", response.value());
    let attributes = response.attributes().unwrap();
    let get = |name: &str| attributes.get(name).cloned().unwrap_or_default();
    let seen = (get("mid"), get("mt"), get("mtv"), get("csy"));
    assert_eq!(get("cnm"), Value::from(get("mid").as_list().unwrap().len() as u64));
    world.delete("Cae1", "cse-in/Cae1/g");
    seen
}

fn mid(world: &mut World, content: &str) -> Value {
    made(world, content).0
}

fn said(response: &Response) -> String {
    response.value().as_map().unwrap().get("m2m:dbg").unwrap().as_text().unwrap().to_owned()
}

#[test]
fn a_group_of_all_sorts_takes_whoever_comes() {
    let mut world = house();
    let all = r#"["cse-in/Cae1/a","Cae2","cse-in/nobody","/id-other/cse/x","cse-in/Cae1/a/la"]"#;
    let (mid, mt, mtv, csy) = made(&mut world, &format!(r#""mid":{all}"#));
    assert_eq!((mid, mt, mtv, csy), (json(all), Value::Int(0), Value::Bool(true), Value::Int(1)));
    assert_eq!(made(&mut world, r#""mid":[]"#).0, json("[]"), "nobody is a group, too");
}

#[test]
fn a_member_said_twice_is_a_member_once_in_its_first_spelling() {
    let mut world = house();
    let id = world.attribute("cse-in/Cae1/a", "ri");
    let id = id.as_text().unwrap();
    let spellings = [
        "cse-in/Cae1/a",
        "-/Cae1/a",
        "Cae1/a",
        "/id-in/cse-in/Cae1/a",
        "//acme.example.com/id-in/Cae1/a",
        id,
        "cse-in/Cae1/b",
        "cse-in/Cae1/a/la",
        "Cae1/a/la",
        "/id-in/cse-in/gone",
        "cse-in/gone",
        "/id-x/y",
        "/id-x/y",
    ];
    let list = spellings.map(|spelling| format!("\"{spelling}\"")).join(",");
    let once = r#"["cse-in/Cae1/a","cse-in/Cae1/b","cse-in/Cae1/a/la","/id-in/cse-in/gone","/id-x/y"]"#;
    assert_eq!(mid(&mut world, &format!(r#""mid":[{list}]"#)), json(once), "thirteen were said, ten are permitted");
}

#[test]
fn no_more_members_than_the_group_permits_nor_the_cse() {
    let mut world = World::with(|config| config.limits.group_members = 3);
    world.register("Cae1");
    let many = group(&mut world, r#""mid":["a","b","c","d"]"#);
    assert_eq!(many.status, Status::MAX_NUMBER_OF_MEMBER_EXCEEDED);
    assert!(said(&many).starts_with("memberIDs (mid): expected at most 3"), "{}", said(&many));
    let mut create = |content: &str| world.create("Cae1", "cse-in/Cae1", 9, content);
    let full = create(r#"{"m2m:grp":{"rn":"g","mnm":1,"mid":["a","b"]}}"#);
    assert_eq!(full.status, Status::MAX_NUMBER_OF_MEMBER_EXCEEDED);
    assert_eq!(create(r#"{"m2m:grp":{"rn":"g","mnm":2,"mid":["a","b","a"]}}"#).status, Status::CREATED);
    for (change, status) in [
        (r#""mnm":1"#, Status::MAX_NUMBER_OF_MEMBER_EXCEEDED),
        (r#""mid":["a","b","c"]"#, Status::MAX_NUMBER_OF_MEMBER_EXCEEDED),
        (r#""mid":["a","b"],"mnm":1"#, Status::MAX_NUMBER_OF_MEMBER_EXCEEDED),
        (r#""mid":["a","b","c"],"mnm":3"#, Status::UPDATED),
        (r#""mid":["c"],"mnm":1"#, Status::UPDATED),
        (r#""mnm":0"#, Status::BAD_REQUEST),
    ] {
        let response = world.update("Cae1", "cse-in/Cae1/g", &format!(r#"{{"m2m:grp":{{{change}}}}}"#));
        assert_eq!(response.status, status, "{change}: {:?}", response.value());
    }
    assert_eq!(world.attribute("cse-in/Cae1/g", "cnm"), Value::Int(1));
}

#[test]
fn members_of_the_wrong_type_go_or_the_group_does_or_it_is_of_all_sorts() {
    let mut world = house();
    let list = r#""mid":["cse-in/Cae1/a","Cae1","cse-in/gone"],"mt":3"#;
    let wrong = |strategy: i64| format!(r#"{list},"csy":{strategy}"#);
    let (mid, mt, mtv, _) = made(&mut world, list);
    assert_eq!((mid, mt, mtv), (json(r#"["cse-in/Cae1/a"]"#), Value::Int(3), Value::Bool(true)));
    assert_eq!(made(&mut world, &wrong(1)).0, json(r#"["cse-in/Cae1/a"]"#));
    let refused = group(&mut world, &wrong(2));
    assert_eq!(refused.status, Status::GROUP_MEMBER_TYPE_INCONSISTENT);
    assert!(said(&refused).contains("[1]") && said(&refused).contains("Cae1"), "{}", said(&refused));
    let (mid, mt, mtv, _) = made(&mut world, &wrong(3));
    assert_eq!((mid.as_list().unwrap().len(), mt, mtv), (3, Value::Int(0), Value::Bool(true)));
}

#[test]
fn an_update_of_the_members_is_held_to_the_same_rules() {
    let mut world = house();
    for (strategy, status, left) in [
        (1, Status::UPDATED, r#"["Cae1/b"]"#),
        (2, Status::GROUP_MEMBER_TYPE_INCONSISTENT, r#"["Cae1/a"]"#),
        (3, Status::UPDATED, r#"["Cae1/b","Cae1"]"#),
    ] {
        grouped(&mut world, &format!(r#""mid":["Cae1/a"],"mt":3,"csy":{strategy}"#));
        let change = r#"{"m2m:grp":{"mid":["Cae1/b","-/Cae1/b","Cae1"]}}"#;
        assert_eq!(world.update("Cae1", "cse-in/Cae1/g", change).status, status);
        assert_eq!(world.attribute("cse-in/Cae1/g", "mid"), json(left));
        assert_eq!(world.attribute("cse-in/Cae1/g", "mt"), Value::Int(if strategy == 3 { 0 } else { 3 }));
        world.delete("Cae1", "cse-in/Cae1/g");
    }
}

#[test]
fn a_type_that_may_not_be_seen_cannot_be_validated() {
    let mut world = house();
    let refused = group(&mut world, r#""mid":["cse-in/Cae2/c"],"mt":3"#);
    assert_eq!(refused.status, Status::RECEIVER_HAS_NO_PRIVILEGE);
    assert_eq!(mid(&mut world, r#""mid":["cse-in/Cae2/c"]"#), json(r#"["cse-in/Cae2/c"]"#), "nobody looks");
}

#[test]
fn members_on_other_cses_are_kept_and_said_to_be_unknown() {
    let mut world = house();
    let (mid, mt, mtv, _) = made(&mut world, r#""mid":["Cae1/a","/id-other/x"],"mt":3,"csy":2"#);
    assert_eq!((mid, mt, mtv), (json(r#"["Cae1/a","/id-other/x"]"#), Value::Int(3), Value::Bool(false)));
}

#[test]
fn virtual_members_have_types_of_their_own() {
    let mut world = house();
    let both = r#""mid":["Cae1/a/la","Cae1/b/ol","Cae1/c","Cae1/la"]"#;
    assert_eq!(mid(&mut world, &format!(r#"{both},"mt":20002"#)), json(r#"["Cae1/a/la"]"#));
    assert_eq!(mid(&mut world, &format!(r#"{both},"mt":20001"#)), json(r#"["Cae1/b/ol"]"#));
    assert_eq!(mid(&mut world, &format!(r#"{both},"mt":3"#)), json(r#"["Cae1/c"]"#));
}

#[test]
fn a_group_within_is_of_the_type_of_its_members() {
    let mut world = house();
    grouped(&mut world, r#""rn":"three","mid":["Cae1/a"],"mt":3"#);
    grouped(&mut world, r#""rn":"all","mid":["Cae1/a"]"#);
    grouped(&mut world, r#""rn":"far","mid":["/id-other/x"],"mt":3"#);
    let list = r#""mid":["Cae1/three/fopt","Cae1/all/fopt","Cae1/three","Cae1/b"]"#;
    assert_eq!(mid(&mut world, &format!(r#"{list},"mt":3"#)), json(r#"["Cae1/three/fopt","Cae1/b"]"#));
    assert_eq!(mid(&mut world, &format!(r#"{list},"mt":9"#)), json(r#"["Cae1/three"]"#));
    let (mid, _, mtv, _) = made(&mut world, r#""mid":["Cae1/far/fopt"],"mt":3"#);
    assert_eq!((mid.as_list().unwrap().len(), mtv), (1, Value::Bool(false)), "it does not know itself");
}

#[test]
fn nonsense_is_refused_with_a_sentence() {
    let mut world = house();
    for (content, begin) in [
        (r#""mid":["a b"]"#, "memberIDs (mid)"),
        (r#""mid":["cse-in//x"]"#, "memberIDs (mid)"),
        (r#""mid":"a""#, "memberIDs (mid)"),
        (r#""mid":[1]"#, "memberIDs (mid)"),
        (r#""mid":["a"],"macp":["nobody"]"#, "membersAccessControlPolicyIDs (macp)"),
        (r#""mid":["a"],"macp":["Cae1"]"#, "membersAccessControlPolicyIDs (macp)"),
        (r#""mid":["a"],"mt":3,"spty":{"cnd":"x"}"#, "specializationType (spty)"),
        (r#""mid":["a"],"mtv":true"#, "memberTypeValidated (mtv)"),
        (r#""mid":["a"],"cnm":1"#, "currentNrOfMembers (cnm)"),
        (r#""gn":"x""#, "memberIDs (mid)"),
    ] {
        let response = group(&mut world, content);
        assert_eq!(response.status, Status::BAD_REQUEST, "{content}");
        assert!(said(&response).starts_with(begin), "{content}: {}", said(&response));
    }
    grouped(&mut world, r#""mid":[]"#);
    for change in [r#""macp":["nobody"]"#, r#""mid":null"#, r#""mt":3"#, r#""mid":["/"]"#] {
        let response = world.update("Cae1", "cse-in/Cae1/g", &format!(r#"{{"m2m:grp":{{{change}}}}}"#));
        assert_eq!(response.status, Status::BAD_REQUEST, "{change}");
    }
    world.check();
}
