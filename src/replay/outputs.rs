//! What comes out.

use super::inputs::response;
use crate::codec::json;
use crate::codec::primitive::from_request;
use crate::engine::Output;
use crate::value::{Map, Value};

/// The line of an output. Changes have none: what they tell is in the replies and calls.
pub(super) fn line(output: &Output) -> Option<Map> {
    match output {
        Output::Reply(ticket, answer) => {
            let mut line = Map::from_iter([("reply", *ticket)]);
            for (name, value) in response(answer).iter() {
                line.push(name.clone(), value.clone());
            }
            Some(line)
        }
        Output::Call(call) => {
            let requests: Vec<Value> = call.requests.iter().map(|request| from_request(request).into()).collect();
            Some(Map::from_iter([
                ("call", Value::from(call.id)),
                ("url", call.url.clone().into()),
                ("format", call.format.name().into()),
                ("until", call.until.into()),
                ("requests", requests.into()),
            ]))
        }
        Output::Changed(_) => None,
    }
}

/// A line as it stands in a file, without its end.
pub(super) fn text(line: Map) -> Vec<u8> {
    json::encode(&line.into())
}
