//! What a reset leaves of those who were in the middle of something.

use super::World;
use super::outside::Mood;
use super::subscriptions::{LISTENER, house, subscribe, told};
use crate::engine::outward::poll::Poll;
use crate::engine::{Answer, Output};
use crate::primitive::{Request, Response, Status};
use crate::tree::Node;
use crate::value::{AbsRelTimestamp, Map};

fn reset(world: &mut World) -> Vec<(u64, Response)> {
    let outputs = world.engine.reset(world.now).unwrap();
    let replies = outputs.into_iter().map(|output| match output {
        Output::Reply(ticket, response) => (ticket, *response),
        other => panic!("{other:?}"),
    });
    replies.collect()
}

fn subscribing(world: &mut World) -> u64 {
    let mut request = Request::create("cse-in/Cae1/c", 23, "m2m:sub", Map::new()).from("Cae1");
    request.content = Some(super::json(r#"{"m2m:sub":{"rn":"s","nu":["http://listener/notify"],"enc":{"net":[3]}}}"#));
    let ticket = world.next_ticket();
    assert_eq!(world.try_send(&mut request), None, "it waits for the listener");
    ticket
}

#[test]
fn whoever_waits_for_an_answer_is_told_of_the_reset() {
    let mut world = house();
    world.outside.at(LISTENER, Mood::Stalls);
    let asks = subscribing(&mut world);
    let mut later = Request::retrieve("cse-in").from("CAdmin");
    later.operation_execution_time = Some(AbsRelTimestamp::At(world.now.plus_seconds(60)));
    let waits = world.next_ticket();
    assert_eq!(world.try_send(&mut later), None);
    // Somebody listens at a polling channel.
    let request = Box::new(Request::retrieve("cse-in").from("CAdmin"));
    let poll = Poll { ticket: 77, request, aggregates: false, until: world.now.plus_seconds(60) };
    assert!(world.engine.post.channels.listen(Node(99), poll).is_none());
    let replies = reset(&mut world);
    assert_eq!(replies.iter().map(|(ticket, _)| *ticket).collect::<Vec<_>>(), [asks, waits, 77]);
    for (_, response) in replies {
        assert_eq!(response.status, Status::INTERNAL_SERVER_ERROR);
        assert!(format!("{:?}", response.value()).contains("reset"), "{response:?}");
    }
    world.pass(3600);
    assert_eq!(world.deferred(), [], "nobody is answered twice");
    world.check();
}

#[test]
fn an_answer_from_before_a_reset_is_nobodys() {
    let mut world = house();
    world.outside.at(LISTENER, Mood::Stalls);
    subscribing(&mut world);
    let old = world.outside.kept.pop().unwrap();
    reset(&mut world);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    let asks = subscribing(&mut world);
    let new = world.outside.kept.pop().unwrap();
    let yes = |call: &crate::engine::Call| Answer::complete(vec![Response::new(Status::OK, &call.requests[0])]);
    world.answer(old.id, yes(&old));
    assert_eq!(world.later.len(), 0, "the new one is not verified by an old answer");
    world.answer(new.id, yes(&new));
    assert_eq!(
        world.later.iter().map(|(ticket, reply)| (*ticket, reply.status)).collect::<Vec<_>>(),
        [(asks, Status::CREATED)]
    );
}

#[test]
fn what_waited_to_be_told_is_gone_with_the_tree() {
    let mut world = house();
    subscribe(&mut world, r#""nu":["http://listener/notify"],"enc":{"net":[3]}"#);
    world.outside.at(LISTENER, Mood::Gone);
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    assert_eq!(reset(&mut world).len(), 0);
    world.outside.at(LISTENER, Mood::Answers(Status::OK));
    world.pass(600);
    assert_eq!(told(&mut world), []);
    world.check();
}
