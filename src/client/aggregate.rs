//! What the members of a group answered.

use crate::codec::primitive::to_response;
use crate::primitive::{Response, Status};
use crate::value::{Map, Value};

/// The answers of a group's members in the answer of its `fopt` (`m2m:agr`, TS-0004 7.4.14.2.5). Each names its member in
/// `from`. One that cannot be read counts as 5000. Nothing, when the response is no aggregate.
#[must_use]
pub fn members(response: &Response) -> Vec<Response> {
    let value = response.value();
    let list =
        value.as_map().and_then(|map| map.get("m2m:agr")).and_then(Value::as_map).and_then(|agr| agr.get("m2m:rsp"));
    let items = list.and_then(Value::as_list).unwrap_or_default();
    items
        .iter()
        .map(|item| to_response(item).unwrap_or_else(|rejection| unreadable(response, &rejection.reason)))
        .collect()
}

fn unreadable(whole: &Response, reason: &str) -> Response {
    let mut response = whole.clone();
    response.status = Status::INTERNAL_SERVER_ERROR;
    response.content = Some(crate::primitive::Content::Value(Map::from_iter([("m2m:dbg", reason)]).into()));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;
    use crate::primitive::{Content, Request};

    #[test]
    fn each_member_speaks_for_itself() {
        let mut whole = Response::new(Status::OK, &Request::retrieve("cse-in/grp/fopt"));
        assert!(members(&whole).is_empty());
        let text = br#"{"m2m:agr":{"m2m:rsp":[{"rsc":2000,"fr":"cnt-1","pc":{"m2m:cnt":{"ri":"cnt-1"}}},{"rsc":4103,"fr":"cnt-2"},{}]}}"#;
        whole.content = Some(Content::Value(json::decode(text, 32).unwrap()));
        let answers = members(&whole);
        assert_eq!(answers.iter().map(|answer| answer.status.code()).collect::<Vec<_>>(), [2000, 4103, 5000]);
        assert_eq!(answers[1].from.as_deref(), Some("cnt-2"));
        assert!(answers[0].attributes().unwrap().contains("ri"));
    }
}
