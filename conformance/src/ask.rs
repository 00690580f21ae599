//! Requests and answers as tests write and read them: JSON in, JSON out.

use onem2m_cse::codec::json;
use onem2m_cse::primitive::{FilterCriteria, Operation, Request, Response, ResultContent, Status};
use onem2m_cse::value::Value;
use serde_json::{Value as Json, json};

use crate::kind::Kind;

/// A CREATE of a child.
#[must_use]
pub fn create(to: &str, kind: Kind, attributes: &Json) -> Request {
    let mut request = Request::new(Operation::Create, to);
    request.resource_type = Some(kind.number);
    request.content = Some(value(&json!({kind.root: attributes})));
    request
}

/// A RETRIEVE.
#[must_use]
pub fn retrieve(to: &str) -> Request {
    Request::new(Operation::Retrieve, to)
}

/// An UPDATE.
#[must_use]
pub fn update(to: &str, kind: Kind, attributes: &Json) -> Request {
    let mut request = Request::new(Operation::Update, to);
    request.content = Some(value(&json!({kind.root: attributes})));
    request
}

/// A DELETE.
#[must_use]
pub fn delete(to: &str) -> Request {
    Request::new(Operation::Delete, to)
}

/// A discovery below a resource.
#[must_use]
pub fn discover(to: &str, criteria: FilterCriteria) -> Request {
    let usage = FilterCriteria::discovery().filter_usage;
    let mut request = Request::new(Operation::Retrieve, to);
    request.filter_criteria = Some(Box::new(FilterCriteria { filter_usage: usage, ..criteria }));
    request
}

/// What tests like to say of a request.
pub trait Asking: Sized {
    /// From whom.
    #[must_use]
    fn by(self, originator: &str) -> Self;
    /// With this result content.
    #[must_use]
    fn rcn(self, number: i64) -> Self;
    /// Only these attributes (TS-0004 7.3.3.6, case 1).
    #[must_use]
    fn only(self, attributes: &[&str]) -> Self;
}

impl Asking for Request {
    fn by(mut self, originator: &str) -> Self {
        self.originator = Some(originator.into());
        self
    }

    fn rcn(mut self, number: i64) -> Self {
        self.result_content = ResultContent::from_number(number);
        self
    }

    fn only(mut self, attributes: &[&str]) -> Self {
        self.content = Some(value(&json!({"m2m:atrl": attributes})));
        self
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The response status code.
    pub status: Status,
    /// The content, or null.
    pub content: Json,
    /// The rest.
    pub response: Response,
}

impl Answer {
    /// From a response.
    #[must_use]
    pub fn new(response: Response) -> Self {
        Self { status: response.status, content: to_json(&response.value()), response }
    }

    /// The inside of the one resource in the content: of `{"m2m:cnt": {…}}` the `{…}`. Null where there is none.
    #[must_use]
    pub fn attributes(&self) -> &Json {
        inside(&self.content)
    }

    /// One attribute, or null.
    #[must_use]
    pub fn get(&self, name: &str) -> &Json {
        at(self.attributes(), name)
    }

    /// One attribute as text, or empty.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.get(name).as_str().unwrap_or_default().to_owned()
    }

    /// What stands behind `m2m:uril`, as texts. Some CSEs write one text with spaces.
    #[must_use]
    pub fn addresses(&self) -> Option<Vec<String>> {
        match at(&self.content, "m2m:uril") {
            Json::Array(items) => Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()),
            Json::String(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
            _ => None,
        }
    }
}

/// The member of a JSON object, or null.
#[must_use]
pub fn at<'j>(json: &'j Json, name: &str) -> &'j Json {
    json.get(name).unwrap_or(&Json::Null)
}

/// The value of the only member, or null.
#[must_use]
pub fn inside(json: &Json) -> &Json {
    json.as_object().and_then(|members| members.values().next()).unwrap_or(&Json::Null)
}

/// JSON as the codecs know it. Tests write nothing that cannot be read.
#[must_use]
pub fn value(content: &Json) -> Value {
    json::decode(content.to_string().as_bytes(), 64).unwrap_or_default()
}

/// A value as JSON.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    serde_json::from_slice(&json::encode(value)).unwrap_or_default()
}
