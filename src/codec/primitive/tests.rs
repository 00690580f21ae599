use proptest::prelude::*;

use super::*;
use crate::codec::json;
use crate::primitive::{FilterCriteria, ReleaseVersion, Request, Response, ResponseType, Status};
use crate::value::{AbsRelTimestamp, Map, SmolStr, Timestamp, Value};

fn value(text: &str) -> Value {
    json::decode(text.as_bytes(), json::DEFAULT_DEPTH).unwrap()
}

/// Every parameter that a RETRIEVE may have.
const RETRIEVE: &str = r#"{
    "op": 2, "to": "/id-in/cse-in", "fr": "CAdmin", "rqi": "1", "pc": {"m2m:atrl": ["ri"]}, "rids": ["r1"],
    "ot": "20261120T160743,000000", "rqet": "20261120T160743,000000", "rset": "5000", "oet": "-1",
    "rt": {"rtv": 2, "nu": ["http://x/a", "Cb"]}, "rp": "5000", "rcn": 4, "ec": 2, "da": true, "gid": "g", "grtm": ["a/b"],
    "gstn": 3,
    "fc": {
        "crb": "20261120T160743,000000", "cra": "20261120T160743,000000", "ms": "20261120T160743,000000",
        "us": "20261120T160743,000000", "sts": 1, "stb": 2, "exb": "20261120T160743,000000",
        "exa": "20261120T160743,000000", "lbl": ["a", "b"], "lbq": "a:b", "clbl": ["c"], "palb": ["d"], "ty": [3, 4],
        "chty": [3], "pty": [2], "sza": 0, "szb": 9, "cty": ["text/plain"],
        "atr": [{"nm": "cr", "val": "Sam"}, {"nm": "mni", "val": 3}], "catr": [{"nm": "con", "val": true}],
        "patr": [{"nm": "rn", "val": "x"}], "smf": ["SELECT ?x"], "fo": 2, "cfs": 1, "cfq": "$.a", "gmty": 1,
        "geom": "[1.0,2.0]", "gsf": 1, "fu": 1, "lim": 0, "lvl": 1, "ofst": 2, "arp": "x/y"
    },
    "drt": 2, "tkns": ["a.b.c"], "tids": ["t"], "ltids": ["l"], "tqi": true, "asi": true, "aus": ["s"], "auri": false,
    "sqi": true, "rvi": "4", "vsi": "v"
}"#;

#[test]
fn every_parameter_comes_back_as_it_was() {
    let all = value(RETRIEVE);
    let request = to_request(&all).unwrap();
    assert_eq!(Value::from(from_request(&request)), all);
    assert_eq!(to_request(&wrap_request(&request)).unwrap(), request);
    assert_eq!(request.response_type, Some(ResponseType::NonBlockingAsynch));
    assert_eq!(request.filter_criteria.unwrap().attributes[1], ("mni".into(), Value::Int(3)));
}

#[test]
fn what_peers_write_differently_is_read_too() {
    let request =
        to_request(&value(r#"{"op":"2","to":"x","rqi":"1","rt":3,"fc":{"lbl":"a b","ty":3,"geom":[1.5,2]},"rvi":3}"#));
    let request = request.unwrap();
    assert_eq!(request.response_type, Some(ResponseType::Blocking));
    assert_eq!(request.release_version_indicator, ReleaseVersion::R3);
    let fc: FilterCriteria = *request.filter_criteria.unwrap();
    assert_eq!((fc.labels.len(), fc.resource_type), (2, vec![3]));
    assert_eq!(fc.geo_query.geometry.as_deref(), Some("[1.5,2]"));
}

#[test]
fn nowhere_to_notify_is_not_the_same_as_nothing_said() {
    let uris = |rt: &str| {
        let request = to_request(&value(&format!(r#"{{"op":2,"to":"x","rqi":"1","rt":{rt}}}"#))).unwrap();
        assert_eq!(to_request(&wrap_request(&request)).unwrap(), request);
        request.notification_uris
    };
    assert_eq!(uris(r#"{"rtv":2}"#), None);
    assert_eq!(uris(r#"{"rtv":2,"nu":[]}"#), Some(Vec::new()));
    assert_eq!(uris(r#"{"rtv":2,"nu":["Cb"]}"#), Some(vec!["Cb".into()]));
}

#[test]
fn one_attribute_may_be_named_behind_the_address() {
    let request = to_request(&value(r#"{"op":2,"to":"cse/ae#lbl","fr":"C","rqi":"1"}"#)).unwrap();
    assert_eq!((request.to.as_str(), request.content), ("cse/ae", Some(value(r#"{"m2m:atrl":["lbl"]}"#))));
    let other = to_request(&value(r#"{"op":4,"to":"cse/ae#lbl","fr":"C","rqi":"1"}"#)).unwrap();
    assert_eq!(other.to, "cse/ae#lbl", "only a RETRIEVE has attributes to choose");
}

#[test]
fn mistakes_are_refused_by_name() {
    for (text, word) in [
        ("[]", "request primitive"),
        ("{}", "(op)"),
        (r#"{"op":6,"to":"x","rqi":"1"}"#, "(op)"),
        (r#"{"op":2,"rqi":"1"}"#, "(to)"),
        (r#"{"op":2,"to":"x"}"#, "(rqi)"),
        (r#"{"op":2,"to":"x","rqi":"1","nonsense":1}"#, "nonsense"),
        (r#"{"op":2,"to":"x","rqi":"1","ty":3}"#, "(ty)"),
        (r#"{"op":2,"to":"x","rqi":"1","rcn":13}"#, "(rcn)"),
        (r#"{"op":2,"to":"x","rqi":"1","rt":{"x":1}}"#, "(rt)"),
        (r#"{"op":2,"to":"x","rqi":"1","gstn":0}"#, "(gstn)"),
        (r#"{"op":2,"to":"x","rqi":"1","rt":{"rtv":2,"nu":1}}"#, "(nu)"),
        (r#"{"op":2,"to":"x","rqi":"1","fc":{"x":1}}"#, "x"),
        (r#"{"op":2,"to":"x","rqi":"1","fc":{"atr":[{"nm":"a"}]}}"#, "atr"),
        (r#"{"op":2,"to":"x","rqi":"1","fc":{"lim":-1}}"#, "lim"),
        (r#"{"op":1,"to":"x","rqi":"1","ty":3,"fc":{}}"#, "(fc)"),
    ] {
        let rejection = to_request(&value(text)).unwrap_err();
        assert!(rejection.status == Status::BAD_REQUEST && rejection.reason.contains(word), "{text}: {rejection}");
    }
    let release = to_request(&value(r#"{"op":2,"to":"x","rqi":"1","rvi":"1"}"#)).unwrap_err();
    assert_eq!(release.status, Status::RELEASE_VERSION_NOT_SUPPORTED);
}

#[test]
fn a_response_comes_back_as_it_was() {
    let all = value(
        r#"{"rsc":2000,"rqi":"1","pc":{"m2m:cnt":{}},"to":"C","fr":"/id-in","ot":"20261120T160743,000000",
        "rset":"20261120T160743,000000","ec":2,"cnst":1,"cnot":3,"rvi":"3","vsi":"v"}"#,
    );
    let response: Response = to_response(&all).unwrap();
    assert_eq!(Value::from(from_response(&response)), all);
    assert_eq!(to_response(&wrap_response(&response)).unwrap(), response);
    assert!(to_response(&Map::new().into()).unwrap_err().reason.contains("(rsc)"));
    let release_1 = Response::new(Status::OK, &Request::new(crate::primitive::Operation::Retrieve, "x"));
    assert!(!from_response(&release_1).contains("rvi"));
}

#[test]
fn an_answer_brought_to_a_polling_channel_is_read() {
    let sent = r#"{"m2m:rsp": {"rsc": 2000, "rqi": "0001", "fr": "Cpoller", "to": "/id-in", "rvi": "3",
        "pc": {"m2m:cin": {"con": "21.5"}}, "ot": "20261120T160743", "rset": "5000", "asri": true}}"#;
    let response = to_response(&value(sent)).unwrap();
    assert_eq!((response.status, response.request_identifier.as_str()), (Status::OK, "0001"));
    assert_eq!(response.attributes().unwrap().get("con"), Some(&Value::from("21.5")));
    assert_eq!(response.result_expiration_timestamp, Timestamp::parse("20261120T160748"));
    let brief = to_response(&value(r#"{"m2m:rsp": {"rsc": "4004", "rqi": "1", "rset": 5000}}"#)).unwrap();
    assert_eq!((brief.status, brief.result_expiration_timestamp), (Status::NOT_FOUND, None));
    for (bad, word) in [
        (r#"{"m2m:rsp": []}"#, "m2m:rsp"),
        (r#"{"m2m:rsp": {"rqi": "1"}}"#, "(rsc)"),
        (r#"{"m2m:rsp": {"rsc": true, "rqi": "1"}}"#, "(rsc)"),
        (r#"{"m2m:rsp": {"rsc": 2000, "rqi": 1}}"#, "(rqi)"),
    ] {
        assert!(to_response(&value(bad)).unwrap_err().reason.contains(word), "{bad}");
    }
}

prop_compose! {
    /// A RETRIEVE with any selection of its parameters, some of them with any value.
    fn any_request()(
        keep in prop::collection::vec(any::<bool>(), 40),
        conditions in prop::collection::vec(any::<bool>(), 40),
        uris in prop::option::of(prop::collection::vec("\\PC{0,12}".prop_map(SmolStr::from), 0..3)),
        (originator, vendor) in (prop::option::of("\\PC{1,12}"), prop::option::of("\\PC{0,12}")),
        (at, after) in (0..=Timestamp::MAX.as_micros(), any::<i64>()),
        (somecast, flag) in (prop::option::of(1..=i64::MAX.unsigned_abs()), prop::option::of(any::<bool>())),
        members in prop::collection::vec("\\PC{0,12}".prop_map(SmolStr::from), 0..4),
    ) -> Request {
        let Value::Map(all) = value(RETRIEVE) else { unreachable!() };
        let some = |map: Map, keep: &[bool]| -> Map {
            let kept = map.into_iter().zip(keep).filter(|((name, _), keep)| {
                **keep || matches!(name.as_str(), "op" | "to" | "rqi")
            });
            kept.map(|(member, _)| member).collect()
        };
        let mut members_kept = some(all, &keep);
        if let Some(Value::Map(criteria)) = members_kept.remove("fc") {
            members_kept.push("fc", some(criteria, &conditions));
        }
        let mut request = to_request(&members_kept.into()).unwrap();
        request.notification_uris = uris;
        request.originator = originator.map(SmolStr::from);
        request.vendor_information = vendor.map(SmolStr::from);
        request.originating_timestamp = request.originating_timestamp.map(|_| Timestamp::from_micros(at));
        request.result_expiration_timestamp = request.operation_execution_time.map(|_| AbsRelTimestamp::After(after));
        request.request_expiration_timestamp =
            request.result_persistence.map(|_| AbsRelTimestamp::At(Timestamp::from_micros(at)));
        request.group_somecast_target_number = somecast;
        request.delivery_aggregation = flag;
        request.group_request_target_members = members;
        request
    }
}

proptest! {
    #[test]
    fn any_request_comes_back_from_its_root_as_it_was(request in any_request()) {
        let wrapped = wrap_request(&request);
        prop_assert!(wrapped.as_map().and_then(Map::single).is_some_and(|(root, _)| root == "m2m:rqp"));
        prop_assert_eq!(to_request(&wrapped), Ok(request.clone()));
        let sent = json::encode(&wrapped);
        prop_assert_eq!(to_request(&json::decode(&sent, json::DEFAULT_DEPTH).unwrap()), Ok(request));
    }
}
