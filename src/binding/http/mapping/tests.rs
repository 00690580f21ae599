//! The mapping there and back, and with whatever a stranger may send.

use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Uri};
use proptest::prelude::*;

use super::{Incoming, outgoing};
use crate::codec::format::Format;
use crate::primitive::{
    Content, ContentStatus, FilterCriteria, FilterOperation, FilterUsage, Operation, Rejection, ReleaseVersion,
    Request, Response, ResponseType, ResultContent, Status,
};
use crate::schema::Registry;
use crate::value::{AbsRelTimestamp, Map, SmolStr, Timestamp, Value};

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

fn word() -> impl Strategy<Value = SmolStr> {
    "[a-zA-Z0-9:._*,/é%&=+-]{1,12}".prop_map(SmolStr::from)
}

fn words() -> impl Strategy<Value = Vec<SmolStr>> {
    prop::collection::vec(word(), 0..4)
}

prop_compose! {
    fn filter()(
        labels in words(),
        content_type in words(),
        resource_type in prop::collection::vec(0..99_u32, 0..4),
        times in (any::<bool>(), 0..4_000_000_000_i64),
        limit in prop::option::of(0..1000_u64),
        attributes in prop::collection::vec(("(cr|mni|con)", "\\PC{0,12}"), 0..3),
        semantics_filter in prop::collection::vec("[a-z?:{} <>#&+%]{1,20}".prop_map(SmolStr::from), 0..2),
        usage in any::<bool>(),
        xor in any::<bool>(),
    ) -> FilterCriteria {
        let attributes: Vec<(SmolStr, Value)> =
            attributes.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        FilterCriteria {
            labels,
            content_type,
            resource_type,
            created_before: times.0.then(|| Timestamp::from_micros(times.1 * 1_000_000)),
            limit,
            child_attributes: attributes.clone(),
            attributes,
            semantics_filter,
            filter_usage: usage.then_some(FilterUsage::Discovery),
            filter_operation: if xor { FilterOperation::Xor } else { FilterOperation::And },
            ..FilterCriteria::default()
        }
    }
}

prop_compose! {
    fn any_request()(
        operation in prop::sample::select(vec![
            Operation::Create, Operation::Retrieve, Operation::Update, Operation::Delete, Operation::Notify,
        ]),
        to in "(|/id-in/|//sp\\.example\\.com/id-in/)[a-z][a-z0-9é@:%-]{0,12}(/la)?",
        originator in prop::option::of("[A-Za-z0-9/._-]{1,20}"),
        identifier in "[!-~]{1,40}",
        fc in prop::option::of(filter()),
        rcn in prop::option::of(0..=12_i64),
        rt in prop::option::of(1..=5_i64),
        uris in prop::option::of(prop::collection::vec("http://[a-z]{1,8}:[0-9]{2}/x", 0..3)),
        (group, somecast) in (prop::option::of("[!-~]{1,20}"), prop::option::of(1..=i64::MAX.unsigned_abs())),
        (at, rqet, flag) in (prop::option::of(0..4_000_000_000_i64), prop::option::of(-5000..5000_i64), any::<bool>()),
        (ids, tokens) in (words(), prop::collection::vec("[a-zA-Z0-9_-]{1,8}\\.[a-z]{0,4}\\.[a-z]{1,4}", 0..3)),
        vendor in prop::option::of("[a-zé]([a-zé ;=]{0,10}[a-z])?"),
        release in prop::sample::select(ReleaseVersion::NAMED.to_vec()),
    ) -> Request {
        let mut request = Request::new(operation, to).identified(identifier);
        let notify = operation == Operation::Notify;
        request.originator = originator.map(SmolStr::from);
        request.release_version_indicator = release;
        if operation == Operation::Create {
            request.resource_type = Some(3);
        } else if !notify {
            // An empty criterion has no place in a query string, and says nothing.
            request.filter_criteria = fc.filter(|fc| *fc != FilterCriteria::default()).map(Box::new);
        }
        match operation {
            Operation::Delete => {}
            Operation::Retrieve if flag => {
                request.content = Some(Map::from_iter([("m2m:atrl", vec!["ri", "lbl"])]).into());
            }
            Operation::Retrieve => request.semantic_query_indicator = Some(true),
            _ => request.content = Some(Map::from_iter([("m2m:cnt", Map::from_iter([("mni", 3_i64)]))]).into()),
        }
        if !notify {
            request.result_content = rcn.and_then(ResultContent::from_number);
            request.result_persistence = rqet.map(AbsRelTimestamp::After);
            request.group_request_target_members = ids.clone();
        }
        request.response_type = rt.and_then(ResponseType::from_number);
        request.notification_uris = uris.map(|uris| uris.into_iter().map(SmolStr::from).collect());
        request.group_request_identifier = group.map(SmolStr::from);
        request.group_somecast_target_number = somecast;
        request.originating_timestamp = at.map(|at| Timestamp::from_micros(at * 1_000_000 + 250_000));
        request.request_expiration_timestamp = rqet.map(AbsRelTimestamp::After);
        request.operation_execution_time =
            at.map(|at| AbsRelTimestamp::At(Timestamp::from_micros(at * 1_000_000)));
        request.event_category = flag.then_some(2);
        request.delivery_aggregation = flag.then_some(false);
        request.role_ids = ids.clone();
        request.local_token_ids = ids;
        request.tokens = tokens.into_iter().map(SmolStr::from).collect();
        request.vendor_information = vendor.map(SmolStr::from);
        request
    }
}

fn any_format() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::ALL.into_iter().filter(|format| format.is_supported()).collect::<Vec<_>>())
}

fn any_response() -> impl Strategy<Value = Response> {
    let status = prop::sample::select(Status::ALL.to_vec());
    let options = (prop::option::of(0..4_000_000_000_i64), prop::option::of(0..99_u32), prop::option::of(1..99_u64));
    let texts = (prop::option::of("[a-z/é-]{1,12}"), "[!-~]{1,30}", prop::option::of("\\PC{0,20}"));
    (status, options, texts).prop_map(|(status, (at, category, offset), (text, identifier, content))| {
        let request = Request::retrieve("cse-in").identified(identifier);
        let mut response = Response::new(status, &request);
        response.originating_timestamp = at.map(|at| Timestamp::from_micros(at * 1_000_000 + 1));
        response.result_expiration_timestamp = response.originating_timestamp;
        response.event_category = category;
        response.content_offset = offset;
        response.content_status = offset.map(|_| ContentStatus::Partial);
        response.vendor_information = text.clone().map(SmolStr::from);
        response.created = text.clone().map(SmolStr::from);
        response.from = text.map(SmolStr::from);
        response.content = content.map(|text| Content::Value(Map::from_iter([("m2m:dbg", text)]).into()));
        response
    })
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
