//! The content query (TS-0004 7.3.3.17.13): JSONPath into the content of an instance.

use crate::primitive::Rejection;
use crate::value::Value;

/// Whether a query can be read.
///
/// # Errors
/// 4000 for what is not JSONPath; 5001 when this build has no JSONPath.
#[cfg(feature = "jsonpath")]
pub fn check(query: &str) -> Result<(), Rejection> {
    if query.len() > 1024 {
        return Err(Rejection::bad_request("contentFilterQuery (cfq): expected at most 1024 bytes"));
    }
    match serde_json_path::JsonPath::parse(query) {
        Ok(_) => Ok(()),
        Err(error) => Err(Rejection::bad_request(format!("contentFilterQuery (cfq): expected JSONPath: {error}"))),
    }
}

/// Whether the query selects anything in the content. Content that is JSON in a text is looked into.
#[cfg(feature = "jsonpath")]
#[must_use]
pub fn holds(query: &str, content: &Value) -> bool {
    let Ok(path) = serde_json_path::JsonPath::parse(query) else { return false };
    let parsed = match content {
        Value::Text(text) => serde_json::from_str(text),
        other => serde_json::from_slice(&crate::codec::json::encode(other)),
    };
    parsed.is_ok_and(|json: serde_json::Value| !path.query(&json).is_empty())
}

/// Whether a query can be read.
///
/// # Errors
/// 5001: this build has no JSONPath.
#[cfg(not(feature = "jsonpath"))]
pub fn check(_query: &str) -> Result<(), Rejection> {
    Err(Rejection::not_implemented("contentFilterQuery (cfq): this CSE was built without JSONPath"))
}

/// Nothing can be selected without JSONPath; [`check`] has refused the request already.
#[cfg(not(feature = "jsonpath"))]
#[must_use]
pub const fn holds(_query: &str, _content: &Value) -> bool {
    false
}

#[cfg(all(test, feature = "jsonpath"))]
mod tests {
    use super::*;

    #[test]
    fn a_query_looks_into_objects_and_into_json_in_a_text() {
        let text = Value::from(r#"{"t": 21, "unit": "C"}"#);
        let object = crate::codec::json::decode(br#"{"t": 21, "unit": "C"}"#, 8).unwrap();
        for content in [text, object] {
            assert!(holds("$.t", &content));
            assert!(holds("$[?@ > 20]", &content));
            assert!(!holds("$.humidity", &content));
        }
        assert!(!holds("$.t", &Value::from("21")));
        assert!(check("$..[").is_err() && check("$.t").is_ok());
    }
}
