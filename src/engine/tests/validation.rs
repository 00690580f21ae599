//! Requests that are not as they should be: a status and a sentence (TS-0004 7.3.2.1, 7.3.3.3, 7.3.3.4).

use super::{World, criteria, json};
use crate::engine::{Input, Output};
use crate::primitive::{Operation, ReleaseVersion, Request, Response, Status};
use crate::value::Value;

pub const BAD: Status = Status::BAD_REQUEST;
pub const AE: &str = r#""api":"Napp","rr":false,"srv":["3"]"#;

pub fn house() -> World {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    world
}

/// Every refusal has a sentence and leaves everything as it was.
pub fn send(world: &mut World, request: Request) -> Response {
    world.changes.clear();
    let response = world.send(request);
    if !response.status.is_success() {
        let value = response.value();
        let sentence = value.as_map().unwrap().get("m2m:dbg").unwrap().as_text().unwrap().to_owned();
        assert!(sentence.len() > 10 && sentence.len() < 400, "{sentence}");
        assert_eq!(world.changes.len(), 0, "{sentence}");
    }
    response
}

pub fn create(to: &str, ty: u32, content: &str) -> Request {
    let mut request = Request::new(Operation::Create, to).from("Cae1");
    request.resource_type = Some(ty);
    request.content = Some(json(content));
    request.release_version_indicator = ReleaseVersion::R3;
    request
}

pub fn retrieve() -> Request {
    Request::retrieve("cse-in/Cae1/c").from("Cae1")
}

#[track_caller]
pub fn expect(request: Request, status: Status) {
    let shown = format!("{request:?}");
    let response = send(&mut house(), request);
    assert_eq!(response.status, status, "{:?} for {shown}", response.value());
}

#[test]
fn a_request_identifier_is_short_and_plain() {
    for (rqi, status) in [("r", Status::OK), ("a b", Status::OK), ("a\nb", BAD), ("\u{7f}", BAD)] {
        expect(retrieve().identified(rqi), status);
    }
    expect(retrieve().identified("r".repeat(255)), Status::OK);
    expect(retrieve().identified("r".repeat(256)), BAD);
    let mut world = house();
    let now = world.now;
    let outputs = world.engine.handle(Input::Request(7, Box::new(retrieve())), now);
    let [Output::Reply(7, response)] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(response.status, BAD);
}

#[test]
fn somebody_has_to_ask() {
    let mut nobody = retrieve();
    nobody.originator = None;
    expect(nobody, BAD);
    for (from, status) in [("", BAD), ("a b", BAD), ("a\u{0}", BAD), ("/id-in/Cae1", Status::OK)] {
        expect(retrieve().from(from), status);
    }
    expect(retrieve().from("//acme.example.com/id-in/Cae1"), Status::OK);
    expect(retrieve().from("//else.example.com/id-in/Cae1"), Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    expect(retrieve().from("C".repeat(256)), BAD);
    let mut nobody = create("cse-in/Cae1", 3, r#"{"m2m:cnt":{}}"#);
    nobody.originator = None;
    expect(nobody, BAD);
}

#[test]
fn a_type_goes_with_create_and_with_nothing_else() {
    let mut untyped = create("cse-in/Cae1", 3, r#"{"m2m:cnt":{}}"#);
    untyped.resource_type = None;
    expect(untyped, BAD);
    for mut request in [retrieve(), Request::delete("cse-in/Cae1/c").from("Cae1")] {
        request.resource_type = Some(3);
        expect(request, BAD);
    }
    for (ty, status) in [
        (3, BAD),
        (2, BAD),
        (5, Status::OPERATION_NOT_ALLOWED),
        (14, Status::NOT_IMPLEMENTED),
        (29, Status::NOT_IMPLEMENTED),
        (10_003, Status::NOT_IMPLEMENTED),
        (0, BAD),
        (99_999, BAD),
        (u32::MAX, BAD),
    ] {
        expect(
            create("cse-in/Cae1", ty, r#"{"m2m:xyz":{}}"#),
            if ty == 2 { Status::INVALID_CHILD_RESOURCE_TYPE } else { status },
        );
    }
}

#[test]
fn children_have_their_places() {
    for (to, ty, content) in [
        ("cse-in/Cae1", 4, r#"{"m2m:cin":{"con":"a"}}"#),
        ("cse-in/Cae1", 2, r#"{"m2m:ae":{"api":"Na","rr":true,"srv":["3"]}}"#),
        ("cse-in/Cae1/c", 1, r#"{"m2m:acp":{"pv":{},"pvs":{"acr":[{"acor":["a"],"acop":1}]}}}"#),
    ] {
        expect(create(to, ty, content), Status::INVALID_CHILD_RESOURCE_TYPE);
    }
    expect(create("cse-in/nowhere", 3, r#"{"m2m:cnt":{}}"#), Status::NOT_FOUND);
    expect(create("cse-in/Cae1/c/la/x", 3, r#"{"m2m:cnt":{}}"#), Status::NOT_FOUND);
}

#[test]
fn content_is_one_resource_of_the_type() {
    for content in [
        r#"{"m2m:ae":{}}"#,
        r#"{"cnt":{}}"#,
        "{}",
        r#"{"m2m:cnt":{},"m2m:x":{}}"#,
        r#"{"m2m:cnt":[]}"#,
        r#"{"m2m:cnt":null}"#,
        r#""m2m:cnt""#,
        "[]",
        "7",
        "null",
    ] {
        expect(create("cse-in/Cae1", 3, content), BAD);
        let mut update = Request::new(Operation::Update, "cse-in/Cae1/c").from("Cae1");
        update.content = Some(json(content));
        expect(update, BAD);
    }
    expect(Request::new(Operation::Update, "cse-in/Cae1/c").from("Cae1"), BAD);
    let mut delete = Request::delete("cse-in/Cae1/c").from("Cae1");
    delete.content = Some(Value::Null);
    expect(delete, BAD);
}

#[test]
fn attributes_are_known_permitted_and_of_their_type() {
    for attributes in [
        r#""xyz":1"#,
        r#""con":"a""#,
        r#""ri":"a""#,
        r#""ct":"20260101T000000""#,
        r#""cni":0"#,
        r#""st":0"#,
        r#""mni":null"#,
        r#""mni":"1""#,
        r#""mni":-1"#,
        r#""mni":1.0"#,
        r#""lbl":[]"#,
        r#""lbl":"a""#,
        r#""lbl":[1]"#,
        r#""disr":1"#,
        r#""acpi":[]"#,
        r#""et":"tomorrow""#,
        r#""et":"20200101T000000""#,
        r#""rn":7"#,
        r#""rn":null"#,
        r#""rn":"a/b""#,
        r#""rn":"""#,
        r#""rn":"a b""#,
        r#""rn":"..""#,
        r#""rn":"-""#,
        r#""rn":"é""#,
        r#""cr":"Cae1""#,
        r#""acpi":["nowhere"]"#,
    ] {
        expect(create("cse-in/Cae1", 3, &format!(r#"{{"m2m:cnt":{{{attributes}}}}}"#)), BAD);
    }
    for attributes in [r#""rn":"4711""#, r#""rn":"a.b-c_d~e""#, r#""cr":null"#, r#""mni":9007199254740993"#] {
        expect(create("cse-in/Cae1", 3, &format!(r#"{{"m2m:cnt":{{{attributes}}}}}"#)), Status::CREATED);
    }
    for name in ["n".repeat(255), "n".repeat(256)] {
        let status = if name.len() > 255 { BAD } else { Status::CREATED };
        expect(create("cse-in/Cae1", 3, &format!(r#"{{"m2m:cnt":{{"rn":"{name}"}}}}"#)), status);
    }
    for attributes in [
        r#""rn":"d""#,
        r#""ri":"d""#,
        r#""ty":3"#,
        r#""st":null"#,
        r#""cni":0"#,
        r#""et":"20200101T000000""#,
        r#""xyz":null"#,
    ] {
        let mut update = Request::new(Operation::Update, "cse-in/Cae1/c").from("Cae1");
        update.content = Some(json(&format!(r#"{{"m2m:cnt":{{{attributes}}}}}"#)));
        expect(update, BAD);
    }
}

#[test]
fn a_name_is_given_once() {
    expect(create("cse-in/Cae1", 3, r#"{"m2m:cnt":{"rn":"c"}}"#), Status::CONFLICT);
    expect(create("cse-in/Cae1/c", 3, r#"{"m2m:cnt":{"rn":"c"}}"#), Status::CREATED);
    expect(
        create("cse-in", 2, &format!(r#"{{"m2m:ae":{{"rn":"Cae1",{AE}}}}}"#)).clone(),
        Status::ORIGINATOR_HAS_ALREADY_REGISTERED,
    );
    expect(create("cse-in", 2, &format!(r#"{{"m2m:ae":{{"rn":"Cae1",{AE}}}}}"#)).from("Cae9"), Status::CONFLICT);
}

#[test]
fn a_tree_is_so_deep_and_no_deeper() {
    let mut world = house();
    let mut to = "cse-in/Cae1".to_owned();
    for level in 2..=32 {
        let made = send(&mut world, create(&to, 3, r#"{"m2m:cnt":{"rn":"d"}}"#));
        assert_eq!(made.status, Status::CREATED, "level {level}");
        to += "/d";
    }
    assert_eq!(send(&mut world, create(&to, 3, r#"{"m2m:cnt":{"rn":"d"}}"#)).status, Status::CONTENTS_UNACCEPTABLE);
    world.delete("Cae1", "cse-in/Cae1/d");
    world.check();
}

#[test]
fn the_cse_base_is_only_read() {
    let mut notify = Request::new(Operation::Notify, "cse-in").from("CAdmin");
    notify.content = Some(json(r#"{"m2m:sgn":{}}"#));
    let mut update = Request::new(Operation::Update, "cse-in").from("CAdmin");
    update.content = Some(json(r#"{"m2m:cb":{"lbl":["a"]}}"#));
    for request in [
        notify,
        update,
        Request::delete("cse-in").from("CAdmin"),
        create("cse-in", 5, r#"{"m2m:cb":{}}"#).from("CAdmin"),
    ] {
        expect(request, Status::OPERATION_NOT_ALLOWED);
    }
}

/// TS-0004 7.3.3.17.9: what has a condition of its own is no attribute condition; what is nothing is refused.
#[test]
fn criteria_are_conditions_or_attributes() {
    for (name, status) in
        [("mni", Status::OK), ("p.mni", Status::OK), ("ct", BAD), ("c.lt", BAD), ("cs", BAD), ("xyz", BAD)]
    {
        expect(retrieve().filtered(criteria(&[("fu", "1"), (name, "1")])), status);
    }
}
