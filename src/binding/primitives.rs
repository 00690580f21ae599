//! A message is a primitive (TS-0010 6.5, TS-0020 6.1, A.1), with its root or bare: for bindings that carry whole ones.

use crate::codec::primitive::{to_request, to_response};
use crate::primitive::{Rejection, ReleaseVersion, Request, Response};
use crate::value::{Map, SmolStr, Value};

/// A primitive that has come.
#[derive(Debug)]
pub(crate) enum Said {
    /// Something is asked of us.
    Request(Box<Request>),
    /// The answer to something that we asked.
    Response(Box<Response>),
}

/// Something has come that is no primitive, and what is to be done.
#[derive(Debug)]
pub(crate) enum Unsaid {
    /// It was meant as a request: this is the answer.
    Refused(Box<Response>),
    /// It was meant as the response to the request of that identifier. It is not answered: two sides that find fault with
    /// each other's responses would never come to an end.
    Response(SmolStr, String),
    /// Nobody can say what it was meant as, or who asked.
    Nothing(String),
}

/// The primitive that a value is. A request is known by its operation, a response by its status code.
pub(crate) fn read(value: &Value) -> Result<Said, Unsaid> {
    let members = inner(value);
    let has = |name: &str| members.is_some_and(|members| members.get(name).is_some());
    let identifier = members.and_then(|members| members.get("rqi")).and_then(Value::as_text);
    let identifier = identifier.filter(|text| !text.is_empty() && text.len() <= 255).map(SmolStr::from);
    let is_response = root(value) == Some("m2m:rsp") || (has("rsc") && !has("op"));
    if is_response {
        let response = to_response(value).map(|response| Said::Response(Box::new(response)));
        return response
            .map_err(|rejection| Unsaid::Response(identifier.unwrap_or_default(), rejection.reason.into_owned()));
    }
    let rejection = match to_request(value) {
        Ok(request) => return Ok(Said::Request(Box::new(request))),
        Err(rejection) => rejection,
    };
    match identifier {
        Some(identifier) => Err(Unsaid::Refused(Box::new(refusal(&rejection, identifier, members)))),
        None => Err(Unsaid::Nothing(rejection.reason.into_owned())),
    }
}

/// The answer to a request that could be read no further than its identifier and its release.
fn refusal(rejection: &Rejection, identifier: SmolStr, members: Option<&Map>) -> Response {
    let release = members.and_then(|members| members.get("rvi")).and_then(Value::as_text);
    let mut request = Request::retrieve("-").identified(identifier);
    request.release_version_indicator = release.and_then(ReleaseVersion::parse).unwrap_or(ReleaseVersion::R1);
    Response::rejected(rejection, &request)
}

fn root(value: &Value) -> Option<&str> {
    let (root, _) = value.as_map()?.single()?;
    Some(root.as_str()).filter(|root| matches!(*root, "m2m:rqp" | "m2m:rsp"))
}

fn inner(value: &Value) -> Option<&Map> {
    let outer = value.as_map()?;
    match root(value) {
        Some(_) => outer.single()?.1.as_map(),
        None => Some(outer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;
    use crate::primitive::{Operation, Status};

    fn read_text(text: &str) -> Result<Said, Unsaid> {
        read(&json::decode(text.as_bytes(), 32).unwrap())
    }

    #[test]
    fn requests_and_responses_are_told_apart_with_and_without_their_root() {
        for text in [
            r#"{"op":2,"to":"cse-in","fr":"Cae","rqi":"1"}"#,
            r#"{"m2m:rqp":{"op":2,"to":"cse-in","fr":"Cae","rqi":"1"}}"#,
        ] {
            let Ok(Said::Request(request)) = read_text(text) else { panic!("{text}") };
            assert_eq!((request.operation, request.originator.as_deref()), (Operation::Retrieve, Some("Cae")));
        }
        for text in [r#"{"rsc":2000,"rqi":"1"}"#, r#"{"m2m:rsp":{"rsc":2000,"rqi":"1"}}"#] {
            let Ok(Said::Response(response)) = read_text(text) else { panic!("{text}") };
            assert_eq!((response.status, response.request_identifier.as_str()), (Status::OK, "1"));
        }
    }

    #[test]
    fn what_has_an_identifier_is_answered() {
        for (text, status) in [
            (r#"{"op":9,"to":"cse-in","rqi":"1"}"#, Status::BAD_REQUEST),
            (r#"{"to":"cse-in","rqi":"1"}"#, Status::BAD_REQUEST),
            (r#"{"op":2,"to":"cse-in","rqi":"1","x":1}"#, Status::BAD_REQUEST),
            (r#"{"m2m:rqp":{"op":2,"rqi":"1"}}"#, Status::BAD_REQUEST),
            (r#"{"op":2,"to":"cse-in","rqi":"1","rvi":"77"}"#, Status::RELEASE_VERSION_NOT_SUPPORTED),
        ] {
            let Err(Unsaid::Refused(response)) = read_text(text) else { panic!("{text}") };
            assert_eq!((response.status, response.request_identifier.as_str()), (status, "1"), "{text}");
        }
    }

    #[test]
    fn what_has_none_is_not() {
        for text in ["1", "[]", "{}", r#"{"op":2,"to":"cse-in"}"#, r#"{"m2m:rqp":7}"#, r#"{"rqi":""}"#] {
            assert!(matches!(read_text(text), Err(Unsaid::Nothing(_))), "{text}");
        }
        for text in [r#"{"rsc":"x","rqi":"1"}"#, r#"{"m2m:rsp":7}"#] {
            assert!(matches!(read_text(text), Err(Unsaid::Response(..))), "{text}");
        }
    }
}
