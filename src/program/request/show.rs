//! How a response is shown.

use onem2m_cse::codec::{json, primitive};
use onem2m_cse::primitive::Response;
use onem2m_cse::value::{Map, Value};

/// The response: a line with its status and then its content, or all of it as one line of JSON.
pub fn text(response: &Response, as_json: bool) -> String {
    if as_json {
        let line = json::encode(&primitive::from_response(response).into());
        return format!("{}\n", String::from_utf8_lossy(&line));
    }
    let mut text = format!("{} {}\n", response.status, response.status.name());
    match response.value() {
        Value::Null => {}
        content => {
            match content.as_map().and_then(Map::single) {
                Some((root, Value::Text(sentence))) if root == "m2m:dbg" => text.push_str(sentence),
                _ => indented(&mut text, &content, 0),
            }
            text.push('\n');
        }
    }
    if let Some(next) = response.content_offset {
        text.push_str(&format!("there is more: --param ofst={next}\n"));
    }
    text
}

/// A value with a line for each member, in the order in which they came. A list of plain values stays on one line.
fn indented(text: &mut String, value: &Value, depth: usize) {
    let (open, close, items): (_, _, Vec<(Option<&str>, &Value)>) = match value {
        Value::Map(map) if !map.is_empty() => {
            ("{", "}", map.iter().map(|(name, value)| (Some(&**name), value)).collect())
        }
        Value::List(items) if items.iter().any(|item| matches!(item, Value::Map(_))) => {
            ("[", "]", items.iter().map(|item| (None, item)).collect())
        }
        plain => return text.push_str(&String::from_utf8_lossy(&json::encode(plain))),
    };
    let inner = depth.saturating_add(1);
    text.push_str(open);
    for (place, (name, item)) in items.into_iter().enumerate() {
        text.push_str(if place == 0 { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(inner));
        if let Some(name) = name {
            text.push_str(&String::from_utf8_lossy(&json::encode(&name.into())));
            text.push_str(": ");
        }
        indented(text, item, inner);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push_str(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use onem2m_cse::primitive::{Content, Rejection, Request, Status};

    fn shown(content: &str) -> String {
        let mut response = Response::new(Status::OK, &Request::retrieve("x"));
        response.content = Some(Content::Value(json::decode(content.as_bytes(), 32).unwrap()));
        text(&response, false)
    }

    #[test]
    fn a_resource_is_shown_with_a_line_for_each_attribute() {
        let wanted = "2000 OK\n{\n  \"m2m:cnt\": {\n    \"rn\": \"c\",\n    \"lbl\": [\"a\",\"b\"],\n    \"m2m:cin\": [\n      {\n        \"con\": \"ä\"\n      }\n    ],\n    \"at\": [],\n    \"x\": {}\n  }\n}\n";
        assert_eq!(shown(r#"{"m2m:cnt":{"rn":"c","lbl":["a","b"],"m2m:cin":[{"con":"ä"}],"at":[],"x":{}}}"#), wanted);
        assert_eq!(shown("null"), "2000 OK\n");
    }

    #[test]
    fn a_refusal_is_a_sentence_and_json_is_one_line() {
        let refused =
            Response::rejected(&Rejection::not_found("there is no x"), &Request::retrieve("x").identified("7"));
        assert_eq!(text(&refused, false), "4004 NOT_FOUND\nthere is no x\n");
        let line = text(&refused, true);
        assert!(line.starts_with(r#"{"rsc":4004,"rqi":"7","pc":{"m2m:dbg":"there is no x"}"#), "{line}");
        assert_eq!(line.lines().count(), 1);
    }
}
