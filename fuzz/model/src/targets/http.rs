//! HTTP messages ↔ primitives, both ways (TS-0009 clause 6).
//!
//! The bytes are a message as it stands on the wire; line ends may be bare.

use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, StatusCode, Uri};
use onem2m_cse::binding::http::mapping::{Incoming, outgoing};
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Request, Response};
use onem2m_cse::schema::Registry;

/// A request, or a response if the first line begins with `HTTP/`.
pub fn http(data: &[u8]) {
    let (head, body) = split(data);
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let Some(first) = lines.next().and_then(|line| std::str::from_utf8(line).ok()) else { return };
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) =
            (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(line[colon + 1..].trim_ascii()));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let mut words = first.split(' ');
    match (words.next(), words.next()) {
        (Some(version), Some(code)) if version.starts_with("HTTP/") => {
            let Ok(status) = StatusCode::from_bytes(code.as_bytes()) else { return };
            let _ = outgoing::response(status, &headers, body, Registry::shared());
        }
        (Some(method), Some(target)) => {
            let (Ok(method), Ok(uri)) = (Method::from_bytes(method.as_bytes()), target.parse::<Uri>()) else { return };
            request(&method, &uri, &headers, body);
        }
        _ => {}
    }
}

fn split(data: &[u8]) -> (&[u8], &[u8]) {
    for end in [&b"\r\n\r\n"[..], b"\n\n"] {
        if let Some(at) = data.windows(end.len()).position(|window| window == end) {
            return (&data[..at], &data[at + end.len()..]);
        }
    }
    (data, &[])
}

fn request(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) {
    let registry = Registry::shared();
    let is_attribute = |short: &str| registry.attribute_by_short(short).is_some();
    let (mut incoming, verdict) = Incoming::read_head(method, uri, headers, is_attribute);
    let verdict = verdict.and_then(|()| incoming.read_body(body, registry));
    if let Err(rejection) = verdict {
        let message = incoming.reply.reject(&rejection, &incoming.request, registry);
        assert!(message.headers().contains_key("x-m2m-rsc"));
        return;
    }
    answered(&incoming);
    for format in Format::ALL {
        forth_and_back(&incoming.request, format);
    }
}

/// Whatever was asked can be answered, and the answer is read as what it was.
fn answered(incoming: &Incoming) {
    let registry = Registry::shared();
    let mut response = Response::new(onem2m_cse::primitive::Status::OK, &incoming.request);
    response.content = incoming.request.content.clone().map(onem2m_cse::primitive::Content::Value);
    let message = incoming.reply.answer(response.clone(), registry);
    let (parts, body) = message.into_parts();
    let read = outgoing::response(parts.status, &parts.headers, &body, registry).expect("our own answer can be read");
    assert_eq!((read.status, &read.request_identifier), (response.status, &response.request_identifier));
    assert_eq!(read.value(), response.value());
}

/// A request that HTTP can say comes in as it went out.
fn forth_and_back(request: &Request, format: Format) {
    let registry = Registry::shared();
    let url = outgoing::url("http://host", &request.to);
    let Ok(message) = outgoing::request(&url, request, format, registry) else { return };
    let (parts, body) = message.into_parts();
    let is_attribute = |short: &str| registry.attribute_by_short(short).is_some();
    let (mut again, verdict) = Incoming::read_head(&parts.method, &parts.uri, &parts.headers, is_attribute);
    verdict.unwrap_or_else(|rejection| panic!("{rejection}: {parts:?} from {request:?}"));
    again.read_body(&body, registry).unwrap_or_else(|rejection| panic!("{rejection}: {body:?} from {request:?}"));
    assert_eq!(again.request, *request, "{parts:?}");
}
