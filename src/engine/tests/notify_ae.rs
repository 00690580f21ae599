//! NOTIFY to an AE and to the CSE itself (TS-0004 7.3.3.9).

use super::orders::{after, order, outcome, synch};
use super::outside::Mood;
use super::polling::{answer, ask, house, notification, poll, reply, start, taken};
use super::validation::send;
use super::{World, json};
use crate::primitive::Status;
use crate::value::Value;

#[test]
fn nobody_polls_or_nobody_answers_in_time() {
    let mut world = house();
    let unheard = ask(&mut world, "q1");
    world.pass(11);
    assert_eq!(reply(&mut world, unheard).status, Status::TARGET_NOT_REACHABLE);
    // A request that says how long it is worth something waits as long, and no longer.
    let mut patient = notification("q2");
    patient.request_expiration_timestamp = after(40);
    let ticket = start(&mut world, patient);
    world.pass(30);
    let poll = poll(&mut world);
    let came = reply(&mut world, poll);
    assert_eq!(taken(&came), "q2");
    world.pass(11);
    assert_eq!(reply(&mut world, ticket).status, Status::REQUEST_TIMEOUT);
    assert_eq!(send(&mut world, answer("q2", 2000)).status, Status::NOT_FOUND);
    world.check();
}

/// What an AE with points of access is told goes there, one after the other; one that has neither is not reached.
#[test]
fn an_ae_that_can_be_called_is_called() {
    let mut world = World::new();
    world.register("Cmute");
    let ae = r#"{"m2m:ae":{"rn":"Cshy","api":"Napp","rr":true,"srv":["3"],"poa":["http://a","http://b"]}}"#;
    world.create("Cshy", "cse-in", 2, ae);
    world.outside.at("http://a", Mood::Gone);
    world.outside.at("http://b", Mood::Answers(Status::new(4127)));
    let ticket = ask(&mut world, "q1");
    assert_eq!(reply(&mut world, ticket).status, Status::new(4127));
    assert_eq!(world.outside.said_to("http://b"), [json(r#"{"m2m:sgn":{"sur":"q1"}}"#)]);
    world.outside.at("http://b", Mood::Gone);
    let ticket = ask(&mut world, "q2");
    assert_eq!(reply(&mut world, ticket).status, Status::TARGET_NOT_REACHABLE);
    let mut mute = notification("q3");
    mute.to = "cse-in/Cmute".into();
    assert_eq!(send(&mut world, mute).status, Status::TARGET_NOT_REACHABLE);
    let mut stranger = notification("q4");
    stranger.originator = Some("Cmute".into());
    assert_eq!(send(&mut world, stranger).status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
}

#[test]
fn whoever_is_to_be_notified_may_ask_whether_the_cse_is_there() {
    let mut world = house();
    let mut verifies = notification("v");
    (verifies.to, verifies.content) = ("cse-in".into(), Some(json(r#"{"m2m:sgn":{"vrq":true}}"#)));
    assert_eq!(world.send(verifies.clone()).status, Status::OK);
    verifies.originator = Some("Cshy".into());
    assert_eq!(send(&mut world, verifies).status, Status::SUBSCRIPTION_HOST_HAS_NO_PRIVILEGE);
    let mut other = notification("n");
    other.to = "cse-in".into();
    assert_eq!(send(&mut world, other).status, Status::OPERATION_NOT_ALLOWED);
}

#[test]
fn a_subscription_elsewhere_is_welcome_when_its_host_and_its_creator_are() {
    let mut world = World::new();
    let ae = r#"{"m2m:ae":{"rn":"Cshy","api":"Napp","rr":true,"srv":["3"],"poa":["http://a"]}}"#;
    world.create("Cshy", "cse-in", 2, ae);
    let policy = r#"{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["/id-a","/id-a/Cgood"],"acop":16}]},
        "pvs":{"acr":[{"acor":["Cshy"],"acop":63}]}}}"#;
    world.create("Cshy", "cse-in/Cshy", 1, policy);
    assert_eq!(world.update("Cshy", "cse-in/Cshy", r#"{"m2m:ae":{"acpi":["cse-in/Cshy/p"]}}"#).status, Status::UPDATED);
    let mut ask = |host: &str, creator: &str| {
        let mut verifies = notification("v");
        verifies.originator = Some(host.into());
        verifies.content = Some(json(&format!(r#"{{"m2m:sgn":{{"vrq":true,"sur":"/id-a/sub-1","cr":"{creator}"}}}}"#)));
        send(&mut world, verifies).status
    };
    // An identifier without CSE belongs to the CSE that says it.
    assert_eq!([ask("/id-a", "Cgood"), ask("/id-a", "/id-a/Cgood")], [Status::OK; 2]);
    assert_eq!(ask("/id-a", "Cbad"), Status::SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE);
    assert_eq!(ask("/id-b", "/id-a/Cgood"), Status::SUBSCRIPTION_HOST_HAS_NO_PRIVILEGE);
}

#[test]
fn who_does_not_wait_finds_the_answer_of_the_ae_in_the_request_resource() {
    let mut world = house();
    let uri = order(&mut world, synch(notification("q1")));
    world.pass(1);
    let poll = poll(&mut world);
    let came = reply(&mut world, poll);
    assert_eq!(taken(&came), "q1");
    let content = came.value();
    let request = content.as_map().unwrap().get("m2m:rqp").unwrap().as_map().unwrap();
    assert_eq!(request.get("rt"), None, "this CSE waits for the answer");
    assert_eq!(outcome(&mut world, &uri).0, 3);
    world.send(answer("q1", 2000));
    assert_eq!(outcome(&mut world, &uri), (1, 2000, None));
    assert_eq!(world.attribute(&uri, "ty"), Value::from(17_u32));
    world.check();
}
