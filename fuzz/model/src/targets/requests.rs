//! Requests that a CSE takes seriously, made from the schemas, against a tree that has one of everything.

use arbitrary::Unstructured;
use onem2m_cse::arbitrary::Vocabulary;
use onem2m_cse::engine::{Answer, Input, Output};
use onem2m_cse::primitive::{Response, Status};
use onem2m_cse::schema::Registry;

use crate::fixture::{Fixture, TREE, in_order, nothing_secret};

/// The most requests of one input.
const REQUESTS: u64 = 16;

/// The words of the tree, and two who are nobody's administrator.
fn words() -> Vocabulary<'static> {
    let mut words = Vocabulary::empty(Registry::shared());
    words.originator("Cae1").originator("Cother").place("cse-in", 5);
    for (_, to, ty, content) in TREE {
        let name = content.split_once("\"rn\":\"").and_then(|(_, rest)| rest.split_once('"'));
        match name {
            Some((name, _)) => words.place(format!("{to}/{name}"), ty),
            None => words.place(format!("{to}/la"), ty),
        };
    }
    words
}

/// A request after the other, and now and then some seconds pass.
pub fn requests(data: &[u8]) {
    let mut world = Fixture::shared().open();
    let words = words();
    let mut u = Unstructured::new(data);
    for ticket in 0..REQUESTS {
        if u.is_empty() {
            break;
        }
        let Ok(request) = words.request(&mut u) else { break };
        let originator = request.originator.clone().unwrap_or_default();
        let outputs = world.engine.handle(Input::Request(ticket, Box::new(request)), world.now);
        nothing_secret(&outputs, &originator);
        for output in outputs {
            let Output::Call(call) = output else { continue };
            let fine: Vec<Response> = call.requests.iter().map(|request| Response::new(Status::OK, request)).collect();
            // Answered never, once, or twice.
            for _ in 0..u.int_in_range(0..=2).unwrap_or(1) {
                world.engine.handle(Input::Answer(call.id, Answer::complete(fine.clone())), world.now);
            }
        }
        if u.ratio(1, 8).unwrap_or(false) {
            world.now = world.now.plus_seconds(u.int_in_range(0..=100_000).unwrap_or(0));
            world.engine.handle(Input::Due, world.now);
        }
    }
    in_order(&mut world);
}
