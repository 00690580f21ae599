//! Any primitives at all, as JSON lines, against a tree that has one of everything.

use onem2m_cse::codec::primitive::to_request;
use onem2m_cse::engine::{Answer, Input, Output};
use onem2m_cse::primitive::{Response, Status};
use onem2m_cse::value::Value;

use crate::fixture::{Fixture, in_order, nothing_secret};

/// The most lines of one input.
const LINES: usize = 24;

/// Each line is a request primitive, or a number: so many seconds pass.
pub fn engine(data: &[u8]) {
    let mut world = Fixture::shared().open();
    for (line, text) in data.split(|byte| *byte == b'\n').take(LINES).enumerate() {
        let Ok(value) = onem2m_cse::codec::json::decode(text, 32) else { continue };
        let outputs = match (&value, to_request(&value)) {
            (_, Ok(request)) => {
                let originator = request.originator.clone().unwrap_or_default();
                let outputs = world.engine.handle(Input::Request(line as u64, Box::new(request)), world.now);
                nothing_secret(&outputs, &originator);
                outputs
            }
            (Value::Int(seconds), _) => {
                world.now = world.now.plus_seconds((*seconds).clamp(0, 1_000_000_000));
                world.engine.handle(Input::Due, world.now)
            }
            _ => continue,
        };
        for output in outputs {
            let Output::Call(call) = output else { continue };
            // Every other call is answered, one of them twice.
            let responses: Vec<Response> =
                call.requests.iter().map(|request| Response::new(Status::OK, request)).collect();
            for _ in 0..call.id % 3 {
                world.engine.handle(Input::Answer(call.id, Answer::complete(responses.clone())), world.now);
            }
        }
    }
    in_order(&mut world);
}
