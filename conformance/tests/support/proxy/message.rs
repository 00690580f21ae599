//! Messages on their way through the proxy.

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::Value as Json;

/// A request on its way, or one that was sent.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    /// The path, without the slash in front.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub fields: HeaderMap,
    pub content: Json,
}

impl Asked {
    /// The attributes in the content.
    pub fn attributes(&mut self) -> Option<&mut serde_json::Map<String, Json>> {
        inside(&mut self.content)
    }

    /// Takes an argument out of the query. Whether it was there.
    pub fn drop_argument(&mut self, name: &str) -> bool {
        let before = self.query.len();
        self.query.retain(|(known, _)| known != name);
        before != self.query.len()
    }

    /// The value of an argument of the query.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, name: &'static str, value: &str) {
        self.fields.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }

    pub fn creates(&self) -> Option<u32> {
        let media = self.fields.get("content-type")?.to_str().ok()?;
        (self.method == Method::POST).then(|| media.split_once("ty=")?.1.parse().ok())?
    }
}

/// An answer on its way.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub fields: HeaderMap,
    pub content: Json,
}

impl Answered {
    /// The attributes in the content.
    pub fn attributes(&mut self) -> Option<&mut serde_json::Map<String, Json>> {
        inside(&mut self.content)
    }

    /// The response status code.
    pub fn code(&self) -> u32 {
        let code = self.fields.get("x-m2m-rsc").and_then(|code| code.to_str().ok()?.parse().ok());
        code.unwrap_or_default()
    }

    /// Sets the response status code, and HTTP's.
    pub fn set_code(&mut self, code: u32, http: u16) {
        self.fields.insert("x-m2m-rsc", HeaderValue::from(code));
        self.status = StatusCode::from_u16(http).unwrap();
    }
}

fn inside(content: &mut Json) -> Option<&mut serde_json::Map<String, Json>> {
    content.as_object_mut()?.values_mut().next()?.as_object_mut()
}

/// Reads a message. Addresses that it names are changed on the way.
pub(super) async fn read(request: Request<Incoming>, from: &str, to: &str) -> Asked {
    let (head, body) = request.into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let query = head.uri.query().unwrap_or_default();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let query =
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (n.into(), v.into())).collect();
    let path = head.uri.path().trim_start_matches('/').to_owned();
    Asked { method: head.method, path, query, fields: head.headers, content: parse(&bytes, from, to) }
}

pub(super) fn parse(bytes: &[u8], from: &str, to: &str) -> Json {
    let text = String::from_utf8_lossy(bytes);
    let text = if from.is_empty() { text.into_owned() } else { text.replace(from, to) };
    // What is no JSON goes through as it is, wrapped in a text that nobody else writes.
    serde_json::from_str(&text).unwrap_or_else(|_| if text.is_empty() { Json::Null } else { Json::String(text) })
}

pub(super) fn bytes(content: &Json, from: &str, to: &str) -> Bytes {
    let text = match content {
        Json::Null => String::new(),
        Json::String(raw) => raw.clone(),
        content => content.to_string(),
    };
    if from.is_empty() { text.into() } else { text.replace(from, to).into() }
}

pub(super) fn write(answered: Answered, from: &str, to: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(bytes(&answered.content, from, to)));
    *response.status_mut() = answered.status;
    *response.headers_mut() = answered.fields;
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().remove(TRANSFER_ENCODING);
    response
}
