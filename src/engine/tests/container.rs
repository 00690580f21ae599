//! Containers and their instances (TS-0001 9.6.6, 9.6.7; TS-0004 7.4.6, 7.4.7).

use super::{World, json};
use crate::engine::ChangeKind;
use crate::primitive::{Operation, Request, Response, Status};
use crate::value::Value;

const C: &str = "cse-in/Cae1/c";

fn world(container: &str) -> World {
    let mut world = World::new();
    world.furnish("Cae1", &format!(r#"{{"m2m:cnt":{{"rn":"c"{container}}}}}"#));
    world
}

/// `cni` and `cbs`, which agree with the children, and what `ol` and `la` hold.
fn holds(world: &mut World, expected: &str) {
    world.check();
    let shown = world.retrieve_as("CAdmin", C, 8, &[("ty", "4"), ("lvl", "1")]).attributes().unwrap();
    let list = shown.get("m2m:cin").and_then(Value::as_list).unwrap_or_default();
    let content = |cin: &Value| cin.as_map().unwrap().get("con").unwrap().as_text().unwrap().to_owned();
    let all: Vec<String> = list.iter().map(content).collect();
    assert_eq!(all.join(" "), expected);
    assert_eq!(world.attribute(C, "cni"), Value::Int(all.len().try_into().unwrap()));
    assert_eq!(world.attribute(C, "cbs"), Value::Int(all.concat().len().try_into().unwrap()));
    for (end, con) in [("ol", all.first()), ("la", all.last())] {
        match con {
            Some(con) => assert_eq!(world.attribute(&format!("{C}/{end}"), "con"), Value::from(&**con)),
            None => assert_eq!(world.retrieve("CAdmin", &format!("{C}/{end}")).status, Status::NOT_FOUND),
        }
    }
}

fn fill(world: &mut World, contents: &str) {
    for content in contents.split(' ') {
        let made = world.create("Cae1", C, 4, &format!(r#"{{"m2m:cin":{{"rn":"n{content}","con":"{content}"}}}}"#));
        assert_eq!(made.status, Status::CREATED, "{:?}", made.value());
    }
}

fn set(world: &mut World, attributes: &str) -> Status {
    world.update("Cae1", C, &format!(r#"{{"m2m:cnt":{{{attributes}}}}}"#)).status
}

#[test]
fn every_way_to_leave_is_counted() {
    let mut world = world(r#","mni":6"#);
    fill(&mut world, "a bb ccc dddd eeeee ffffff g");
    holds(&mut world, "bb ccc dddd eeeee ffffff g");
    world.delete("Cae1", &format!("{C}/la"));
    world.delete("Cae1", &format!("{C}/nddd"));
    world.delete("Cae1", &format!("{C}/nccc"));
    holds(&mut world, "bb dddd eeeee ffffff");
    let soon = world.now.plus_seconds(5);
    world.create("Cae1", C, 4, &format!(r#"{{"m2m:cin":{{"con":"h","et":"{soon}"}}}}"#));
    holds(&mut world, "bb dddd eeeee ffffff h");
    world.pass(6);
    holds(&mut world, "bb dddd eeeee ffffff");
    assert_eq!(set(&mut world, r#""mni":2"#), Status::UPDATED);
    holds(&mut world, "eeeee ffffff");
    assert_eq!(set(&mut world, r#""mni":null,"mbs":10"#), Status::UPDATED);
    holds(&mut world, "ffffff");
    world.delete("Cae1", &format!("{C}/ol"));
    holds(&mut world, "");
}

#[test]
fn a_container_of_size_nothing_keeps_nothing() {
    let mut empty = world(r#","mni":0"#);
    empty.changes.clear();
    fill(&mut empty, "a b");
    let kinds: Vec<ChangeKind> = empty.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Created, ChangeKind::Evicted, ChangeKind::Created, ChangeKind::Evicted]);
    holds(&mut empty, "");
    let mut tiny = world(r#","mbs":0"#);
    assert_eq!(tiny.instance("Cae1", C, "a").status, Status::NOT_ACCEPTABLE);
    assert_eq!(tiny.instance("Cae1", C, "").status, Status::CREATED);
    holds(&mut tiny, "");
    assert_eq!(tiny.attribute(C, "cni"), Value::Int(1), "nothing weighs nothing");
}

#[test]
fn what_may_not_grow_old_goes_at_once() {
    let mut world = world(r#","mia":0"#);
    fill(&mut world, "a");
    world.pass(0);
    holds(&mut world, "");
    set(&mut world, r#""mia":10"#);
    fill(&mut world, "b");
    world.pass(9);
    fill(&mut world, "c");
    holds(&mut world, "b c");
    world.pass(2);
    holds(&mut world, "c");
}

/// TS-0001 9.6.6: while retrieval is disabled nobody sees or deletes an instance; from TRUE to FALSE all of them go.
#[test]
fn with_retrieval_disabled_instances_are_out_of_reach_and_gone_when_it_is_enabled() {
    for (enable, counter) in [(r#""disr":false"#, 0), (r#""disr":null"#, 0), (r#""disr":true"#, 2)] {
        let mut world = world(r#","disr":true"#);
        fill(&mut world, "a b");
        for to in [format!("{C}/la"), format!("{C}/ol"), format!("{C}/na")] {
            assert_eq!(world.retrieve("Cae1", &to).status, Status::OPERATION_NOT_ALLOWED, "{to}");
            assert_eq!(world.delete("Cae1", &to).status, Status::OPERATION_NOT_ALLOWED, "{to}");
        }
        for rcn in [4, 8] {
            let shown = world.retrieve_as("Cae1", "Cae1", rcn, &[]);
            assert!(!format!("{:?}", shown.value()).contains("m2m:cin"), "{:?}", shown.value());
        }
        assert_eq!(world.attribute(C, "cni"), Value::Int(2));
        assert_eq!(set(&mut world, enable), Status::UPDATED);
        assert_eq!(world.attribute(C, "cni"), Value::Int(counter), "{enable}");
        world.check();
    }
    let mut world = world(r#","disr":false"#);
    fill(&mut world, "a");
    assert_eq!(set(&mut world, r#""disr":false"#), Status::UPDATED);
    holds(&mut world, "a");
}

#[test]
fn the_state_tag_counts_updates_and_instances_and_is_copied_into_them() {
    let mut world = world("");
    assert_eq!(world.attribute(C, "st"), Value::Int(0));
    fill(&mut world, "a");
    set(&mut world, r#""lbl":["x"]"#);
    fill(&mut world, "b");
    assert_eq!(world.attribute(&format!("{C}/na"), "st"), Value::Int(1));
    assert_eq!(world.attribute(&format!("{C}/nb"), "st"), Value::Int(3));
    world.delete("Cae1", &format!("{C}/nb"));
    assert_eq!(set(&mut world, r#""mni":"x""#), Status::BAD_REQUEST);
    assert_eq!(world.attribute(C, "st"), Value::Int(3), "neither a deletion nor a failure counts");
}

/// TS-0001 10.1.4.
#[test]
fn the_state_tag_counts_updates_of_a_child_but_not_of_what_lies_deeper() {
    let mut world = world("");
    for (parent, name) in [(C, "d"), ("cse-in/Cae1/c/d", "e")] {
        let created = world.create("Cae1", parent, 3, &format!(r#"{{"m2m:cnt":{{"rn":"{name}"}}}}"#));
        assert_eq!(created.status, Status::CREATED);
    }
    let labels = r#"{"m2m:cnt":{"lbl":["x"]}}"#;
    assert_eq!(world.update("Cae1", &format!("{C}/d"), labels).status, Status::UPDATED);
    assert_eq!(world.attribute(C, "st"), Value::Int(1));
    assert_eq!(world.update("Cae1", &format!("{C}/d/e"), labels).status, Status::UPDATED);
    assert_eq!(world.attribute(C, "st"), Value::Int(1));
    assert_eq!(world.attribute(&format!("{C}/d"), "st"), Value::Int(2));
}

/// A name may look like an identifier that the CSE is going to give. Nobody else suffers from it.
#[test]
fn a_name_that_looks_like_an_identifier_is_only_a_name() {
    let mut world = world("");
    for number in ["5", "8", "9", "a", "b"] {
        let made = world.create("Cae1", C, 4, &format!(r#"{{"m2m:cin":{{"rn":"cin-{number}","con":"{number}"}}}}"#));
        assert_eq!(made.status, Status::CREATED, "{:?}", made.value());
    }
    for _ in 0..3 {
        let made = world.instance("Cae1", C, "x");
        assert_eq!(made.status, Status::CREATED, "{:?}", made.value());
        let cin = made.attributes().unwrap();
        assert_eq!(cin.get("rn"), cin.get("ri"));
    }
    for number in ["5", "8", "9", "a", "b"] {
        assert_eq!(world.attribute(&format!("{C}/cin-{number}"), "con"), Value::from(number));
    }
    world.restart();
    assert_eq!(world.attribute(&format!("{C}/la"), "con"), Value::from("x"));
    world.check();
}

fn instance(world: &mut World, attributes: &str) -> Response {
    world.create("Cae1", C, 4, &format!(r#"{{"m2m:cin":{{{attributes}}}}}"#))
}

#[test]
fn content_is_any_value_and_its_size_that_of_its_text() {
    for (content, size) in
        [(r#""a b""#, 3), (r#""äö""#, 4), ("21.5", 4), ("-7", 2), ("true", 4), (r#"{"t":[1,2]}"#, 11), (r#""""#, 0)]
    {
        let mut world = world("");
        let made = instance(&mut world, &format!(r#""con":{content}"#));
        assert_eq!(made.status, Status::CREATED, "{content}: {:?}", made.value());
        assert_eq!(world.attribute(&format!("{C}/la"), "con"), json(content));
        assert_eq!(world.attribute(&format!("{C}/la"), "cs"), Value::Int(size), "{content}");
        assert_eq!(world.attribute(C, "cbs"), Value::Int(size));
    }
    let mut world = world("");
    assert_eq!(instance(&mut world, r#""con":null"#).status, Status::BAD_REQUEST);
    assert_eq!(instance(&mut world, r#""lbl":["a"]"#).status, Status::BAD_REQUEST);
}

#[test]
fn content_info_says_media_type_encoding_and_security() {
    let mut world = world("");
    for good in ["text/plain:0", "application/json:1", "image/png:2:5", "application/vnd.a+json;q=1:0"] {
        assert_eq!(instance(&mut world, &format!(r#""con":"a","cnf":"{good}""#)).status, Status::CREATED, "{good}");
    }
    for wrong in ["text/plain", "text:0", "text/plain:3", "text/plain:0:9", "text/plain:0:1:1", "", ":0", "a/b:x"] {
        assert_eq!(
            instance(&mut world, &format!(r#""con":"a","cnf":"{wrong}""#)).status,
            Status::BAD_REQUEST,
            "{wrong}"
        );
    }
}

/// TS-0004 7.3.3.3, 7.3.3.5: the creator is asked for with null, and named by the CSE.
#[test]
fn the_creator_is_named_when_asked_for_and_never_believed() {
    let mut world = world("");
    assert_eq!(
        instance(&mut world, r#""con":"a","cr":null"#).attributes().unwrap().get("cr"),
        Some(&Value::from("Cae1"))
    );
    assert!(!instance(&mut world, r#""con":"a""#).attributes().unwrap().contains("cr"));
    assert_eq!(instance(&mut world, r#""con":"a","cr":"Cae1""#).status, Status::BAD_REQUEST);
    assert_eq!(set(&mut world, r#""cr":null"#), Status::BAD_REQUEST);
    assert_eq!(set(&mut world, r#""cr":"Cae1""#), Status::BAD_REQUEST);
}

#[test]
fn instances_are_never_updated_and_latest_and_oldest_only_read_and_deleted() {
    let mut world = world("");
    fill(&mut world, "a");
    for to in [format!("{C}/na"), format!("{C}/la"), format!("{C}/ol")] {
        let update = world.update("Cae1", &to, r#"{"m2m:cin":{"lbl":["x"]}}"#);
        assert_eq!(update.status, Status::OPERATION_NOT_ALLOWED, "{to}");
    }
    for end in ["la", "ol"] {
        let create = world.create("Cae1", &format!("{C}/{end}"), 4, r#"{"m2m:cin":{"con":"a"}}"#);
        assert_eq!(create.status, Status::OPERATION_NOT_ALLOWED);
        let mut notify = Request::new(Operation::Notify, format!("{C}/{end}")).from("Cae1");
        notify.content = Some(json(r#"{"m2m:sgn":{}}"#));
        assert_eq!(world.send(notify).status, Status::OPERATION_NOT_ALLOWED);
        let taken = world.create("Cae1", C, 3, &format!(r#"{{"m2m:cnt":{{"rn":"{end}"}}}}"#));
        assert_eq!(taken.status, Status::OPERATION_NOT_ALLOWED);
        let elsewhere = world.create("Cae1", "Cae1", 3, &format!(r#"{{"m2m:cnt":{{"rn":"{end}"}}}}"#));
        assert_eq!(elsewhere.status, Status::CREATED, "an AE has no such children");
    }
    holds(&mut world, "a");
}

/// What lies below a deleted resource is gone for everybody; nothing more is said about it while it is cleared away.
#[test]
fn instances_of_a_deleted_container_leave_without_a_word() {
    for update in [r#"{"m2m:cnt":{"mia":1}}"#, r#"{"m2m:cnt":{"disr":false}}"#] {
        let mut world = World::with(|config| config.limits.clearing_step = 1);
        world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
        world.create("Cae1", C, 3, r#"{"m2m:cnt":{"rn":"d","disr":true}}"#);
        for _ in 0..4 {
            world.instance("Cae1", &format!("{C}/d"), "a");
        }
        world.pass(10);
        assert_eq!(world.update("Cae1", &format!("{C}/d"), update).status, Status::UPDATED);
        world.delete("Cae1", "Cae1");
        world.changes.clear();
        world.pass(10);
        assert_eq!(world.changes.len(), 0, "{update}: {:?}", world.changes);
        world.check();
    }
}
