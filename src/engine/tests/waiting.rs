//! Requests with times and response types (TS-0001 8.1.2, TS-0004 7.3.2.1): later, too late, or not to be answered.

use super::validation::{expect, retrieve, send};
use super::{World, json};
use crate::engine::{Input, Output};
use crate::primitive::{Operation, Request, Response, ResponseType, Status};
use crate::value::{AbsRelTimestamp, Timestamp, Value};

fn later(millis: i64, mut request: Request) -> Request {
    request.operation_execution_time = Some(AbsRelTimestamp::After(millis));
    request
}

fn label(text: &str) -> Request {
    let mut request = Request::new(Operation::Update, "cse-in/Cae1/c").from("Cae1");
    request.content = Some(json(&format!(r#"{{"m2m:cnt":{{"lbl":["{text}"]}}}}"#)));
    request
}

fn house(change: impl FnOnce(&mut crate::config::CseConfig)) -> World {
    let mut world = World::with(change);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    world
}

fn labels(world: &mut World) -> Value {
    world.attribute("cse-in/Cae1/c", "lbl")
}

fn answered(world: &mut World) -> Option<Response> {
    world.last_deferred.take()
}

#[test]
fn a_request_waits_for_its_time_whatever_it_is() {
    let mut world = house(|_| ());
    assert_eq!(world.try_send(&mut later(10_000, label("late"))), None);
    assert_eq!(world.try_send(&mut later(5_000, Request::retrieve("cse-in/Cae1/c").from("Cae1"))), None);
    answered(&mut world);
    world.pass(6);
    let seen = answered(&mut world).unwrap();
    assert_eq!((seen.status, seen.attributes().unwrap().contains("lbl")), (Status::OK, false));
    world.pass(6);
    assert_eq!(answered(&mut world).unwrap().status, Status::UPDATED);
    assert_eq!(labels(&mut world), json(r#"["late"]"#));
}

#[test]
fn the_order_is_that_of_their_times_and_then_of_their_coming() {
    let mut world = house(|_| ());
    for (millis, text) in [(9_000, "c"), (5_000, "a"), (9_000, "d"), (7_000, "b")] {
        assert_eq!(world.try_send(&mut later(millis, label(text))), None);
    }
    // The third came two thousandths of a second after the first.
    let mut seen = Vec::new();
    for _ in 0..3 {
        world.pass(if seen.is_empty() { 6 } else { 2 });
        seen.push(labels(&mut world));
    }
    assert_eq!(seen, ["a", "b", "d"].map(|text| json(&format!(r#"["{text}"]"#))));
}

#[test]
fn a_time_that_has_passed_is_now() {
    let mut world = house(|_| ());
    for millis in [0, -7_000] {
        assert_eq!(world.send(later(millis, label("now"))).status, Status::UPDATED);
    }
}

#[test]
fn one_that_would_expire_before_its_time_contradicts_itself() {
    let mut world = house(|_| ());
    for expiring in [true, false] {
        let mut request = later(10_000, label("late"));
        let early = Some(AbsRelTimestamp::After(5_000));
        if expiring {
            request.request_expiration_timestamp = early;
        } else {
            request.result_expiration_timestamp = early;
        }
        assert_eq!(world.send(request).status, Status::BAD_REQUEST);
    }
    world.pass(20);
    assert_eq!(labels(&mut world), Value::Null);
}

/// What can only fail need not wait, and takes nobody's place.
#[test]
fn one_that_has_expired_or_is_malformed_is_turned_down_at_once() {
    let mut world = house(|config| config.limits.waiting_requests = 1);
    let mut expired = later(10_000, label("late"));
    expired.request_expiration_timestamp = Some(AbsRelTimestamp::After(-1));
    assert_eq!(world.send(expired).status, Status::REQUEST_TIMEOUT);
    let mut hopeless = later(10_000, label("late"));
    hopeless.request_expiration_timestamp = Some(AbsRelTimestamp::After(5_000));
    assert_eq!(world.send(hopeless).status, Status::BAD_REQUEST, "it would expire before its time");
    let mut nobody = later(10_000, label("late"));
    nobody.originator = None;
    assert_eq!(world.send(nobody).status, Status::BAD_REQUEST);
    assert_eq!(world.try_send(&mut later(10_000, label("late"))), None, "there is still room");
}

#[test]
fn only_so_many_wait() {
    let mut world = house(|config| config.limits.waiting_requests = 2);
    for _ in 0..2 {
        assert_eq!(world.try_send(&mut later(10_000, label("x"))), None);
    }
    assert_eq!(world.send(later(10_000, label("y"))).status, Status::NOT_IMPLEMENTED);
    assert_eq!(world.send(label("z")).status, Status::UPDATED, "who does not want to wait is not held up");
    world.pass(11);
    assert_eq!(world.try_send(&mut later(10_000, label("x"))), None, "there is room again");
}

/// A request is acknowledged by its answer; these have none yet.
#[test]
fn a_restart_forgets_those_who_wait() {
    let mut world = house(|_| ());
    assert_eq!(world.try_send(&mut later(10_000, label("late"))), None);
    world.restart();
    world.pass(20);
    assert_eq!(labels(&mut world), Value::Null);
}

/// Privileges count when the operation is carried out, not when it was asked for.
#[test]
fn what_is_allowed_now_may_be_refused_then() {
    let mut world = house(|_| ());
    world.try_send(&mut later(10_000, label("late")));
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"cstn":"Cae2"}}"#);
    answered(&mut world);
    world.pass(11);
    assert_eq!(answered(&mut world).unwrap().status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
}

#[test]
fn whoever_need_not_wait_is_acknowledged() {
    for (rt, status) in [
        (ResponseType::NonBlockingSynch, Status::ACCEPTED_NON_BLOCKING_SYNCH),
        (ResponseType::NonBlockingAsynch, Status::ACCEPTED_NON_BLOCKING_ASYNCH),
        (ResponseType::Blocking, Status::OK),
        (ResponseType::FlexBlocking, Status::OK),
        (ResponseType::NoResponse, Status::OK),
    ] {
        let mut request = retrieve();
        request.response_type = Some(rt);
        let response = house(|_| ()).send(request);
        assert_eq!((response.status, response.silent), (status, rt == ResponseType::NoResponse), "{rt:?}");
    }
}

#[test]
fn what_has_expired_is_not_done() {
    let past = AbsRelTimestamp::At(Timestamp::parse("20261121T012959").unwrap());
    let future = AbsRelTimestamp::At(Timestamp::parse("20261121T013059").unwrap());
    for (at, status) in [
        (past, Status::REQUEST_TIMEOUT),
        (AbsRelTimestamp::After(0), Status::REQUEST_TIMEOUT),
        (AbsRelTimestamp::After(-5), Status::REQUEST_TIMEOUT),
        (future, Status::OK),
        (AbsRelTimestamp::After(5), Status::OK),
    ] {
        let mut request = retrieve();
        request.request_expiration_timestamp = Some(at);
        expect(request.clone(), status);
        request.result_expiration_timestamp = request.request_expiration_timestamp.take();
        expect(request, status);
    }
    let mut request = retrieve();
    request.result_expiration_timestamp = Some(AbsRelTimestamp::After(5000));
    let mut world = house(|_| ());
    let response = send(&mut world, request);
    assert_eq!(response.result_expiration_timestamp, Some(world.now.plus_seconds(5)));
}

/// A store that can be told to fail.
#[derive(Debug, Default)]
struct Failing {
    rows: crate::store::memory::MemoryStore,
    fails: std::sync::atomic::AtomicBool,
}

impl crate::store::Store for Failing {
    fn snapshot(&self) -> Result<Box<dyn crate::store::Snapshot>, crate::store::StoreError> {
        self.rows.snapshot()
    }

    fn commit(
        &self,
        base: &dyn crate::store::Snapshot,
        changes: &crate::store::ChangeSet,
        durability: crate::store::Durability,
    ) -> Result<(), crate::store::StoreError> {
        if self.fails.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(crate::store::StoreError::Corrupt { table: "all", reason: "told to fail".into() });
        }
        self.rows.commit(base, changes, durability)
    }
}

/// Whatever is answered beside it: nobody is told that something was done when the commit has failed.
#[test]
fn a_failed_commit_is_told_to_those_whom_it_concerns() {
    let store = std::sync::Arc::new(Failing::default());
    let mut world = World::over(store.clone(), |config| config.limits.waiting_requests = 0);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    store.fails.store(true, std::sync::atomic::Ordering::Relaxed);
    let requests = [later(9_000, label("x")), label("y"), Request::retrieve("cse-in/Cae1").from("Cae1")];
    let inputs = requests.into_iter().map(|request| Input::Request(0, Box::new(request.identified("r"))));
    let outputs = world.engine.handle_all(inputs.collect(), world.now);
    let told = |output: &Output| match output {
        Output::Reply(_, response) => response.status,
        other => panic!("{other:?}"),
    };
    let statuses: Vec<Status> = outputs.iter().map(told).collect();
    assert_eq!(statuses, [Status::NOT_IMPLEMENTED, Status::INTERNAL_SERVER_ERROR, Status::OK]);
}
