//! The upper tester's end of the line (TS-0019): commands in a header, or a request primitive in the body.
//!
//! It can erase the CSE, so it is off by default and answers loopback peers only.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::Door;
use super::mapping::refusal;
use super::service::Response;
use crate::binding::{Answer, UpperTesterCommand};
use crate::codec::{json, primitive};
use crate::primitive::Status;
use crate::value::excerpt;

/// The header that carries a command and its arguments.
const COMMAND: &str = "x-m2m-utcmd";

/// Carries out what a test system asks.
pub(super) async fn answer(door: &dyn Door, peer: SocketAddr, head: &Parts, body: &[u8]) -> Response {
    if !peer.ip().to_canonical().is_loopback() {
        let reason = "the upper tester answers loopback peers only";
        return refusal(StatusCode::FORBIDDEN, Status::ORIGINATOR_HAS_NO_PRIVILEGE, reason);
    }
    if head.method != Method::POST {
        let reason = "upper tester: expected POST";
        return refusal(StatusCode::METHOD_NOT_ALLOWED, Status::OPERATION_NOT_ALLOWED, reason);
    }
    let outcome = match head.headers.get(COMMAND) {
        Some(command) => run(door, command).await,
        None => trigger(door, peer, body).await,
    };
    outcome.unwrap_or_else(|reason| refusal(StatusCode::BAD_REQUEST, Status::BAD_REQUEST, &reason))
}

async fn run(door: &dyn Door, command: &HeaderValue) -> Result<Response, String> {
    let text = std::str::from_utf8(command.as_bytes()).map_err(|_| "X-M2M-UTCMD: expected text".to_owned())?;
    let result = door.upper_tester(parse(text)?).await?;
    let mut response = done(Bytes::new());
    if let Some(result) = result {
        let value = HeaderValue::from_str(&result).map_err(|_| format!("cannot be sent in a header: {result:?}"))?;
        response.headers_mut().insert("x-m2m-utrsp", value);
    }
    Ok(response)
}

/// A request primitive that the CSE is to carry out as if it had come in by itself. The answer has the form of the
/// question: with a root, or without.
async fn trigger(door: &dyn Door, peer: SocketAddr, body: &[u8]) -> Result<Response, String> {
    if body.is_empty() {
        return Err("upper tester: expected a command in X-M2M-UTCMD or a request primitive in the body".into());
    }
    let value = json::decode(body, json::DEFAULT_DEPTH).map_err(|error| format!("malformed JSON: {error}"))?;
    let has_root = value.as_map().is_some_and(|map| map.contains("m2m:rqp"));
    let mut request = primitive::to_request(&value).map_err(|rejection| rejection.reason.into_owned())?;
    request.access.ip = Some(peer.ip());
    let response = match door.request(request) {
        Answer::Now(response) => response,
        Answer::Later(response) => response.await,
    };
    let value = if has_root { primitive::wrap_response(&response) } else { primitive::from_response(&response).into() };
    Ok(done(json::encode(&value).into()))
}

fn done(body: Bytes) -> Response {
    let mut response = Response::new(body);
    let is_empty = response.body().is_empty();
    response.headers_mut().insert("x-m2m-rsc", HeaderValue::from_static("2000"));
    if !is_empty {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

/// Reads a command. Names are not case-sensitive.
fn parse(text: &str) -> Result<UpperTesterCommand, String> {
    use UpperTesterCommand as Command;
    let (name, argument) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let argument = argument.trim();
    let lower = name.to_ascii_lowercase();
    Ok(match lower.as_str() {
        "status" => Command::Status,
        "reset" => Command::Reset,
        "getconfig" if argument.is_empty() => return Err("GetConfig: expected the name of a key".into()),
        "getconfig" => Command::GetConfig(argument.into()),
        "enableshortresourceexpiration" => Command::EnableShortResourceExpiration(seconds(name, argument)?),
        "disableshortresourceexpiration" => Command::DisableShortResourceExpiration,
        "enableshortrequestexpiration" => Command::EnableShortRequestExpiration(seconds(name, argument)?),
        "disableshortrequestexpiration" => Command::DisableShortRequestExpiration,
        "testcasestart" => Command::TestCaseStart(argument.into()),
        "testcaseend" => Command::TestCaseEnd(argument.into()),
        _ => return Err(format!("X-M2M-UTCMD: unknown command \"{}\"", excerpt(name))),
    })
}

fn seconds(name: &str, argument: &str) -> Result<Duration, String> {
    let seconds = argument.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds
        .filter(|seconds| !seconds.is_zero())
        .ok_or_else(|| format!("{name}: expected a positive number of seconds, got \"{}\"", excerpt(argument)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_in_any_case() {
        assert_eq!(parse("STATUS"), Ok(UpperTesterCommand::Status));
        assert_eq!(parse("getConfig cse.type"), Ok(UpperTesterCommand::GetConfig("cse.type".into())));
        assert_eq!(
            parse("enableShortRequestExpiration 3.0"),
            Ok(UpperTesterCommand::EnableShortRequestExpiration(Duration::from_secs(3)))
        );
        assert_eq!(parse("testCaseStart test_x"), Ok(UpperTesterCommand::TestCaseStart("test_x".into())));
    }

    #[test]
    fn mistakes_are_named() {
        for text in ["", "format c:", "GetConfig", "enableShortResourceExpiration", "enableShortResourceExpiration -1"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
