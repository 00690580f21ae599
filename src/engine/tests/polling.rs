//! AEs that cannot be called and listen at polling channels instead (TS-0001 10.2.5.12, TS-0004 7.4.21, 7.4.22).

use super::orders::{after, wanting};
use super::validation::send;
use super::{World, json};
use crate::engine::Input;
use crate::primitive::{Operation, Request, Response, ResponseType, Status};

const PCU: &str = "cse-in/Cshy/pch/pcu";

/// An AE with a polling channel.
pub fn house() -> World {
    furnish(World::new(), "")
}

fn furnish(mut world: World, more: &str) -> World {
    world.register("Cshy");
    let created = world.create("Cshy", "cse-in/Cshy", 15, &format!(r#"{{"m2m:pch":{{"rn":"pch"{more}}}}}"#));
    assert_eq!(created.status, Status::CREATED, "{:?}", created.value());
    world
}

/// Sends a request whose reply may come at once or later. Answers its number.
pub fn start(world: &mut World, mut request: Request) -> u64 {
    let ticket = world.next_ticket();
    if let Some(reply) = world.try_send(&mut request) {
        world.later.push((ticket, reply));
    }
    ticket
}

pub fn poll(world: &mut World) -> u64 {
    start(world, Request::retrieve(PCU).from("Cshy"))
}

pub fn notification(text: &str) -> Request {
    let mut request = Request::new(Operation::Notify, "cse-in/Cshy").from("CAdmin").identified(text);
    request.content = Some(json(&format!(r#"{{"m2m:sgn":{{"sur":"{text}"}}}}"#)));
    request
}

/// Asks the AE something through its channel. Answers the number of the question.
pub fn ask(world: &mut World, text: &str) -> u64 {
    start(world, notification(text))
}

pub fn answer(text: &str, code: u16) -> Request {
    let mut request = Request::new(Operation::Notify, PCU).from("Cshy");
    request.content = Some(json(&format!(r#"{{"m2m:rsp":{{"rsc":{code},"rqi":"{text}","fr":"Cshy"}}}}"#)));
    request
}

/// The reply that came later to that ticket.
#[track_caller]
pub fn reply(world: &mut World, ticket: u64) -> Response {
    let place = world.later.iter().position(|(other, _)| *other == ticket);
    world.later.remove(place.expect("a reply")).1
}

/// The request identifier of what a poll took along.
#[track_caller]
pub fn taken(response: &Response) -> String {
    assert_eq!(response.status, Status::OK, "{:?}", response.value());
    let content = response.value();
    let request = content.as_map().unwrap().get("m2m:rqp").unwrap().as_map().unwrap();
    request.get("rqi").unwrap().as_text().unwrap().to_owned()
}

#[test]
fn a_poll_waits_and_takes_along_what_comes_and_the_answer_goes_back() {
    let mut world = house();
    let poll = poll(&mut world);
    world.pass(20);
    let question = ask(&mut world, "q1");
    let came = reply(&mut world, poll);
    let content = came.value();
    let request = content.as_map().unwrap().get("m2m:rqp").unwrap().as_map().unwrap();
    for (name, expected) in [
        ("op", "5"),
        ("to", r#""cse-in/Cshy""#),
        ("fr", r#""/id-in/CAdmin""#),
        ("rqi", r#""q1""#),
        ("pc", r#"{"m2m:sgn":{"sur":"q1"}}"#),
    ] {
        assert_eq!(request.get(name), Some(&json(expected)), "{name}");
    }
    assert!(world.later.is_empty(), "whoever asked waits for the answer");
    let mut brings = answer("q1", 2000);
    brings.content = Some(json(r#"{"m2m:rsp":{"rsc":4102,"rqi":"q1","pc":{"m2m:dbg":"no"}}}"#));
    assert_eq!(world.send(brings.clone()).status, Status::OK);
    let answered = reply(&mut world, question);
    assert_eq!((&*answered.request_identifier, answered.status), ("q1", Status::CONTENTS_UNACCEPTABLE));
    assert_eq!(answered.value(), json(r#"{"m2m:dbg":"no"}"#));
    assert_eq!(send(&mut world, brings).status, Status::NOT_FOUND, "nobody waits for it a second time");
    world.check();
}

#[test]
fn what_came_before_the_poll_is_taken_along_at_once() {
    let mut world = house();
    let (first, second) = (ask(&mut world, "q1"), ask(&mut world, "q2"));
    for (text, ticket) in [("q1", first), ("q2", second)] {
        let poll = poll(&mut world);
        let came = reply(&mut world, poll);
        assert_eq!(taken(&came), text);
        assert_eq!(world.send(answer(text, 2000)).status, Status::OK);
        assert_eq!(reply(&mut world, ticket).status, Status::OK);
    }
}

#[test]
fn a_poll_ends_when_it_expires_or_after_a_minute() {
    let mut world = house();
    let mut request = Request::retrieve(PCU).from("Cshy");
    request.request_expiration_timestamp = after(5);
    let short = start(&mut world, request);
    let long = poll(&mut world);
    world.pass(6);
    assert_eq!(reply(&mut world, short).status, Status::REQUEST_TIMEOUT);
    world.pass(50);
    assert!(world.later.is_empty());
    world.pass(5);
    assert_eq!(reply(&mut world, long).status, Status::REQUEST_TIMEOUT);
    world.engine.reader().core().set_long_poll(Some(3));
    let tested = poll(&mut world);
    world.pass(4);
    assert_eq!(reply(&mut world, tested).status, Status::REQUEST_TIMEOUT);
}

#[test]
fn the_youngest_of_two_polls_is_served_and_the_oldest_of_five_sent_away() {
    let mut world = house();
    let polls: Vec<u64> = (0..5).map(|_| poll(&mut world)).collect();
    assert_eq!((world.later.len(), reply(&mut world, polls[0]).status), (1, Status::REQUEST_TIMEOUT));
    for (place, text) in [(4, "q1"), (3, "q2")] {
        ask(&mut world, text);
        let came = reply(&mut world, polls[place]);
        assert_eq!(taken(&came), text);
    }
}

#[test]
fn what_a_poll_took_along_that_found_nobody_goes_to_the_next() {
    let mut world = house();
    let lost = poll(&mut world);
    let question = ask(&mut world, "q1");
    let came = reply(&mut world, lost);
    assert_eq!(taken(&came), "q1");
    assert!(world.engine.handle(Input::Gone(lost), world.now).is_empty());
    let next = poll(&mut world);
    let came = reply(&mut world, next);
    assert_eq!(taken(&came), "q1");
    world.send(answer("q1", 2000));
    assert_eq!(reply(&mut world, question).status, Status::OK);
}

#[test]
fn several_come_together_where_that_is_wanted() {
    let mut world = furnish(World::with(|config| config.limits.polled_requests = 2), r#","rqag":true"#);
    let questions: Vec<u64> = ["q1", "q2", "q3"].iter().map(|text| ask(&mut world, text)).collect();
    for expected in [vec!["q1", "q2"], vec!["q3"]] {
        let poll = poll(&mut world);
        let came = reply(&mut world, poll);
        let content = came.value();
        let list = content.as_map().unwrap().get("m2m:agrp").unwrap().as_list().unwrap();
        let came: Vec<&str> =
            list.iter().map(|one| one.as_map().unwrap().get("rqi").unwrap().as_text().unwrap()).collect();
        assert_eq!(came, expected);
    }
    for (text, ticket) in ["q2", "q1", "q3"].into_iter().zip([questions[1], questions[0], questions[2]]) {
        assert_eq!(world.send(answer(text, 2000)).status, Status::OK);
        assert_eq!(reply(&mut world, ticket).status, Status::OK);
    }
}

#[test]
fn the_channel_is_its_aes_alone() {
    let mut world = house();
    world.register("Cother");
    for stranger in ["Cother", "CAdmin"] {
        let mut brings = answer("q1", 2000);
        brings.originator = Some(stranger.into());
        let mut creates = super::validation::create("cse-in/Cshy", 15, r#"{"m2m:pch":{}}"#);
        creates.originator = Some(stranger.into());
        for request in [
            Request::retrieve(PCU).from(stranger),
            brings,
            creates,
            Request::retrieve("cse-in/Cshy/pch").from(stranger),
            Request::delete("cse-in/Cshy/pch").from(stranger),
        ] {
            let response = send(&mut world, request.clone());
            assert_eq!(response.status, Status::ORIGINATOR_HAS_NO_PRIVILEGE, "{request:?}");
        }
    }
    let second = world.create("Cshy", "cse-in/Cshy", 15, r#"{"m2m:pch":{}}"#);
    assert_eq!(second.status, Status::CONFLICT);
    assert_eq!(world.retrieve("Cshy", "cse-in/Cshy/pch").status, Status::OK);
    assert_eq!(world.update("Cshy", "cse-in/Cshy/pch", r#"{"m2m:pch":{"lbl":["x"]}}"#).status, Status::UPDATED);
    assert_eq!(world.create("CAdmin", "cse-in", 15, r#"{"m2m:pch":{}}"#).status, Status::INVALID_CHILD_RESOURCE_TYPE);
}

#[test]
fn there_one_listens_and_brings_answers_and_nothing_else() {
    let mut world = house();
    let mut update = Request::new(Operation::Update, PCU).from("Cshy");
    update.content = Some(json(r#"{"m2m:pch":{}}"#));
    let mut create = super::validation::create(PCU, 3, r#"{"m2m:cnt":{}}"#);
    create.originator = Some("Cshy".into());
    for request in [update, create, Request::delete(PCU).from("Cshy")] {
        assert_eq!(send(&mut world, request).status, Status::OPERATION_NOT_ALLOWED);
    }
    for content in [r#"{"m2m:rqp":{"rsc":2000,"rqi":"q"}}"#, r#"{"m2m:rsp":{}}"#, r#"{"m2m:sgn":{}}"#, "{}"] {
        let mut wrong = answer("q", 2000);
        wrong.content = Some(json(content));
        assert_eq!(send(&mut world, wrong).status, Status::BAD_REQUEST, "{content}");
    }
    for kind in [ResponseType::NonBlockingSynch, ResponseType::NonBlockingAsynch, ResponseType::NoResponse] {
        let response = world.send(wanting(kind, Request::retrieve(PCU).from("Cshy")));
        assert_eq!(response.status, Status::BAD_REQUEST, "{kind:?}");
    }
    assert_eq!(world.try_send(&mut wanting(ResponseType::FlexBlocking, Request::retrieve(PCU).from("Cshy"))), None);
}

#[test]
fn whoever_waits_at_a_channel_hears_that_it_is_gone() {
    for target in ["cse-in/Cshy/pch", "cse-in/Cshy"] {
        let mut world = house();
        let question = ask(&mut world, "q1");
        let taken_along = poll(&mut world);
        reply(&mut world, taken_along);
        let waiting = poll(&mut world);
        assert_eq!(world.delete("Cshy", target).status, Status::DELETED);
        assert_eq!(reply(&mut world, waiting).status, Status::NOT_FOUND);
        let unheard = reply(&mut world, question).status;
        assert!(unheard == Status::TARGET_NOT_REACHABLE || unheard == Status::NOT_FOUND, "{unheard}");
        world.check();
    }
}

#[test]
fn before_a_stop_nobody_is_kept_waiting() {
    let mut world = house();
    let waiting = poll(&mut world);
    let outputs = world.engine.dismiss_polls();
    let [crate::engine::Output::Reply(ticket, response)] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!((*ticket, response.status), (waiting, Status::REQUEST_TIMEOUT));
    assert_eq!(world.send(Request::retrieve(PCU).from("Cshy")).status, Status::REQUEST_TIMEOUT);
}
