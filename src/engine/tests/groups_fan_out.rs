//! A request to a fan-out point reaches every member (TS-0004 7.4.14).

use super::groups::{group, grouped, house};
use super::{World, addresses, criteria, json};
use crate::config::Somecast;
use crate::primitive::{Content, Operation, Request, Response, ResultContent, Status};
use crate::value::{Map, Value};

/// What the members said: whom they are, how it went, and what they said.
pub fn answers(response: &Response) -> Vec<(String, u16, Value)> {
    assert_eq!(response.status, Status::OK, "{:?}", response.value());
    let value = response.value();
    let answers = value.as_map().unwrap().get("m2m:agr").unwrap().as_map().unwrap().get("m2m:rsp").unwrap().clone();
    let one = |answer: &Value| {
        let answer = answer.as_map().unwrap();
        let member = answer.get("fr").unwrap().as_text().unwrap().to_owned();
        let status = answer.get("rsc").unwrap().as_int().unwrap();
        assert!(answer.contains("rqi"));
        (member, u16::try_from(status).unwrap(), answer.get("pc").cloned().unwrap_or_default())
    };
    answers.as_list().unwrap().iter().map(one).collect()
}

/// Who answered, and how it went.
pub fn told(response: &Response) -> Vec<(String, u16)> {
    answers(response).into_iter().map(|(member, status, _)| (member, status)).collect()
}

pub fn all(pairs: &[(&str, u16)]) -> Vec<(String, u16)> {
    pairs.iter().map(|(member, status)| ((*member).to_owned(), *status)).collect()
}

fn three() -> World {
    let mut world = house();
    grouped(&mut world, r#""mid":["cse-in/Cae1/a","Cae1/b","/id-in/Cae1/c"]"#);
    world
}

const G: &str = "cse-in/Cae1/g/fopt";
const A: &str = "cse-in/Cae1/a";
const B: &str = "Cae1/b";
const C: &str = "/id-in/Cae1/c";

#[test]
fn every_operation_reaches_every_member_in_their_order() {
    let mut world = three();
    let created = world.instance("Cae1", G, "x");
    assert_eq!(told(&created), all(&[(A, 2001), (B, 2001), (C, 2001)]));
    let instances: Vec<Value> = answers(&created).into_iter().map(|(.., content)| content).collect();
    assert!(instances.iter().all(|content| content.as_map().unwrap().contains("m2m:cin")));
    assert_eq!(told(&world.retrieve("Cae1", G)), all(&[(A, 2000), (B, 2000), (C, 2000)]));
    let updated = world.update("Cae1", G, r#"{"m2m:cnt":{"lbl":["l"]}}"#);
    assert_eq!(told(&updated), all(&[(A, 2004), (B, 2004), (C, 2004)]));
    let mut notify = Request::new(Operation::Notify, G).from("Cae1");
    notify.content = Some(json(r#"{"m2m:sgn":{"sur":"x"}}"#));
    assert_eq!(told(&world.send(notify)), all(&[(A, 4005), (B, 4005), (C, 4005)]));
    let found = Request::retrieve(G).from("Cae1").filtered(criteria(&[("fu", "1"), ("ty", "4")]));
    for (_, status, content) in answers(&world.send(found)) {
        let found = Response { content: Some(Content::Value(content)), ..world.retrieve("Cae1", A) };
        assert_eq!((status, addresses(&found).len()), (2000, 1));
    }
    assert_eq!(world.attribute("Cae1/b", "lbl"), json(r#"["l"]"#));
    assert_eq!(told(&world.delete("Cae1", G)), all(&[(A, 2002), (B, 2002), (C, 2002)]));
    assert_eq!(world.attribute("cse-in/Cae1/g", "mid"), json("[]"));
    assert_eq!(world.attribute("cse-in/Cae1/g", "cnm"), Value::Int(0));
    assert_eq!(world.retrieve("Cae1", G).status, Status::NO_MEMBERS);
    world.check();
}

#[test]
fn a_path_behind_the_fan_out_point_is_followed_below_each_member() {
    let mut world = three();
    for member in [A, B] {
        world.create("Cae1", member, 3, r#"{"m2m:cnt":{"rn":"x"}}"#);
        world.instance("Cae1", member, "latest");
    }
    let inner = world.instance("Cae1", &format!("{G}/x"), "deep");
    assert_eq!(told(&inner), all(&[(A, 2001), (B, 2001), (C, 4004)]));
    assert_eq!(told(&world.retrieve("Cae1", &format!("{G}/x/la"))), all(&[(A, 2000), (B, 2000), (C, 4004)]));
    assert_eq!(told(&world.delete("Cae1", &format!("{G}/la"))), all(&[(A, 2002), (B, 2002), (C, 4004)]));
    assert_eq!(told(&world.delete("Cae1", &format!("{G}/x"))), all(&[(A, 2002), (B, 2002), (C, 4004)]));
    assert_eq!(world.attribute("cse-in/Cae1/g", "cnm"), Value::Int(3), "what is below a member is no member");
    for nowhere in ["cse-in/Cae1/g/fopx", "cse-in/Cae1/a/fopt", "cse-in/Cae1/a/la/fopt"] {
        assert_eq!(world.retrieve("Cae1", nowhere).status, Status::NOT_FOUND, "{nowhere}");
    }
}

#[test]
fn a_cse_base_has_its_children_below_it_in_every_spelling() {
    let mut world = house();
    grouped(&mut world, r#""mid":["/id-in","Cae1"]"#);
    let both = world.retrieve("CAdmin", &format!("{G}/Cae1/a"));
    assert_eq!(told(&both), all(&[("/id-in", 2000), ("Cae1", 4004)]));
}

#[test]
fn what_one_member_refuses_does_not_touch_the_others() {
    let mut world = house();
    let list = r#"["Cae1/a","cse-in/Cae2/c","cse-in/gone","/id-other/x","Cae1","Cae1/b"]"#;
    grouped(&mut world, &format!(r#""mid":{list}"#));
    world.create("Cae1", "cse-in/Cae1/b", 3, r#"{"m2m:cnt":{"rn":"new"}}"#);
    let before = world.changes.len();
    let created = world.create("Cae1", G, 3, r#"{"m2m:cnt":{"rn":"new"}}"#);
    let expected = [
        ("Cae1/a", 2001),
        ("cse-in/Cae2/c", 4103),
        ("cse-in/gone", 4004),
        ("/id-other/x", 4004),
        ("Cae1", 2001),
        ("Cae1/b", 4105),
    ];
    assert_eq!(told(&created), all(&expected));
    assert!(answers(&created)[1].2.as_map().unwrap().contains("m2m:dbg"));
    assert_eq!(world.changes.len() - before, 2);
    world.delete("Cae1", G);
    assert_eq!(world.attribute("cse-in/Cae2/c", "ty"), Value::Int(3));
    world.check();
}

#[test]
fn a_group_that_deletes_itself_is_gone() {
    let mut world = house();
    grouped(&mut world, r#""mid":["Cae1/a","Cae1/g","Cae1/b/la"]"#);
    assert_eq!(told(&world.delete("Cae1", G)), all(&[("Cae1/a", 2002), ("Cae1/g", 2002), ("Cae1/b/la", 4004)]));
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/g").status, Status::NOT_FOUND);
    world.check();
}

#[test]
fn a_virtual_member_stays_when_what_it_stood_for_is_deleted() {
    let mut world = house();
    world.instance("Cae1", A, "1");
    grouped(&mut world, r#""mid":["Cae1/a/la","Cae1/b"]"#);
    assert_eq!(told(&world.delete("Cae1", G)), all(&[("Cae1/a/la", 2002), ("Cae1/b", 2002)]));
    assert_eq!(world.attribute("cse-in/Cae1/g", "mid"), json(r#"["Cae1/a/la"]"#));
}

#[test]
fn the_fan_out_point_has_policies_of_its_own_and_members_keep_theirs() {
    let mut world = house();
    let policy = |name: &str, who: &str, may: u8| {
        format!(
            r#"{{"m2m:acp":{{"rn":"{name}","pv":{{"acr":[{{"acor":["{who}"],"acop":{may}}}]}},"pvs":{{"acr":[{{"acor":["Cae1"],"acop":63}}]}}}}}}"#
        )
    };
    world.create("Cae1", "cse-in/Cae1", 1, &policy("readers", "Cae2", 2));
    assert_eq!(world.retrieve("Cae2", G).status, Status::NOT_FOUND);
    grouped(&mut world, r#""mid":["Cae1/a","cse-in/Cae2/c"],"macp":["Cae1/readers"]"#);
    assert_eq!(told(&world.retrieve("Cae2", G)), all(&[("Cae1/a", 4103), ("cse-in/Cae2/c", 2000)]));
    assert_eq!(world.delete("Cae2", G).status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    assert_eq!(world.retrieve("Cae1", G).status, Status::ORIGINATOR_HAS_NO_PRIVILEGE, "not even its creator");
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/g").status, Status::OK, "the group itself has none of them");
    assert_eq!(told(&world.retrieve("CAdmin", G)), all(&[("Cae1/a", 2000), ("cse-in/Cae2/c", 2000)]));
    let search = Request::retrieve(G).from("Cae2").filtered(criteria(&[("fu", "1")]));
    assert_eq!(world.send(search).status, Status::ORIGINATOR_HAS_NO_PRIVILEGE, "discovery is a privilege of its own");
    assert_eq!(world.update("Cae1", "cse-in/Cae1/g", r#"{"m2m:grp":{"macp":null}}"#).status, Status::UPDATED);
    assert_eq!(world.retrieve("Cae2", G).status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    assert_eq!(told(&world.retrieve("Cae1", G)), all(&[("Cae1/a", 2000), ("cse-in/Cae2/c", 4103)]));
}

#[test]
fn a_child_that_no_member_can_have_is_not_tried() {
    let mut world = house();
    grouped(&mut world, r#""mid":["Cae1/a"],"mt":3"#);
    let refused = world.create("Cae1", G, 1, r#"{"m2m:acp":{}}"#);
    assert_eq!(refused.status, Status::INVALID_CHILD_RESOURCE_TYPE);
    assert_eq!(told(&world.create("Cae1", &format!("{G}/x"), 1, r#"{"m2m:acp":{}}"#)), all(&[("Cae1/a", 4004)]));
}

fn to_some(world: &mut World, members: &[&str], number: Option<u64>) -> Response {
    let mut request = Request::retrieve(G).from("Cae1");
    request.group_request_target_members = members.iter().map(|member| (*member).into()).collect();
    request.group_somecast_target_number = number;
    world.send(request)
}

#[test]
fn members_can_be_named() {
    let mut world = three();
    assert_eq!(told(&to_some(&mut world, &["-/Cae1/c", A], None)), all(&[(A, 2000), (C, 2000)]), "in any spelling");
    for nobody in ["Cae2", "cse-in/gone", "a b", "/id-other/x"] {
        assert_eq!(to_some(&mut world, &[A, nobody], None).status, Status::BAD_REQUEST, "{nobody}");
    }
    let mut stray = Request::retrieve(A).from("Cae1");
    stray.group_request_target_members = vec![A.into()];
    assert_eq!(world.send(stray).status, Status::BAD_REQUEST, "a container has no members");
    let mut stray = Request::retrieve(A).from("Cae1");
    stray.group_somecast_target_number = Some(1);
    assert_eq!(world.send(stray).status, Status::BAD_REQUEST);
    assert_eq!(to_some(&mut world, &[], Some(0)).status, Status::BAD_REQUEST, "nobody is not some");
    let mut notify = Request::new(Operation::Notify, G).from("Cae1");
    notify.content = Some(json(r#"{"m2m:sgn":{"sur":"x"}}"#));
    notify.group_request_target_members = vec![A.into()];
    assert_eq!(world.send(notify).status, Status::BAD_REQUEST);
}

#[test]
fn some_members_are_those_whose_turn_it_is() {
    let mut world = three();
    let mut two = || told(&to_some(&mut world, &[], Some(2)));
    assert_eq!(two(), all(&[(A, 2000), (B, 2000)]));
    assert_eq!(two(), all(&[(A, 2000), (C, 2000)]), "in the order of the group");
    assert_eq!(two(), all(&[(B, 2000), (C, 2000)]));
    assert_eq!(told(&to_some(&mut world, &[], Some(9))).len(), 3);
    assert_eq!(told(&to_some(&mut world, &[B, C], Some(1))).len(), 1, "some of those that are named");
    world.restart();
    assert_eq!(told(&to_some(&mut world, &[], Some(1))), all(&[(A, 2000)]), "a start begins with the first");
}

#[test]
fn or_those_that_are_near() {
    let mut world = World::with(|config| config.somecast = Somecast::Nearest);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"a"}}"#);
    grouped(&mut world, r#""mid":["//elsewhere.example.com/id-x/y","/id-x/y","Cae1/a"]"#);
    for _ in 0..2 {
        assert_eq!(told(&to_some(&mut world, &[], Some(1))), all(&[("Cae1/a", 2000)]));
        assert_eq!(told(&to_some(&mut world, &[], Some(2))), all(&[("/id-x/y", 4004), ("Cae1/a", 2000)]));
    }
}

#[test]
fn what_is_wanted_of_the_result_is_wanted_of_each_member() {
    let mut world = three();
    let mut nothing = Request::create(G, 4, "m2m:cin", Map::from_iter([("con", "x")])).from("Cae1");
    nothing = nothing.wanting(ResultContent::Nothing);
    for (_, status, content) in answers(&world.send(nothing)) {
        assert_eq!((status, content), (2001, Value::Null));
    }
    let mut labels = Request::retrieve(G).from("Cae1");
    labels.content = Some(json(r#"{"m2m:atrl":["rn"]}"#));
    let names: Vec<Value> = answers(&world.send(labels)).into_iter().map(|(.., content)| content).collect();
    assert_eq!(names[1], json(r#"{"m2m:cnt":{"rn":"b"}}"#));
    let refused = group(&mut world, r#""rn":"fopt","mid":[]"#);
    assert_eq!(refused.status, Status::CREATED, "an AE has no fan-out point");
}
