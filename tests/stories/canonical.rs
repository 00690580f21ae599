//! A response as text that two runs have in common.

use onem2m_cse::codec::json;
use onem2m_cse::codec::primitive::from_response;
use onem2m_cse::primitive::Response;
use onem2m_cse::value::{Map, Timestamp, Value};

/// The response primitive as JSON; each instant is `T`, as it differs from run to run, and members
/// stand by name: their order says nothing, and that of XML is the one of the standard's schemas. Without `to`: a response over HTTP
/// and CoAP goes back to who asked, and has no place to say who that is.
pub fn canonical(response: &Response) -> String {
    let members = from_response(response).into_iter().filter(|(name, _)| name != "to");
    let members = members.map(|(name, value)| (name, timeless(value)));
    String::from_utf8(json::encode(&Map::from_iter(members).into())).unwrap()
}

fn timeless(value: Value) -> Value {
    match value {
        Value::Text(text) if text.len() >= 15 && Timestamp::parse(&text).is_some() => "T".into(),
        Value::List(items) => Value::List(items.into_iter().map(timeless).collect()),
        Value::Map(map) => {
            let mut members: Vec<_> = map.into_iter().map(|(name, value)| (name, timeless(value))).collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Map::from_iter(members).into()
        }
        other => other,
    }
}
