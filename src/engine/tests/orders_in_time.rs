//! Requests that do not wait and take their time: later ones, restarts, ends, limits (TS-0004 7.3.2.2, 7.4.12.2.4).

use super::orders::{after, house, label, labels, later, order, outcome, synch};
use super::outside::Mood;
use super::validation::send;
use super::{World, json};
use crate::engine::ChangeKind;
use crate::primitive::{Operation, Request, Status};
use crate::tree;
use crate::value::Value;

#[test]
fn privileges_count_when_the_operation_is_carried_out() {
    let mut world = house();
    let uri = order(&mut world, later(10, synch(label("late"))));
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"cstn":"Cae2"}}"#);
    world.pass(11);
    let (rs, rsc, _) = outcome(&mut world, &uri);
    assert_eq!((rs, rsc), (2, 4103));
}

#[test]
fn an_order_for_later_survives_a_restart() {
    let mut world = house();
    let first = order(&mut world, synch(label("first")));
    let second = order(&mut world, later(30, synch(label("second"))));
    world.restart();
    world.pass(1);
    assert_eq!(outcome(&mut world, &first).0, 1);
    assert_eq!((outcome(&mut world, &second).0, labels(&mut world)), (3, json(r#"["first"]"#)));
    world.restart();
    world.pass(30);
    assert_eq!((outcome(&mut world, &second).0, labels(&mut world)), (1, json(r#"["second"]"#)));
    world.check();
}

#[test]
fn what_has_not_begun_can_be_called_off() {
    let mut world = house();
    let uri = order(&mut world, later(10, synch(label("late"))));
    assert_eq!(world.delete("Cae1", &uri).status, Status::DELETED);
    world.pass(20);
    assert_eq!(labels(&mut world), Value::Null);
    assert_eq!(world.engine.next_due().filter(|at| *at < world.now.plus_seconds(3600)), None, "nothing is left of it");
    world.check();
}

/// An AE whose listener does not answer: what is told to it waits.
fn with_a_slow_listener() -> (World, Request) {
    let mut world = house();
    let ae = r#"{"m2m:ae":{"rn":"Cslow","api":"Napp","rr":true,"srv":["3"],"poa":["http://slow"]}}"#;
    assert_eq!(world.create("Cslow", "cse-in", 2, ae).status, Status::CREATED);
    world.outside.at("http://slow", Mood::Stalls);
    let mut notify = Request::new(Operation::Notify, "cse-in/Cslow").from("CAdmin");
    notify.content = Some(json(r#"{"m2m:sgn":{"sur":"x"}}"#));
    (world, notify)
}

#[test]
fn what_is_under_way_cannot_be_called_off() {
    let (mut world, notify) = with_a_slow_listener();
    let uri = order(&mut world, synch(notify));
    world.pass(1);
    assert_eq!(world.outside.kept.len(), 1);
    assert_eq!(world.delete("CAdmin", &uri).status, Status::UNABLE_TO_RECALL_REQUEST);
    world.pass(20);
    let (rs, rsc, _) = outcome(&mut world, &uri);
    assert_eq!((rs, rsc), (2, 5103));
    assert_eq!(world.delete("CAdmin", &uri).status, Status::DELETED);
    world.check();
}

#[test]
fn what_was_under_way_is_taken_up_again_after_a_restart() {
    let (mut world, notify) = with_a_slow_listener();
    let uri = order(&mut world, synch(notify));
    world.pass(1);
    world.restart();
    world.outside.at("http://slow", Mood::Answers(Status::OK));
    world.pass(5);
    assert_eq!(outcome(&mut world, &uri).0, 3, "somebody may be at it still");
    world.pass(60);
    let (rs, rsc, _) = outcome(&mut world, &uri);
    assert_eq!((rs, rsc), (1, 2000));
    world.check();
}

#[test]
fn what_takes_long_is_not_begun_twice() {
    let mut world = World::with(|config| config.limits.call_timeout = 150);
    let ae = r#"{"m2m:ae":{"rn":"Cslow","api":"Napp","rr":true,"srv":["3"],"poa":["http://slow"]}}"#;
    world.create("Cslow", "cse-in", 2, ae);
    world.outside.at("http://slow", Mood::Stalls);
    let mut notify = Request::new(Operation::Notify, "cse-in/Cslow").from("CAdmin");
    notify.content = Some(json(r#"{"m2m:sgn":{"sur":"x"}}"#));
    let uri = order(&mut world, synch(notify));
    world.pass(140);
    assert_eq!((world.outside.calls, outcome(&mut world, &uri).0), (1, 3));
    world.pass(20);
    assert_eq!((world.outside.calls, outcome(&mut world, &uri).0), (1, 2));
    world.check();
}

#[test]
fn a_request_that_expires_before_it_is_done_fails() {
    let (mut world, mut notify) = with_a_slow_listener();
    notify.request_expiration_timestamp = after(5);
    notify.result_expiration_timestamp = after(60);
    let uri = order(&mut world, synch(notify));
    world.pass(6);
    let (rs, rsc, _) = outcome(&mut world, &uri);
    assert_eq!((rs, rsc), (2, 4008));
}

#[test]
fn an_expired_request_resource_takes_what_it_stands_for_with_it() {
    let (mut world, mut notify) = with_a_slow_listener();
    notify.result_expiration_timestamp = after(5);
    let uri = order(&mut world, synch(notify));
    world.pass(3);
    world.changes.clear();
    world.pass(70);
    assert_eq!(world.retrieve("CAdmin", &uri).status, Status::NOT_FOUND);
    let kinds: Vec<ChangeKind> = world.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds.last(), Some(&ChangeKind::Expired), "{kinds:?}");
    world.check();
}

#[test]
fn a_result_is_kept_as_long_as_was_asked_for() {
    let mut world = house();
    for (rp, rset, kept) in [(None, None, 3600), (after(20), None, 20), (None, after(30), 30)] {
        let mut request = synch(label("x"));
        (request.result_persistence, request.result_expiration_timestamp) = (rp, rset);
        let uri = order(&mut world, request);
        world.pass(kept - 1);
        assert_eq!(outcome(&mut world, &uri).0, 1);
        world.pass(2);
        assert_eq!(world.retrieve("Cae1", &uri).status, Status::NOT_FOUND);
    }
    let mut request = synch(label("x"));
    request.result_persistence = after(1_000_000_000);
    assert_eq!(send(&mut world, request).status, Status::BAD_REQUEST);
    world.check();
}

#[test]
fn only_so_many_exist() {
    let mut world = World::with(|config| config.limits.request_resources = 2);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    let first = order(&mut world, synch(label("a")));
    let mut short = synch(label("b"));
    short.result_persistence = after(60);
    order(&mut world, short);
    assert_eq!(send(&mut world, synch(label("c"))).status, Status::INTERNAL_SERVER_ERROR);
    assert_eq!(world.send(label("d")).status, Status::UPDATED, "who waits is not held up");
    world.delete("Cae1", &first);
    order(&mut world, synch(label("e")));
    assert_eq!(send(&mut world, synch(label("f"))).status, Status::INTERNAL_SERVER_ERROR);
    world.restart();
    assert_eq!(send(&mut world, synch(label("g"))).status, Status::INTERNAL_SERVER_ERROR);
    world.pass(61);
    order(&mut world, synch(label("h")));
}

#[test]
fn an_order_that_was_damaged_does_not_stop_the_clock() {
    let mut world = house();
    let uri = order(&mut world, later(10, synch(label("x"))));
    let key = tree::node_of(&uri).unwrap().0.to_be_bytes();
    let mut changes = crate::store::ChangeSet::new();
    changes.put(tree::tables::ORDER, key.to_vec(), b"?".to_vec());
    let snapshot = world.store.snapshot().unwrap();
    world.store.commit(&*snapshot, &changes, crate::store::Durability::Synced).unwrap();
    let good = order(&mut world, later(10, synch(label("good"))));
    world.pass(11);
    assert_eq!((outcome(&mut world, &uri).0, outcome(&mut world, &good).0), (3, 1));
}
