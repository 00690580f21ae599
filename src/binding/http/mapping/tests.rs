//! The mapping there and back, and with whatever a stranger may send.

use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Uri};
use proptest::prelude::*;

use super::{Incoming, outgoing};
use crate::binding::any::{any_format, any_request, any_response};
use crate::codec::format::Format;
use crate::primitive::{Rejection, Request, Status};
use crate::schema::Registry;
use crate::value::Map;

fn anything(_: &str) -> bool {
    true
}

/// Client → wire → server.
fn across(request: &Request, format: Format) -> (Incoming, Result<(), Rejection>) {
    let url = outgoing::url("http://127.0.0.1:80", &request.to);
    let message = outgoing::request(&url, request, format, Registry::shared()).unwrap();
    let (head, body) = message.into_parts();
    let (mut incoming, verdict) = Incoming::read_head(&head.method, &head.uri, &head.headers, anything);
    let verdict = verdict.and_then(|()| incoming.read_body(&body, Registry::shared()));
    (incoming, verdict)
}

proptest! {
    #[test]
    fn a_request_arrives_as_it_left(request in any_request(), format in any_format()) {
        let (incoming, verdict) = across(&request, format);
        prop_assert_eq!(verdict, Ok(()));
        prop_assert_eq!(incoming.request, request);
    }

    #[test]
    fn a_response_arrives_as_it_left(response in any_response(), format in any_format()) {
        let identifier = response.request_identifier.clone();
        let request = Request::update("cse-in", "m2m:cb", Map::new()).identified(identifier);
        let (incoming, _) = across(&request, format);
        let (head, body) = incoming.reply.answer(response.clone(), Registry::shared()).into_parts();
        prop_assert_eq!(outgoing::response(head.status, &head.headers, &body, Registry::shared()), Ok(response));
    }

    #[test]
    fn no_bytes_anywhere_make_the_mapping_panic(
        method in "(GET|POST|PUT|DELETE|HEAD|[A-Z]{1,5})",
        path in "/[!-~é]{0,40}",
        query in "([a-z.]{1,6}=?[!-~é]{0,12}&?){0,5}",
        headers in prop::collection::vec((0..16_usize, prop::collection::vec(any::<u8>(), 0..40)), 0..12),
        body in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        const NAMES: [&str; 16] = [
            "x-m2m-ri", "x-m2m-origin", "x-m2m-rvi", "x-m2m-ot", "x-m2m-ret", "x-m2m-rst", "x-m2m-oet", "x-m2m-rtu",
            "x-m2m-ec", "x-m2m-gid", "x-m2m-vsi", "x-m2m-as", "content-type", "accept", "authorization", "x-other",
        ];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                map.append(HeaderName::from_static(NAMES[name]), value);
            }
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        if let Ok(uri) = format!("{path}?{query}").parse::<Uri>() {
            let (mut incoming, verdict) = Incoming::read_head(&method, &uri, &map, |name| name.len() == 2);
            let verdict = verdict.and_then(|()| incoming.read_body(&body, Registry::shared()));
            if let Err(rejection) = verdict {
                let answer = incoming.reply.reject(&rejection, &incoming.request, Registry::shared());
                prop_assert!(answer.status().as_u16() >= 400);
            }
        }
        let _ = outgoing::response(hyper::StatusCode::OK, &map, &body, Registry::shared());
    }
}

#[test]
fn tokens_and_passwords_share_a_header_and_are_told_apart() {
    let read = |value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("x-m2m-ri", HeaderValue::from_static("1"));
        headers.insert("authorization", HeaderValue::from_static(value));
        Incoming::read_head(&Method::GET, &Uri::from_static("/x"), &headers, anything).0.request.tokens
    };
    assert_eq!(read("a.b.c+ d.e.f"), ["a.b.c", "d.e.f"]);
    assert!(read("Basic dXNlcjpwYXNz").is_empty());
    assert!(read("Bearer a.b.c").is_empty());
}

#[test]
fn nowhere_to_notify_is_not_the_same_as_nothing_said() {
    let read = |uris: Option<&'static str>| {
        let mut headers = HeaderMap::new();
        headers.insert("x-m2m-ri", HeaderValue::from_static("1"));
        if let Some(uris) = uris {
            headers.insert("x-m2m-rtu", HeaderValue::from_static(uris));
        }
        Incoming::read_head(&Method::GET, &Uri::from_static("/x?rt=2"), &headers, anything).0.request.notification_uris
    };
    assert_eq!(read(None), None);
    assert_eq!(read(Some("")), Some(Vec::new()));
    assert_eq!(read(Some("http://a:1/x&Cae1")), Some(vec!["http://a:1/x".into(), "Cae1".into()]));
}

#[test]
fn a_number_of_members_is_positive() {
    let mut headers = HeaderMap::new();
    headers.insert("x-m2m-ri", HeaderValue::from_static("1"));
    for uri in ["/g/fopt?gstn=0", "/g/fopt?gstn=-1", "/g/fopt?gstn=", "/g/fopt?gstn=1&gstn=2"] {
        let (_, verdict) = Incoming::read_head(&Method::GET, &uri.parse().unwrap(), &headers, anything);
        assert!(verdict.unwrap_err().reason.contains("groupSomecastTargetNumber (gstn)"), "{uri}");
    }
}

#[test]
fn an_answer_of_a_plain_web_server_is_still_understood() {
    let none = HeaderMap::new();
    let response = outgoing::response(hyper::StatusCode::NOT_FOUND, &none, b"<html>", Registry::shared()).unwrap();
    assert_eq!((response.status, response.content), (Status::NOT_FOUND, None));
    assert!(outgoing::response(hyper::StatusCode::NO_CONTENT, &none, b"", Registry::shared()).unwrap().silent);
    let mut json = HeaderMap::new();
    json.insert("content-type", HeaderValue::from_static("application/json; charset=utf-8"));
    assert!(outgoing::response(hyper::StatusCode::OK, &json, b"{", Registry::shared()).is_err());
}
