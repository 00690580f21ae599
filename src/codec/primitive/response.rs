//! Response primitives (TS-0004 6.4.2).

use super::member::{abs_rel_timestamp, expected, number, small, text, timestamp};
use super::request::release;
use crate::primitive::{Content, ContentStatus, Operation, Rejection, ReleaseVersion, Request, Response, Status};
use crate::value::{AbsRelTimestamp, Map, Value};

/// Reads a response primitive, bare or inside `{"m2m:rsp": …}`. Parameters that this CSE makes no use of are passed over:
/// an answer is not refused for saying more than was asked.
///
/// # Errors
/// 4000 with the parameter's name.
pub fn to_response(value: &Value) -> Result<Response, Rejection> {
    let outer = value.as_map().ok_or_else(|| expected("response primitive", "an object", value))?;
    let members = match outer.single() {
        Some((root, inner)) if root == "m2m:rsp" => {
            inner.as_map().ok_or_else(|| expected("m2m:rsp", "an object", inner))?
        }
        _ => outer,
    };
    let code = members.get("rsc").ok_or_else(|| Rejection::bad_request("responseStatusCode (rsc): missing"))?;
    let status = u16::try_from(number("responseStatusCode (rsc)", code)?)
        .map_err(|_| expected("responseStatusCode (rsc)", "a status code", code))?;
    let mut response = Response::new(Status::new(status), &Request::new(Operation::Retrieve, ""));
    for (name, value) in members.iter() {
        match name.as_str() {
            "rqi" => response.request_identifier = text("requestIdentifier (rqi)", value)?,
            "pc" => response.content = (!value.is_null()).then(|| Content::Value(value.clone())),
            "to" => response.to = Some(text("to (to)", value)?),
            "fr" => response.from = Some(text("from (fr)", value)?),
            "ot" => response.originating_timestamp = Some(timestamp("originatingTimestamp (ot)", value)?),
            // TS-0004 table 6.4.2-1: it may be a while, which counts from when the answer was composed.
            "rset" => {
                let composed = members.get("ot").map(|at| timestamp("originatingTimestamp (ot)", at)).transpose()?;
                response.result_expiration_timestamp =
                    match abs_rel_timestamp("resultExpirationTimestamp (rset)", value)? {
                        AbsRelTimestamp::At(at) => Some(at),
                        after @ AbsRelTimestamp::After(_) => composed.map(|composed| after.resolve(composed)),
                    };
            }
            "ec" => response.event_category = Some(small("eventCategory (ec)", value)?),
            "cnst" => {
                response.content_status = Some(match number("contentStatus (cnst)", value)? {
                    1 => ContentStatus::Partial,
                    2 => ContentStatus::Full,
                    _ => return Err(expected("contentStatus (cnst)", "1 or 2", value)),
                });
            }
            "cnot" => response.content_offset = Some(number("contentOffset (cnot)", value)?.unsigned_abs()),
            "rvi" => response.release_version_indicator = release(value)?,
            "vsi" => response.vendor_information = Some(text("vendorInformation (vsi)", value)?),
            _ => {}
        }
    }
    Ok(response)
}

/// Writes a response primitive without a root.
#[must_use]
pub fn from_response(response: &Response) -> Map {
    let mut map = Map::with_capacity(8);
    let mut put = |name: &'static str, value: Option<Value>| {
        if let Some(value) = value {
            map.push(name, value);
        }
    };
    put("rsc", Some(Value::Int(i64::from(response.status.code()))));
    put("rqi", Some(response.request_identifier.clone().into()));
    put("pc", response.content.as_ref().map(Content::to_value));
    put("to", response.to.clone().map(Value::from));
    put("fr", response.from.clone().map(Value::from));
    put("ot", response.originating_timestamp.map(Value::from));
    put("rset", response.result_expiration_timestamp.map(Value::from));
    put("ec", response.event_category.map(Value::from));
    put("cnst", response.content_status.map(|status| Value::Int(i64::from(status.number()))));
    put("cnot", response.content_offset.map(Value::from));
    let release = response.release_version_indicator;
    put("rvi", (release != ReleaseVersion::R1).then(|| release.as_str().into()));
    put("vsi", response.vendor_information.clone().map(Value::from));
    map
}

/// Writes a response primitive inside `{"m2m:rsp": …}`.
#[must_use]
pub fn wrap_response(response: &Response) -> Value {
    Map::from_iter([("m2m:rsp", from_response(response))]).into()
}
