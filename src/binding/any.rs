//! Any request and any response, for the tests of the mappings.

use proptest::prelude::*;

use crate::codec::format::Format;
use crate::primitive::{
    Content, ContentStatus, FilterCriteria, FilterOperation, FilterUsage, Operation, ReleaseVersion, Request, Response,
    ResponseType, ResultContent, Status,
};
use crate::value::{AbsRelTimestamp, Map, SmolStr, Timestamp, Value};

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
    pub fn any_request()(
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

pub fn any_format() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::ALL.into_iter().filter(|format| format.is_supported()).collect::<Vec<_>>())
}

pub fn any_response() -> impl Strategy<Value = Response> {
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
