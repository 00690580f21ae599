//! What goes in.

use super::lines::members;
use crate::codec::primitive::{from_request, from_response, to_recorded_request, to_response};
use crate::engine::{Answer, CallId, Failure, Input, Ticket};
use crate::primitive::{Access, ConnectionId, Request, Response};
use crate::value::{Map, SmolStr, Value};

/// The line of an input.
pub(super) fn line(input: &Input) -> Map {
    match input {
        Input::Request(ticket, request) => {
            let mut line =
                Map::from_iter([("request", Value::from(*ticket)), ("primitive", from_request(request).into())]);
            let access = access(request.access);
            if !access.is_empty() {
                line.push("access", access);
            }
            line
        }
        Input::Answer(call, answer) => {
            let responses: Vec<Value> = answer.responses.iter().map(|one| response(one).into()).collect();
            let mut line = Map::from_iter([("answer", Value::from(*call)), ("responses", responses.into())]);
            if let Some(failure) = &answer.failure {
                let (name, reason) = match failure {
                    Failure::NotSent(reason) => ("not sent", reason.as_str()),
                    Failure::Unreachable(reason) => ("unreachable", reason.as_str()),
                    Failure::TimedOut => ("timed out", ""),
                    Failure::Impossible(reason) => ("impossible", reason.as_str()),
                };
                line.push("failure", Map::from_iter([(name, reason)]));
            }
            line
        }
        Input::Gone(ticket) => Map::from_iter([("gone", *ticket)]),
        Input::Connected(connection, originator) => {
            Map::from_iter([("connected", Value::from(connection.0)), ("originator", originator.clone().into())])
        }
        Input::Disconnected(connection) => Map::from_iter([("disconnected", connection.0)]),
        Input::Due => Map::from_iter([("due", true)]),
    }
}

/// A response with what is said beside the primitive.
pub(super) fn response(response: &Response) -> Map {
    let mut map = Map::from_iter([("primitive", from_response(response))]);
    if let Some(created) = &response.created {
        map.push("created", created.clone());
    }
    if response.silent {
        map.push("silent", true);
    }
    map
}

fn access(access: Access) -> Map {
    let mut map = Map::new();
    if let Some(ip) = access.ip {
        map.push("ip", ip.to_string());
    }
    if access.authenticated {
        map.push("authenticated", true);
    }
    if let Some(connection) = access.connection {
        map.push("connection", connection.0);
    }
    map
}

pub(super) fn request(ticket: Ticket, line: &Map) -> Result<Input, String> {
    let primitive = members("primitive", line.get("primitive").unwrap_or(&Value::Null))?;
    let mut request: Request = to_recorded_request(primitive).map_err(|rejection| rejection.reason.into_owned())?;
    if let Some(access) = line.get("access") {
        request.access = read_access(members("access", access)?)?;
    }
    Ok(Input::Request(ticket, Box::new(request)))
}

fn read_access(map: &Map) -> Result<Access, String> {
    let mut access = Access::default();
    if let Some(ip) = map.get("ip").and_then(Value::as_text) {
        access.ip = Some(ip.parse().map_err(|_| "ip: expected an address")?);
    }
    access.authenticated = map.get("authenticated") == Some(&Value::Bool(true));
    let connection = map.get("connection").and_then(Value::as_int);
    access.connection = connection.and_then(|number| number.try_into().ok()).map(ConnectionId);
    Ok(access)
}

pub(super) fn answer(call: CallId, line: &Map) -> Result<Input, String> {
    let responses = line.get("responses").and_then(Value::as_list).unwrap_or_default();
    let responses = responses.iter().map(read_response).collect::<Result<Vec<_>, String>>()?;
    let failure = line.get("failure").map(read_failure).transpose()?;
    Ok(Input::Answer(call, Answer { responses, failure }))
}

fn read_response(value: &Value) -> Result<Response, String> {
    let line = members("responses", value)?;
    let primitive = line.get("primitive").unwrap_or(&Value::Null);
    let mut response = to_response(primitive).map_err(|rejection| rejection.reason.into_owned())?;
    response.created = line.get("created").and_then(Value::as_text).map(SmolStr::from);
    response.silent = line.get("silent") == Some(&Value::Bool(true));
    Ok(response)
}

fn read_failure(value: &Value) -> Result<Failure, String> {
    let wrong = || "failure: expected not sent, unreachable, timed out or impossible, and why".to_owned();
    let (name, reason) = members("failure", value)?.single().ok_or_else(wrong)?;
    let reason = reason.as_text().unwrap_or_default().to_owned();
    Ok(match name.as_str() {
        "not sent" => Failure::NotSent(reason),
        "unreachable" => Failure::Unreachable(reason),
        "timed out" => Failure::TimedOut,
        "impossible" => Failure::Impossible(reason),
        _ => return Err(wrong()),
    })
}

pub(super) fn connected(connection: u64, line: &Map) -> Result<Input, String> {
    let originator = line.get("originator").and_then(Value::as_text).ok_or("originator: expected text")?;
    Ok(Input::Connected(ConnectionId(connection), originator.into()))
}

pub(super) const fn disconnected(connection: u64) -> Input {
    Input::Disconnected(ConnectionId(connection))
}
