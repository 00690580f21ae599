//! The mapping seen from the client: request → CoAP request, CoAP response → response.

use std::fmt::Write as _;

use super::{code, content_format, short};
use crate::binding::coap::message::{Code, Parts};
use crate::binding::coap::options::{self, Options};
pub use crate::binding::path::url;
use crate::binding::query;
use crate::binding::text::{encode, plain};
use crate::codec::format::{Format, MediaType};
use crate::codec::{self, primitive};
use crate::primitive::{Content, ContentStatus, Operation, ReleaseVersion, Request, Response, ResponseType, Status};
use crate::schema::Registry;
use crate::value::{AbsRelTimestamp, SmolStr, Timestamp, Value};

/// The CoAP request that carries a request, without the target, which the URL says ([`super::Target::put`]).
///
/// The content goes in the format; the schemas tell how XML spells it.
///
/// # Errors
/// A sentence, when a parameter cannot be said in CoAP, or the format is none that this build has.
pub fn request(request: &Request, format: Format, registry: &Registry) -> Result<Parts, String> {
    if !format.is_supported() {
        return Err(format!("{} is not supported here", format.name()));
    }
    // TS-0008 6.3.2 to 6.3.4: what is not answered at once is a POST that says what it is.
    let is_deferred = matches!(
        request.response_type,
        Some(ResponseType::NonBlockingSynch | ResponseType::NonBlockingAsynch | ResponseType::FlexBlocking)
    );
    let says_operation = is_deferred || (request.operation == Operation::Create && request.resource_type.is_none());
    let method = match request.operation {
        _ if says_operation => Code::POST,
        Operation::Create | Operation::Notify => Code::POST,
        Operation::Retrieve => Code::GET,
        Operation::Update => Code::PUT,
        Operation::Delete => Code::DELETE,
    };
    let mut parts = Parts::new(method);
    for (name, value) in primitive::from_request(request).iter() {
        parameter(&mut parts, request, name, value, format, registry)?;
    }
    if says_operation {
        argument(&mut parts.options, "", "op", &Value::Int(request.operation.number().into()))?;
    }
    if !parts.payload.is_empty() {
        parts.options.add_number(options::CONTENT_FORMAT, content_format::to_number(MediaType::plain(format)).into());
    }
    // What the answer is to be spelled in; without it, what a request without content is answered in is anybody's guess.
    if request.operation != Operation::Notify {
        parts.options.add_number(options::ACCEPT, content_format::to_number(MediaType::plain(format)).into());
    }
    Ok(parts)
}

/// Puts one parameter where TS-0008 wants it: 6.2.2.4 for options, 6.2.2.3 for arguments.
fn parameter(
    parts: &mut Parts,
    request: &Request,
    name: &str,
    value: &Value,
    format: Format,
    registry: &Registry,
) -> Result<(), String> {
    let options = &mut parts.options;
    match name {
        "op" | "to" => Ok(()),
        "ty" => number(options, options::TY, value),
        "ec" => number(options, options::EC, value),
        "fr" => text(options, options::FR, name, &plain(value, ""), 255),
        "rqi" => text(options, options::RQI, name, &plain(value, ""), 255),
        "rvi" => text(options, options::RVI, name, &plain(value, ""), 2),
        "gid" => text(options, options::GID, name, &plain(value, ""), 255),
        "vsi" => text(options, options::VSI, name, &plain(value, ""), 255),
        "aus" => text(options, options::AUS, name, &plain(value, "+"), 255),
        "grtm" => text(options, options::GTM, name, &plain(value, " "), 512),
        "ot" => moment(options, options::OT, value, false),
        "oet" => moment(options, options::OET, value, false),
        "rqet" => moment(options, options::RQET, value, true),
        "rset" => moment(options, options::RSET, value, true),
        "rt" => {
            let member = |name| value.as_map().and_then(|map| map.get(name));
            if let Some(kind) = member("rtv") {
                argument(options, "", "rt", kind)?;
            }
            member("nu").map_or(Ok(()), |uris| text(options, options::RTURI, "nu", &plain(uris, "&"), 255))
        }
        "fc" => {
            let mut verdict = Ok(());
            query::conditions(value, |prefix, name, value| {
                let said = argument(options, prefix, name, value);
                if verdict.is_ok() {
                    verdict = said;
                }
            });
            verdict
        }
        "pc" => match query::attribute_list(request.operation, value) {
            Some(list) => argument(options, "", "atrl", list),
            None => {
                parts.payload = codec::encode(format, value, registry);
                Ok(())
            }
        },
        other => argument(options, "", other, value),
    }
}

fn text(options: &mut Options, number: u16, name: &str, text: &str, most: usize) -> Result<(), String> {
    if text.len() > most {
        return Err(format!("{name}: CoAP has room for {most} bytes, got {}", text.len()));
    }
    options.add(number, text.as_bytes().to_vec());
    Ok(())
}

fn number(options: &mut Options, number: u16, value: &Value) -> Result<(), String> {
    let Value::Int(value) = value else { return Ok(()) };
    options.add_number(number, value.unsigned_abs());
    Ok(())
}

/// A point in time in whole seconds, as the table has room for: one that ends something is not made earlier.
fn moment(options: &mut Options, number: u16, value: &Value, later: bool) -> Result<(), String> {
    let written = plain(value, "");
    let whole = match AbsRelTimestamp::parse(&written) {
        Some(AbsRelTimestamp::At(at)) => short(at, later),
        _ => written,
    };
    text(options, number, "timestamp", &whole, 255)
}

/// An argument; a list that is too long for one is several.
fn argument(options: &mut Options, prefix: &str, name: &str, value: &Value) -> Result<(), String> {
    let head = format!("{prefix}{name}=");
    let mut line = head.clone();
    for item in value.as_list().unwrap_or(std::slice::from_ref(value)) {
        let mut spelled = String::new();
        for (place, word) in plain(item, " ").split(' ').enumerate() {
            if place > 0 {
                spelled.push('+');
            }
            encode(&mut spelled, word, |b| !matches!(b, b'%' | b'+' | b'&'));
        }
        if line.len() > head.len() {
            if line.len().saturating_add(spelled.len()) < 255 {
                line.push('+');
            } else {
                text(options, options::URI_QUERY, name, &line, 255)?;
                line.clone_from(&head);
            }
        }
        // Writing to a text does not fail.
        let _ = write!(line, "{spelled}");
    }
    text(options, options::URI_QUERY, name, &line, 255)
}

/// Reads a CoAP response to a request of that operation. An answer without oneM2M-RSC comes from something that is no CSE;
/// its code is translated, and a payload that is not one of ours is passed over.
///
/// # Errors
/// A sentence, when an option or the payload is not what it has to be.
pub fn response(parts: &Parts, operation: Operation, registry: &Registry) -> Result<Response, String> {
    let text = |number: u16| parts.options.get(number).and_then(|value| std::str::from_utf8(value).ok());
    let small = |number: u16| parts.options.number(number).and_then(|number| u32::try_from(number).ok());
    let status = match status(&parts.options)? {
        Some(status) => status,
        None => code::from_coap(parts.code, operation),
    };
    let mut response = Response::new(status, &Request::new(operation, ""));
    response.request_identifier = text(options::RQI).unwrap_or_default().into();
    response.release_version_indicator = text(options::RVI).and_then(ReleaseVersion::parse).unwrap_or_default();
    response.from = text(options::FR).map(SmolStr::from);
    response.vendor_information = text(options::VSI).map(SmolStr::from);
    response.originating_timestamp = text(options::OT).and_then(Timestamp::parse);
    response.result_expiration_timestamp = text(options::RSET).and_then(Timestamp::parse);
    response.event_category = small(options::EC);
    response.content_offset = parts.options.number(options::CTO);
    response.content_status = match small(options::CTS) {
        Some(1) => Some(ContentStatus::Partial),
        Some(2) => Some(ContentStatus::Full),
        _ => None,
    };
    response.created = created(&parts.options);
    // TS-0008 table 6.2.4-1: nothing is said to a notification that was taken; what is said all the same means nothing.
    let empty = parts.payload.is_empty() || (operation == Operation::Notify && status == Status::OK);
    let media = parts.options.number(options::CONTENT_FORMAT).and_then(content_format::from_number);
    if let Some(media) = media.filter(|_| !empty) {
        if !media.format.is_supported() {
            return Err(format!("answered in {}, which is not supported here", media.as_str()));
        }
        response.content = Some(Content::Value(codec::decode(media.format, &parts.payload, registry)?));
    }
    Ok(response)
}

fn status(options: &Options) -> Result<Option<Status>, String> {
    let Some(value) = options.get(options::RSC) else { return Ok(None) };
    // Some write the digits.
    let digits = std::str::from_utf8(value).ok().filter(|text| text.len() == 4).and_then(|text| text.parse().ok());
    let number = digits.or_else(|| options.number(options::RSC).and_then(|number| u16::try_from(number).ok()));
    number
        .map(|number| Some(Status::new(number)))
        .ok_or_else(|| "oneM2M-RSC: expected a number of two bytes".to_owned())
}

fn created(options: &Options) -> Option<SmolStr> {
    let segments: Option<Vec<&str>> =
        options.all(options::LOCATION_PATH).map(|segment| std::str::from_utf8(segment).ok()).collect();
    let path = segments?.join("/");
    crate::binding::path::from_rest(&path).ok()
}
