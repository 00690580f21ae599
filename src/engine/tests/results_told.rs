//! Where requests that do not wait, polling channels and notifications meet (TS-0004 7.5.1.2.5, TS-0001 10.2.5.12).

use super::orders::{address, after, house, label, order, outcome, targets, wanting};
use super::outside::Mood;
use super::polling::{answer, poll, reply, taken};
use super::{World, json};
use crate::primitive::{Request, ResponseType, Status};
use crate::value::{Map, SmolStr, Value};

fn asynch(request: Request, targets: Option<&[&str]>) -> Request {
    let mut request = wanting(ResponseType::NonBlockingAsynch, request).identified("mine");
    request.notification_uris = targets.map(|targets| targets.iter().map(|target| SmolStr::from(*target)).collect());
    request
}

/// The response in a notification.
fn response(content: &Value) -> Map {
    content.as_map().unwrap().get("m2m:rsp").unwrap().as_map().unwrap().clone()
}

#[test]
fn the_result_goes_to_whoever_was_named() {
    let mut world = house();
    world.update("Cae1", "cse-in/Cae1", r#"{"m2m:ae":{"rr":true,"poa":["http://ae1"]}}"#);
    order(&mut world, asynch(label("a"), None));
    world.pass(1);
    let told = world.outside.said_to("http://ae1");
    let [told] = &told[..] else { panic!("{told:?}") };
    let told = response(told);
    for (name, expected) in [("rsc", "2004"), ("rqi", r#""mine""#), ("to", r#""Cae1""#), ("fr", r#""/id-in""#)] {
        assert_eq!(told.get(name), Some(&json(expected)), "{name}");
    }
    assert!(told.get("pc").unwrap().as_map().unwrap().contains("m2m:cnt"));
    order(&mut world, asynch(label("b"), Some(&["http://x", "http://y"])));
    order(&mut world, asynch(label("c"), Some(&[])));
    world.pass(1);
    for (target, count) in [("http://x", 1), ("http://y", 1), ("http://ae1", 0)] {
        assert_eq!(world.outside.said_to(target).len(), count, "{target}");
    }
    world.check();
}

#[test]
fn a_refusal_is_told_too_and_a_target_that_was_away_hears_of_it_later() {
    let mut world = house();
    world.outside.at("http://x", Mood::Gone);
    let uri = order(&mut world, asynch(Request::retrieve("cse-in/nothing").from("Cae1"), Some(&["http://x"])));
    world.pass(2);
    assert_eq!(outcome(&mut world, &uri).0, 2);
    world.delete("Cae1", &uri);
    world.restart();
    world.outside.at("http://x", Mood::Answers(Status::OK));
    world.pass(3600);
    let told = world.outside.said_to("http://x");
    let [told] = &told[..] else { panic!("{told:?}") };
    assert_eq!(response(told).get("rsc"), Some(&json("4004")));
    world.check();
}

#[test]
fn whoever_subscribed_to_a_request_resource_hears_when_it_is_done() {
    let mut world = house();
    let mut later = wanting(ResponseType::NonBlockingSynch, label("x"));
    later.operation_execution_time = after(10);
    let uri = order(&mut world, later);
    let subscription = r#"{"m2m:sub":{"nu":["http://listener"],"enc":{"net":[1]}}}"#;
    let created = world.create("Cae1", &uri, 23, subscription);
    assert_eq!(created.status, Status::CREATED, "{:?}", created.value());
    world.outside.said_to("http://listener");
    world.pass(11);
    let told = world.outside.said_to("http://listener");
    let [told] = &told[..] else { panic!("{told:?}") };
    let event = told.as_map().unwrap().get("m2m:sgn").unwrap().as_map().unwrap().get("nev").unwrap();
    let rep = event.as_map().unwrap().get("rep").unwrap().as_map().unwrap().get("m2m:req").unwrap();
    assert_eq!(rep.as_map().unwrap().get("rs"), Some(&json("1")));
    world.check();
}

/// An AE that cannot be called, and a subscription that tells it of new instances.
fn shy_subscriber(channel: bool) -> World {
    let mut world = house();
    world.register("Cshy");
    if channel {
        open_channel(&mut world);
    }
    let subscription = r#"{"m2m:sub":{"nu":["Cshy"],"enc":{"net":[3]}}}"#;
    if channel {
        // It is asked before it is told anything.
        let listens = poll(&mut world);
        let ticket = world.next_ticket();
        let mut creates = super::validation::create("cse-in/Cae1/c", 23, subscription).from("CAdmin");
        assert_eq!(world.try_send(&mut creates), None);
        let asked = reply(&mut world, listens);
        assert_eq!(world.send(answer(&taken(&asked), 2000)).status, Status::OK);
        assert_eq!(reply(&mut world, ticket).status, Status::CREATED);
    }
    world
}

fn open_channel(world: &mut World) {
    let created = world.create("Cshy", "cse-in/Cshy", 15, r#"{"m2m:pch":{"rn":"pch"}}"#);
    assert_eq!(created.status, Status::CREATED);
}

#[test]
fn an_ae_that_polls_gets_its_notifications_one_by_one() {
    let mut world = shy_subscriber(true);
    for n in 0..3 {
        world.instance("Cae1", "cse-in/Cae1/c", &n.to_string());
    }
    for n in 0..3 {
        let listens = poll(&mut world);
        let came = reply(&mut world, listens);
        let content = String::from_utf8(crate::codec::json::encode(&came.value())).unwrap();
        assert!(content.contains(&format!(r#""con":"{n}""#)), "{content}");
        assert_eq!(world.send(answer(&taken(&came), 2000)).status, Status::OK);
    }
    let listens = poll(&mut world);
    assert!(world.later.is_empty(), "there is nothing more");
    world.instance("Cae1", "cse-in/Cae1/c", "3");
    let came = reply(&mut world, listens);
    world.send(answer(&taken(&came), 2000));
    world.check();
}

#[test]
fn what_nobody_polled_waits_for_days_and_across_restarts() {
    let mut world = shy_subscriber(true);
    world.instance("Cae1", "cse-in/Cae1/c", "0");
    world.pass(3 * 86_400);
    world.restart();
    let listens = poll(&mut world);
    let came = reply(&mut world, listens);
    assert_eq!(world.send(answer(&taken(&came), 2000)).status, Status::OK);
    let listens = poll(&mut world);
    assert!(world.later.is_empty());
    world.pass(61);
    assert_eq!(reply(&mut world, listens).status, Status::REQUEST_TIMEOUT);
    world.check();
}

#[test]
fn the_result_of_a_request_waits_until_its_originator_has_a_way_to_hear_of_it() {
    let mut world = shy_subscriber(false);
    let search = Request::retrieve("cse-in/Cshy").from("Cshy");
    let acknowledgement = world.send(asynch(search, None));
    address(&acknowledgement);
    world.pass(5);
    open_channel(&mut world);
    let listens = poll(&mut world);
    let came = reply(&mut world, listens);
    let content = came.value();
    let request = content.as_map().unwrap().get("m2m:rqp").unwrap().as_map().unwrap();
    assert_eq!(response(request.get("pc").unwrap()).get("rsc"), Some(&json("2000")));
    world.check();
}

#[test]
fn the_originator_is_told_unless_others_are_named_or_nobody() {
    let mut world = house();
    let asynch = |named: Option<Vec<SmolStr>>| {
        let mut request = wanting(ResponseType::NonBlockingAsynch, label("x"));
        request.notification_uris = named;
        request
    };
    for (named, expected) in [
        (None, json(r#"["Cae1"]"#)),
        (Some(vec!["http://a".into(), "Cae2".into()]), json(r#"["http://a","Cae2"]"#)),
        (Some(Vec::new()), Value::Null),
    ] {
        let uri = order(&mut world, asynch(named));
        assert_eq!(targets(&world, &uri), expected);
        world.pass(0);
        assert_eq!(outcome(&mut world, &uri).0, 1);
    }
}
