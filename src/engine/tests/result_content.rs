//! What the originator gets to see (TS-0001 8.1.2, TS-0004 7.5.2 and 8.4). Whole answers, as they go over the wire.

use super::{World, criteria, json};
use crate::primitive::{DiscoveryResultType, Operation, Request, ResultContent, Status};
use crate::value::Value;

/// `cse-in/Cae1/c` with an instance `i` and a container `d`, in which there is an instance `j`.
pub fn house() -> World {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","mni":9,"lbl":["here"]}}"#);
    world.create("Cae1", "cse-in/Cae1/c", 4, r#"{"m2m:cin":{"rn":"i","con":"1"}}"#);
    world.create("Cae1", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{"rn":"d"}}"#);
    world.create("Cae1", "cse-in/Cae1/c/d", 4, r#"{"m2m:cin":{"rn":"j","con":"22","lbl":["deep"]}}"#);
    world
}

const ET: &str = "20311120T013000";

fn container(rn: &str, ri: &str, pi: &str, at: &str, et: &str, rest: &str) -> String {
    format!(r#""rn":"{rn}","ty":3,"ri":"{ri}","pi":"{pi}","ct":"{at}","lt":"{at}","et":"{et}"{rest}"#)
}

fn at(millis: u32) -> String {
    format!("20261121T013000,{millis:03}000")
}

fn c() -> String {
    container(
        "c",
        "cnt-4",
        "Cae1",
        &at(2),
        &format!("{ET},001000"),
        r#","mni":9,"lbl":["here"],"st":1,"cni":1,"cbs":1"#,
    )
}

fn d() -> String {
    container("d", "cnt-6", "cnt-4", &at(4), &format!("{ET},001000"), r#","st":1,"cni":1,"cbs":2"#)
}

fn instance(rn: &str, ri: &str, pi: &str, millis: u32, rest: &str) -> String {
    let at = at(millis);
    format!(
        r#"{{"rn":"{rn}","ty":4,"ri":"{ri}","pi":"{pi}","ct":"{at}","lt":"{at}","et":"{ET},001000",{rest},"st":1}}"#
    )
}

fn i() -> String {
    instance("i", "cin-5", "cnt-4", 3, r#""con":"1","cs":1"#)
}

fn j() -> String {
    instance("j", "cin-7", "cnt-6", 5, r#""con":"22","lbl":["deep"],"cs":2"#)
}

fn reference(name: &str, ty: u32, path: &str) -> String {
    format!(r#"{{"nm":"{name}","typ":{ty},"val":"{path}"}}"#)
}

fn all_references() -> String {
    let all = [
        reference("i", 4, "cse-in/Cae1/c/i"),
        reference("d", 3, "cse-in/Cae1/c/d"),
        reference("j", 4, "cse-in/Cae1/c/d/j"),
    ];
    all.join(",")
}

#[track_caller]
fn shows(world: &mut World, operation: Operation, rcn: i64, filter: &[(&str, &str)], expected: &str) {
    let mut request = Request::new(operation, "cse-in/Cae1/c").from("Cae1").filtered(criteria(filter));
    request.result_content = ResultContent::from_number(rcn);
    let response = world.send(request);
    assert!(response.status.is_success(), "{:?}", response.value());
    assert_eq!(response.value(), json(expected), "result content {rcn} {filter:?}");
}

#[test]
fn a_retrieve_has_the_shape_that_was_asked_for() {
    let mut world = house();
    let retrieve = Operation::Retrieve;
    let nested = format!(r#""m2m:cnt":[{{{},"m2m:cin":[{}]}}],"m2m:cin":[{}]"#, d(), j(), i());
    shows(&mut world, retrieve, 1, &[], &format!(r#"{{"m2m:cnt":{{{}}}}}"#, c()));
    shows(&mut world, retrieve, 4, &[], &format!(r#"{{"m2m:cnt":{{{},{nested}}}}}"#, c()));
    shows(&mut world, retrieve, 5, &[], &format!(r#"{{"m2m:cnt":{{{},"ch":[{}]}}}}"#, c(), all_references()));
    shows(&mut world, retrieve, 6, &[], &format!(r#"{{"m2m:rrl":{{"rrf":[{}]}}}}"#, all_references()));
    shows(&mut world, retrieve, 8, &[], &format!(r#"{{"m2m:cnt":{{{nested}}}}}"#));
    shows(&mut world, retrieve, 12, &[], r#"{"m2m:pms":[{"ri":"cnt-4","acop":63}]}"#);
}

#[test]
fn conditions_narrow_the_children_and_not_the_target() {
    let mut world = house();
    let retrieve = Operation::Retrieve;
    let deep = [("lbl", "deep")];
    let no_parent = format!(r#""m2m:cin":[{}]"#, j());
    shows(&mut world, retrieve, 8, &deep, &format!(r#"{{"m2m:cnt":{{{no_parent}}}}}"#));
    shows(
        &mut world,
        retrieve,
        4,
        &[("lvl", "1"), ("ty", "4")],
        &format!(r#"{{"m2m:cnt":{{{},"m2m:cin":[{}]}}}}"#, c(), i()),
    );
    shows(&mut world, retrieve, 6, &[("ty", "17")], r#"{"m2m:rrl":{"rrf":[]}}"#);
    shows(&mut world, retrieve, 5, &[("ty", "17")], &format!(r#"{{"m2m:cnt":{{{},"ch":[]}}}}"#, c()));
    shows(&mut world, retrieve, 8, &[("ty", "17")], r#"{"m2m:cnt":{}}"#);
    let j = reference("j", 4, "cse-in/Cae1/c/d/j");
    shows(&mut world, retrieve, 6, &deep, &format!(r#"{{"m2m:rrl":{{"rrf":[{j}]}}}}"#));
}

#[test]
fn a_discovery_answers_addresses_or_references() {
    let mut world = house();
    let all = r#"["cse-in/Cae1/c/i","cse-in/Cae1/c/d","cse-in/Cae1/c/d/j"]"#;
    shows(&mut world, Operation::Retrieve, 11, &[("fu", "1")], &format!(r#"{{"m2m:uril":{all}}}"#));
    let references = format!(r#"{{"m2m:rrl":{{"rrf":[{}]}}}}"#, all_references());
    shows(&mut world, Operation::Retrieve, 6, &[("fu", "1")], &references);
    let mut request = Request::retrieve("cse-in/Cae1/c").from("Cae1").wanting(ResultContent::ChildResourceReferences);
    request.discovery_result_type = Some(DiscoveryResultType::Unstructured);
    let response = world.send(request.filtered(criteria(&[("lbl", "deep")])));
    assert_eq!(response.value(), json(&format!(r#"{{"m2m:rrl":{{"rrf":[{}]}}}}"#, reference("j", 4, "cin-7"))));
}

#[test]
fn a_delete_shows_what_is_no_more() {
    let delete = Operation::Delete;
    let nested = format!(r#""m2m:cnt":[{{{},"m2m:cin":[{}]}}],"m2m:cin":[{}]"#, d(), j(), i());
    shows(&mut house(), delete, 0, &[], "null");
    shows(&mut house(), delete, 1, &[], &format!(r#"{{"m2m:cnt":{{{}}}}}"#, c()));
    shows(&mut house(), delete, 4, &[], &format!(r#"{{"m2m:cnt":{{{},{nested}}}}}"#, c()));
    shows(&mut house(), delete, 5, &[], &format!(r#"{{"m2m:cnt":{{{},"ch":[{}]}}}}"#, c(), all_references()));
    shows(&mut house(), delete, 6, &[], &format!(r#"{{"m2m:rrl":{{"rrf":[{}]}}}}"#, all_references()));
    shows(&mut house(), delete, 8, &[], &format!(r#"{{"m2m:cnt":{{{nested}}}}}"#));
    let mut world = house();
    let silent = world.send(Request::delete("cse-in/Cae1/c").from("Cae1"));
    assert_eq!((silent.status, silent.content), (Status::DELETED, None));
    assert_eq!(world.retrieve("CAdmin", "cse-in/Cae1/c/d/j").status, Status::NOT_FOUND);
}

fn create(world: &mut World, rcn: Option<i64>, content: &str) -> Value {
    let mut request = Request::new(Operation::Create, "cse-in/Cae1/c").from("Cae1");
    request.resource_type = Some(3);
    request.content = Some(json(content));
    request.result_content = rcn.and_then(ResultContent::from_number);
    let response = world.send(request);
    assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
    // TS-0009 6.4.4: the address that the content shows; the identifier where it shows none.
    let address = if matches!(rcn, Some(2 | 3)) { "cse-in/Cae1/c/e" } else { "cnt-8" };
    assert_eq!(response.created.as_deref(), Some(address));
    response.value()
}

#[test]
fn a_create_has_the_shape_that_was_asked_for() {
    let content = r#"{"m2m:cnt":{"rn":"e","mni":3}}"#;
    let whole = container("e", "cnt-8", "cnt-4", &at(6), &format!("{ET},001000"), r#","mni":3,"st":0,"cni":0,"cbs":0"#);
    let shown = |rcn| create(&mut house(), rcn, content);
    assert_eq!(shown(None), json(&format!(r#"{{"m2m:cnt":{{{whole}}}}}"#)));
    assert_eq!(shown(Some(0)), Value::Null);
    assert_eq!(shown(Some(1)), json(&format!(r#"{{"m2m:cnt":{{{whole}}}}}"#)));
    assert_eq!(shown(Some(2)), json(r#"{"m2m:uri":"cse-in/Cae1/c/e"}"#));
    assert_eq!(shown(Some(3)), json(&format!(r#"{{"m2m:rce":{{"uri":"cse-in/Cae1/c/e","m2m:cnt":{{{whole}}}}}}}"#)));
    // 9: what the CSE added, and what it made different from what was sent.
    let rest = whole.replace(r#""rn":"e","#, "").replace(r#""mni":3,"#, "");
    assert_eq!(shown(Some(9)), json(&format!(r#"{{"m2m:cnt":{{{rest}}}}}"#)));
    let far = r#"{"m2m:cnt":{"rn":"e","mni":3,"et":"20991231T000000"}}"#;
    assert_eq!(create(&mut house(), Some(9), far), json(&format!(r#"{{"m2m:cnt":{{{rest}}}}}"#)), "et was cut down");
}

/// TS-0001 8.1.2, TS-0004 7.3.3.12: modified attributes are those that the request did not carry itself, or that came out
/// different.
#[test]
fn an_update_shows_what_changed_along_with_it() {
    let mut world = house();
    let update = |world: &mut World, rcn, content: &str| {
        let mut request = Request::new(Operation::Update, "cse-in/Cae1/c").from("Cae1");
        request.content = Some(json(content));
        request.result_content = ResultContent::from_number(rcn);
        let response = world.send(request);
        assert_eq!(response.status, Status::UPDATED, "{:?}", response.value());
        response.value()
    };
    assert_eq!(update(&mut world, 0, r#"{"m2m:cnt":{"mni":8}}"#), Value::Null);
    let along = json(&format!(r#"{{"m2m:cnt":{{"lt":"{}","st":3}}}}"#, at(7)));
    assert_eq!(update(&mut world, 9, r#"{"m2m:cnt":{"mni":7,"lbl":null}}"#), along);
    let cut = json(&format!(r#"{{"m2m:cnt":{{"et":"{ET},001000","lt":"{}","st":4}}}}"#, at(8)));
    assert_eq!(update(&mut world, 9, r#"{"m2m:cnt":{"et":"20991231T000000"}}"#), cut);
    let renewed = json(&format!(r#"{{"m2m:cnt":{{"et":"{ET},001000","lt":"{}","st":5}}}}"#, at(9)));
    assert_eq!(update(&mut world, 9, r#"{"m2m:cnt":{"et":null}}"#), renewed);
    // Lowering the bound moves the counters, too.
    let moved = update(&mut world, 9, r#"{"m2m:cnt":{"mni":0}}"#);
    assert_eq!(moved, json(&format!(r#"{{"m2m:cnt":{{"lt":"{}","st":6,"cni":0,"cbs":0}}}}"#, at(10))));
    let whole = update(&mut world, 1, r#"{"m2m:cnt":{"mni":2}}"#);
    assert_eq!(whole.as_map().unwrap().get("m2m:cnt").unwrap().as_map().unwrap().get("mni"), Some(&Value::Int(2)));
}

#[test]
fn a_partial_retrieve_shows_the_named_attributes_and_refuses_unknown_ones() {
    let mut world = house();
    let mut ask = |to: &str, content: &str| {
        let mut request = Request::retrieve(to).from("Cae1");
        request.content = Some(json(content));
        world.send(request)
    };
    let some = ask("cse-in/Cae1/c", r#"{"m2m:atrl":["lbl","cni","mbs"]}"#);
    assert_eq!(some.value(), json(r#"{"m2m:cnt":{"lbl":["here"],"cni":1}}"#), "mbs is not set");
    assert_eq!(ask("cse-in/Cae1/c/la", r#"{"m2m:atrl":["con"]}"#).value(), json(r#"{"m2m:cin":{"con":"1"}}"#));
    // TS-0001 10.1.3: a targeted attribute that is not there is an error; beside one that is, it is left out.
    assert_eq!(ask("cse-in/Cae1/c", r#"{"m2m:atrl":["mbs","mia"]}"#).status, Status::NOT_FOUND);
    for wrong in
        [r#"{"m2m:atrl":["con"]}"#, r#"{"m2m:atrl":[]}"#, r#"{"m2m:atrl":["lbl",7]}"#, r#"{"m2m:cnt":{}}"#, r#""lbl""#]
    {
        assert_eq!(ask("cse-in/Cae1/c", wrong).status, Status::BAD_REQUEST, "{wrong}");
    }
}
