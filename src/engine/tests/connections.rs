//! AEs that are reached over the connection that they opened (TS-0020 6.4, 6.5).

use super::outside::Mood;
use super::{World, json};
use crate::engine::{Answer, Failure, Input};
use crate::primitive::{ConnectionId, Operation, Request, Response, Status};
use crate::value::Map;

/// A request over the connection of that number.
fn over(world: &mut World, connection: u64, mut request: Request) -> Response {
    request.access.connection = Some(ConnectionId(connection));
    // The reader leaves the first one to the engine.
    world.send(request)
}

fn hello(world: &mut World, connection: u64, from: &str) -> Response {
    over(world, connection, Request::retrieve(format!("cse-in/{from}")).from(from))
}

fn close(world: &mut World, connection: u64) {
    world.engine.handle(Input::Disconnected(ConnectionId(connection)), world.now);
}

/// An AE `Clamp` with a container, and a subscription that tells it of every instance.
fn house() -> World {
    let mut world = World::new();
    world.furnish("Clamp", r#"{"m2m:cnt":{"rn":"c"}}"#);
    let sub = r#"{"m2m:sub":{"rn":"s","nu":["Clamp"],"nct":1,"enc":{"net":[3]}}}"#;
    assert_eq!(world.create("Clamp", "cse-in/Clamp/c", 23, sub).status, Status::CREATED);
    world
}

fn told(world: &mut World, url: &str) -> usize {
    world.outside.said_to(url).len()
}

#[test]
fn what_waited_is_told_over_the_connection_that_the_ae_opens() {
    let mut world = house();
    world.instance("Clamp", "cse-in/Clamp/c", "1");
    assert_eq!(world.outside.calls, 0);
    assert_eq!(hello(&mut world, 5, "Clamp").status, Status::OK);
    assert_eq!(told(&mut world, "connection://5"), 1);
    world.instance("Clamp", "cse-in/Clamp/c", "2");
    assert_eq!(told(&mut world, "connection://5"), 1);
    // Closed, the lane sleeps; open again, it goes on.
    close(&mut world, 5);
    world.instance("Clamp", "cse-in/Clamp/c", "3");
    assert_eq!(world.outside.calls, 2);
    hello(&mut world, 6, "Clamp");
    assert_eq!(told(&mut world, "connection://6"), 1);
    world.check();
}

/// Somebody who has proved to be one AE, and may speak for no other.
fn open(world: &mut World, connection: u64, originator: &str) {
    world.say(Input::Connected(ConnectionId(connection), originator.into()));
}

#[test]
fn an_ae_that_proved_who_it_is_is_told_before_it_says_anything() {
    let mut world = house();
    world.instance("Clamp", "cse-in/Clamp/c", "1");
    open(&mut world, 5, "/id-in/Clamp");
    assert_eq!(told(&mut world, "connection://5"), 1);
    world.instance("Clamp", "cse-in/Clamp/c", "2");
    assert_eq!(told(&mut world, "connection://5"), 1);
    close(&mut world, 5);
    world.instance("Clamp", "cse-in/Clamp/c", "3");
    // A container, a resource's name, another CSE, and nobody are no AEs.
    for (connection, other) in [(6, "Clamp/c"), (7, "cse-in/Clamp"), (8, "/id-mn"), (9, "Cnobody")] {
        open(&mut world, connection, other);
    }
    assert_eq!(world.outside.calls, 2);
    open(&mut world, 10, "Clamp");
    assert_eq!(told(&mut world, "connection://10"), 1);
    world.check();
}

#[test]
fn only_a_success_in_the_name_of_a_registered_ae_says_who_is_there() {
    let mut world = house();
    world.register("Cother");
    world.instance("Clamp", "cse-in/Clamp/c", "1");
    // Somebody else, somebody unknown, and a request in its name that was turned down.
    assert_eq!(hello(&mut world, 5, "Cother").status, Status::OK);
    over(&mut world, 5, Request::retrieve("cse-in").from("Cnobody"));
    let refused = over(&mut world, 5, Request::retrieve("cse-in/Cother").from("Clamp"));
    assert_eq!(refused.status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    // The administrator's success is not the AE's, whatever it touches.
    over(&mut world, 5, Request::retrieve("cse-in/Clamp").from("CAdmin"));
    assert_eq!(world.outside.calls, 0);
    hello(&mut world, 5, "Clamp");
    assert_eq!(told(&mut world, "connection://5"), 1);
}

#[test]
fn a_registration_says_who_is_there_even_when_the_cse_chooses_the_name() {
    let mut world = World::new();
    let mut request = Request::create("cse-in", 2, "m2m:ae", Map::new());
    request.content = Some(json(r#"{"m2m:ae":{"rn":"new","api":"Napp","rr":false,"srv":["3"]}}"#));
    request.release_version_indicator = crate::primitive::ReleaseVersion::R3;
    request.originator = Some("C".into());
    assert_eq!(over(&mut world, 9, request).status, Status::CREATED);
    let mut notify = Request::new(Operation::Notify, "cse-in/new").from("CAdmin").identified("q");
    notify.content = Some(json(r#"{"m2m:sgn":{"sur":"x"}}"#));
    world.try_send(&mut notify);
    assert_eq!(world.last_deferred.clone().unwrap().status, Status::OK);
    assert_eq!(told(&mut world, "connection://9"), 1);
}

#[test]
fn the_name_of_an_ae_that_is_gone_does_not_bring_its_connection_along() {
    let mut world = house();
    hello(&mut world, 5, "Clamp");
    world.delete("Clamp", "cse-in/Clamp");
    world.pass(1);
    world.furnish("Clamp", r#"{"m2m:cnt":{"rn":"c"}}"#);
    let sub = r#"{"m2m:sub":{"rn":"s","nu":["Clamp"],"nct":1,"enc":{"net":[3]}}}"#;
    world.create("Clamp", "cse-in/Clamp/c", 23, sub);
    world.instance("Clamp", "cse-in/Clamp/c", "1");
    assert_eq!(told(&mut world, "connection://5"), 0);
    hello(&mut world, 5, "Clamp");
    assert_eq!(told(&mut world, "connection://5"), 1);
    world.engine.reset(world.now).unwrap();
    world.furnish("Clamp", r#"{"m2m:cnt":{"rn":"c"}}"#);
    world.create("Clamp", "cse-in/Clamp/c", 23, sub);
    world.instance("Clamp", "cse-in/Clamp/c", "1");
    assert_eq!(told(&mut world, "connection://5"), 0);
}

#[test]
fn of_two_connections_the_newer_is_asked_and_the_older_stands_in() {
    let mut world = house();
    hello(&mut world, 5, "Clamp");
    hello(&mut world, 6, "Clamp");
    world.instance("Clamp", "cse-in/Clamp/c", "1");
    assert_eq!((told(&mut world, "connection://6"), told(&mut world, "connection://5")), (1, 0));
    // It is gone, and nobody said so yet.
    world.outside.at("connection://6", Mood::Gone);
    world.instance("Clamp", "cse-in/Clamp/c", "2");
    assert_eq!(told(&mut world, "connection://5"), 1);
    // From now on it is not even tried.
    let calls = world.outside.calls;
    world.instance("Clamp", "cse-in/Clamp/c", "3");
    assert_eq!((world.outside.calls, told(&mut world, "connection://5")), (calls + 1, 1));
}

#[test]
fn a_connection_comes_before_points_of_access_and_behind_a_polling_channel() {
    let mut world = house();
    world.update("Clamp", "cse-in/Clamp", r#"{"m2m:ae":{"rr":true,"poa":["http://a"]}}"#);
    world.instance("Clamp", "cse-in/Clamp/c", "1");
    assert_eq!(told(&mut world, "http://a"), 1);
    hello(&mut world, 5, "Clamp");
    world.instance("Clamp", "cse-in/Clamp/c", "2");
    assert_eq!((told(&mut world, "connection://5"), told(&mut world, "http://a")), (1, 0));
    world.outside.at("connection://5", Mood::Gone);
    world.instance("Clamp", "cse-in/Clamp/c", "3");
    assert_eq!(told(&mut world, "http://a"), 1);
    world.outside.at("connection://6", Mood::Answers(Status::OK));
    hello(&mut world, 6, "Clamp");
    assert_eq!(world.create("Clamp", "cse-in/Clamp", 15, r#"{"m2m:pch":{"rn":"pch"}}"#).status, Status::CREATED);
    world.instance("Clamp", "cse-in/Clamp/c", "4");
    assert_eq!((told(&mut world, "connection://6"), told(&mut world, "http://a")), (0, 0));
}

/// A lane that rests after failures need not wait when its AE comes back.
#[test]
fn who_comes_back_is_told_at_once() {
    let mut world = house();
    hello(&mut world, 5, "Clamp");
    world.outside.at("connection://5", Mood::Stalls);
    world.instance("Clamp", "cse-in/Clamp/c", "1");
    close(&mut world, 5);
    let call = world.outside.kept.pop().unwrap();
    world.answer(call.id, Answer::failed(Failure::Unreachable("it broke".into())));
    assert_eq!(world.outside.calls, 1);
    hello(&mut world, 6, "Clamp");
    assert_eq!(told(&mut world, "connection://6"), 1);
}

#[test]
fn nobody_names_the_connection_of_somebody_else() {
    let mut world = house();
    hello(&mut world, 5, "Clamp");
    world.furnish("Cthief", r#"{"m2m:cnt":{"rn":"c"}}"#);
    let sub = r#"{"m2m:sub":{"rn":"s","nu":["Connection://5"],"nct":1,"enc":{"net":[3]}}}"#;
    let refused = world.create("Cthief", "cse-in/Cthief/c", 23, sub);
    assert!(!refused.status.is_success(), "{:?}", refused.value());
    world.update("Cthief", "cse-in/Cthief", r#"{"m2m:ae":{"rr":true,"poa":["connection://5"]}}"#);
    let mut notify = Request::new(Operation::Notify, "cse-in/Cthief").from("CAdmin").identified("q");
    notify.content = Some(json(r#"{"m2m:sgn":{"sur":"x"}}"#));
    world.try_send(&mut notify);
    assert_eq!(told(&mut world, "connection://5"), 0);
}
