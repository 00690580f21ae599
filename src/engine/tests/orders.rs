//! Requests whose originators do not wait (TS-0001 8.2.2, TS-0004 7.3.2.2 to 7.3.2.5, 7.4.12).

use super::validation::{create, send};
use super::{World, json};
use crate::codec;
use crate::engine::ChangeKind;
use crate::primitive::{Operation, Request, Response, ResponseType, ResultContent, Status};
use crate::tree;
use crate::value::{AbsRelTimestamp, Map, SmolStr, Value};

pub fn house() -> World {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    world
}

pub fn wanting(kind: ResponseType, mut request: Request) -> Request {
    request.response_type = Some(kind);
    request
}

pub fn synch(request: Request) -> Request {
    wanting(ResponseType::NonBlockingSynch, request)
}

pub const fn after(seconds: i64) -> Option<AbsRelTimestamp> {
    Some(AbsRelTimestamp::After(seconds * 1000))
}

pub fn later(seconds: i64, mut request: Request) -> Request {
    request.operation_execution_time = after(seconds);
    request
}

pub fn label(text: &str) -> Request {
    let mut request = Request::new(Operation::Update, "cse-in/Cae1/c").from("Cae1");
    request.content = Some(json(&format!(r#"{{"m2m:cnt":{{"lbl":["{text}"]}}}}"#)));
    request
}

pub fn labels(world: &mut World) -> Value {
    world.attribute("cse-in/Cae1/c", "lbl")
}

/// The address in an acknowledgement.
#[track_caller]
pub fn address(response: &Response) -> String {
    let accepted = [Status::ACCEPTED_NON_BLOCKING_SYNCH, Status::ACCEPTED_NON_BLOCKING_ASYNCH];
    assert!(accepted.contains(&response.status), "{} {:?}", response.status, response.value());
    response.value().as_map().unwrap().get("m2m:uri").unwrap().as_text().unwrap().to_owned()
}

#[track_caller]
pub fn order(world: &mut World, request: Request) -> String {
    let response = world.send(request);
    address(&response)
}

/// The attributes of a request resource, as its originator sees them.
#[track_caller]
fn seen(world: &mut World, from: &str, uri: &str) -> Map {
    let response = world.retrieve(from, uri);
    assert_eq!(response.status, Status::OK, "{:?}", response.value());
    response.attributes().unwrap()
}

/// Status and result: `requestStatus`, the response status code in `operationResult`, and its content.
#[track_caller]
pub fn outcome(world: &mut World, uri: &str) -> (i64, i64, Option<Value>) {
    let map = seen(world, "CAdmin", uri);
    let number = |value: Option<&Value>| match value {
        Some(Value::Int(number)) => *number,
        other => panic!("{other:?}"),
    };
    let result = map.get("ors").unwrap().as_map().unwrap();
    (number(map.get("rs")), number(result.get("rsc")), result.get("pc").cloned())
}

/// Who is to be told of the result.
pub fn targets(world: &World, uri: &str) -> Value {
    let key = tree::node_of(uri).unwrap().0.to_be_bytes();
    let row = world.store.snapshot().unwrap().get(tree::tables::ORDER, &key).unwrap().unwrap();
    let order = codec::json::decode(&row, 64).unwrap();
    order.as_map().unwrap().get("targets").cloned().unwrap_or_default()
}

#[test]
fn who_does_not_wait_finds_the_result_later() {
    let mut world = house();
    let mut request = synch(create("cse-in/Cae1", 3, r#"{"m2m:cnt":{"rn":"new"}}"#));
    request.vendor_information = Some("v".into());
    let acknowledgement = world.send(request.identified("mine"));
    let uri = address(&acknowledgement);
    assert_eq!(acknowledgement.originating_timestamp, Some(world.now));
    let pending = seen(&mut world, "Cae1", &uri);
    for (name, expected) in [
        ("ty", "17"),
        ("pi", r#""id-in""#),
        ("lbl", r#"["Cae1"]"#),
        ("op", "1"),
        ("tg", r#""cse-in/Cae1""#),
        ("org", r#""Cae1""#),
        ("rid", r#""mine""#),
        ("mi", r#"{"ty":3,"rt":{"rtv":1},"rvi":"3","vsi":"v"}"#),
        ("pc", r#"{"m2m:cnt":{"rn":"new"}}"#),
        ("rs", "3"),
        ("ors", r#"{"rsc":1000,"rqi":"mine"}"#),
    ] {
        assert_eq!(pending.get(name), Some(&json(expected)), "{name}");
    }
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/new").status, Status::NOT_FOUND);
    world.changes.clear();
    world.pass(1);
    let done = seen(&mut world, "Cae1", &uri);
    let result = done.get("ors").unwrap().as_map().unwrap();
    assert_eq!(done.get("rs"), Some(&json("1")));
    assert_eq!((result.get("rsc"), result.get("rqi")), (Some(&json("2001")), Some(&json(r#""mine""#))));
    assert_eq!((result.get("to"), result.get("fr")), (Some(&json(r#""Cae1""#)), Some(&json(r#""/id-in""#))));
    let created = result.get("pc").unwrap().as_map().unwrap().get("m2m:cnt").unwrap().as_map().unwrap();
    assert_eq!(created.get("rn"), Some(&json(r#""new""#)));
    assert_ne!(done.get("lt"), pending.get("lt"));
    let told: Vec<(ChangeKind, SmolStr, bool)> = world
        .changes
        .iter()
        .map(|change| (change.kind, change.record.resource_name.clone(), change.before.is_some()))
        .collect();
    let expected = [(ChangeKind::Created, "new".into(), false), (ChangeKind::Updated, uri.as_str().into(), true)];
    assert_eq!(told, expected, "both in one commit");
    world.check();
}

#[test]
fn every_operation_can_be_asked_for_in_this_way_and_a_refusal_is_a_result_too() {
    let mut world = house();
    let mut notify = Request::new(Operation::Notify, "cse-in").from("CAdmin");
    notify.content = Some(json(r#"{"m2m:sgn":{"vrq":true}}"#));
    for (request, status, code) in [
        (Request::retrieve("cse-in/Cae1/c").from("Cae1"), 1, 2000),
        (Request::retrieve("cse-in/Cae1/nothing").from("Cae1"), 2, 4004),
        (Request::retrieve("cse-in/Cae1/c").from("Cstranger"), 2, 4103),
        (label("x"), 1, 2004),
        (notify, 1, 2000),
        (Request::delete("cse-in/Cae1/c").from("Cae1"), 1, 2002),
    ] {
        let uri = order(&mut world, synch(request.clone()));
        world.pass(0);
        let (rs, rsc, _) = outcome(&mut world, &uri);
        assert_eq!((rs, rsc), (status, code), "{request:?}");
    }
    world.check();
}

#[test]
fn the_result_is_what_was_asked_for() {
    let mut world = house();
    let uri = order(&mut world, synch(label("x").wanting(ResultContent::Nothing)));
    let changed = order(&mut world, synch(label("y").wanting(ResultContent::ModifiedAttributes)));
    let discovery = Request::retrieve("cse-in/Cae1").from("Cae1").filtered(super::criteria(&[("fu", "1")]));
    let found = order(&mut world, synch(discovery));
    world.pass(0);
    assert_eq!(outcome(&mut world, &uri), (1, 2004, None));
    let (_, _, changed) = outcome(&mut world, &changed);
    let changed = changed.unwrap();
    let changed = changed.as_map().unwrap().get("m2m:cnt").unwrap().as_map().unwrap();
    assert!(changed.contains("st") && !changed.contains("lbl"), "{changed:?}");
    assert_eq!(outcome(&mut world, &found), (1, 2000, Some(json(r#"{"m2m:uril":["cse-in/Cae1/c"]}"#))));
}

#[test]
fn it_is_its_originators_and_nobody_elses() {
    let mut world = house();
    world.register("Cae2");
    let uri = order(&mut world, synch(label("x")));
    world.pass(0);
    assert_eq!(world.retrieve("Cae2", &uri).status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    assert_eq!(world.update("Cae1", &uri, r#"{"m2m:req":{"rs":3}}"#).status, Status::BAD_REQUEST);
    assert_eq!(world.delete("Cae2", &uri).status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    assert_eq!(world.retrieve("/id-in/Cae1", &format!("/id-in/{uri}")).status, Status::OK);
    assert_eq!(world.delete("Cae1", &uri).status, Status::DELETED);
    assert_eq!(world.retrieve("Cae1", &uri).status, Status::NOT_FOUND);
    world.check();
}

#[test]
fn what_can_only_fail_is_turned_down_at_once() {
    let mut world = house();
    let uri = order(&mut world, synch(label("x")));
    let mut no_content = label("x");
    no_content.content = None;
    let mut nobody = create("cse-in", 2, r#"{"m2m:ae":{"api":"Napp","rr":false,"srv":["3"]}}"#);
    nobody.originator = None;
    let mut unnamed = nobody.clone();
    unnamed.originator = Some("C".into());
    let late = |mut request: Request| {
        request.request_expiration_timestamp = after(-1);
        request
    };
    for (request, status) in [
        (no_content, Status::BAD_REQUEST),
        (nobody, Status::BAD_REQUEST),
        (unnamed, Status::BAD_REQUEST),
        (late(label("x")), Status::REQUEST_TIMEOUT),
        (Request::retrieve("a//b?").from("Cae1"), Status::BAD_REQUEST),
        (Request::retrieve(&*uri).from("Cae1"), Status::BAD_REQUEST),
        (Request::delete(&*uri).from("Cae1"), Status::BAD_REQUEST),
        (create("cse-in", 17, r#"{"m2m:req":{}}"#), Status::OPERATION_NOT_ALLOWED),
    ] {
        for kind in [ResponseType::NonBlockingSynch, ResponseType::NonBlockingAsynch] {
            let response = send(&mut world, wanting(kind, request.clone()));
            assert_eq!(response.status, status, "{request:?} {:?}", response.value());
        }
    }
    let made = send(&mut world, create("cse-in", 17, r#"{"m2m:req":{}}"#));
    assert_eq!(made.status, Status::OPERATION_NOT_ALLOWED, "also by whoever waits, and whatever its privileges");
}

#[test]
fn who_is_flexible_waits_only_for_what_is_done_now() {
    let mut world = house();
    let flexible = |request| wanting(ResponseType::FlexBlocking, request);
    assert_eq!(world.send(flexible(label("now"))).status, Status::UPDATED);
    let uri = order(&mut world, flexible(later(10, label("later"))));
    assert_eq!(targets(&world, &uri), Value::Null);
    let mut told = flexible(later(10, label("later")));
    told.notification_uris = Some(vec!["http://x".into()]);
    let told = order(&mut world, told);
    assert_eq!(targets(&world, &told), json(r#"["http://x"]"#));
    // About a request resource everybody waits.
    assert_eq!(world.send(flexible(Request::retrieve(&*uri).from("Cae1"))).status, Status::OK);
    assert_eq!(world.try_send(&mut flexible(later(20, Request::retrieve(&*uri).from("Cae1")))), None);
    world.later.clear();
    world.pass(21);
    let [(_, answer)] = &world.later[..] else { panic!("{:?}", world.later) };
    assert_eq!(answer.attributes().unwrap().get("rs"), Some(&json("1")));
}

#[test]
fn who_wants_no_response_gets_none() {
    let mut world = house();
    let response = world.send(wanting(ResponseType::NoResponse, label("quiet")));
    assert!(response.silent);
    assert_eq!(labels(&mut world), json(r#"["quiet"]"#));
}
