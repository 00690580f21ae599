//! The mapping seen from the client: request → HTTP request, HTTP response → response.

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_LOCATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};

use super::status;
pub use crate::binding::path::url;
use crate::binding::query;
use crate::binding::text::{encode, plain};
use crate::codec::format::{Format, MediaType};
use crate::codec::{self, primitive};
use crate::primitive::{Content, ContentStatus, Operation, ReleaseVersion, Request, Response, Status};
use crate::schema::Registry;
use crate::value::{SmolStr, Timestamp, Value, is_unreserved};

/// The HTTP request that carries a request to a URL. What the URL says itself stays: its path, and its query before ours.
///
/// The content goes in the format; the schemas tell how XML spells it.
///
/// # Errors
/// A sentence, when the URL or a parameter cannot be said in HTTP, or the format is none that this build has.
pub fn request(
    url: &str,
    request: &Request,
    format: Format,
    registry: &Registry,
) -> Result<hyper::Request<Bytes>, String> {
    if !format.is_supported() {
        return Err(format!("{} is not supported here", format.name()));
    }
    let body = Bytes::new();
    let mut writer = Writer { query: String::new(), headers: HeaderMap::with_capacity(8), body, format, registry };
    for (name, value) in primitive::from_request(request).iter() {
        writer.parameter(request.operation, name, value)?;
    }
    let method = match request.operation {
        Operation::Create | Operation::Notify => Method::POST,
        Operation::Retrieve => Method::GET,
        Operation::Update => Method::PUT,
        Operation::Delete => Method::DELETE,
    };
    let media = MediaType::plain(format).as_str();
    match (request.operation, request.resource_type) {
        (Operation::Create, Some(ty)) => writer.put(CONTENT_TYPE, &format!("{media};ty={ty}"))?,
        (Operation::Create, None) => {
            return Err("resourceType (ty): missing; HTTP tells CREATE from NOTIFY by it".into());
        }
        _ if !writer.body.is_empty() => writer.put(CONTENT_TYPE, media)?,
        _ => {}
    }
    let url = match (writer.query.as_str(), url.contains('?')) {
        ("", _) => url.to_owned(),
        (query, true) => format!("{url}&{query}"),
        (query, false) => format!("{url}?{query}"),
    };
    let mut message = hyper::Request::new(writer.body);
    *message.method_mut() = method;
    *message.uri_mut() = url.parse().map_err(|error| format!("{url:?} is no URL: {error}"))?;
    *message.headers_mut() = writer.headers;
    Ok(message)
}

struct Writer<'r> {
    query: String,
    headers: HeaderMap,
    body: Bytes,
    format: Format,
    registry: &'r Registry,
}

impl Writer<'_> {
    fn put(&mut self, name: HeaderName, text: &str) -> Result<(), String> {
        let value =
            HeaderValue::from_bytes(text.as_bytes()).map_err(|_| format!("{name}: cannot stand in a header"))?;
        self.headers.insert(name, value);
        Ok(())
    }

    fn header(&mut self, name: &'static str, value: &Value, separator: &str) -> Result<(), String> {
        self.put(HeaderName::from_static(name), &plain(value, separator))
    }

    fn argument(&mut self, prefix: &str, name: &str, value: &Value) {
        let separator = if self.query.is_empty() { "" } else { "&" };
        self.query.push_str(separator);
        encode(&mut self.query, prefix, is_unreserved);
        encode(&mut self.query, name, is_unreserved);
        self.query.push('=');
        let items = value.as_list().unwrap_or(std::slice::from_ref(value));
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                self.query.push('+');
            }
            encode(&mut self.query, &plain(item, " "), |b| is_unreserved(b) || matches!(b, b':' | b'/' | b'*' | b','));
        }
    }

    /// Puts one parameter where TS-0009 wants it: 6.4 for headers, table 6.2.2.2-1 for arguments.
    fn parameter(&mut self, operation: Operation, name: &str, value: &Value) -> Result<(), String> {
        match name {
            "op" | "to" | "ty" => Ok(()),
            "fr" => self.header("x-m2m-origin", value, ""),
            "rqi" => self.header("x-m2m-ri", value, ""),
            "rvi" => self.header("x-m2m-rvi", value, ""),
            "ot" => self.header("x-m2m-ot", value, ""),
            "rqet" => self.header("x-m2m-ret", value, ""),
            "rset" => self.header("x-m2m-rst", value, ""),
            "oet" => self.header("x-m2m-oet", value, ""),
            "ec" => self.header("x-m2m-ec", value, ""),
            "gid" => self.header("x-m2m-gid", value, ""),
            "vsi" => self.header("x-m2m-vsi", value, ""),
            "aus" => self.header("x-m2m-as", value, "+"),
            "tkns" => self.put(AUTHORIZATION, &plain(value, "+")),
            "rt" => self.response_type(value),
            "fc" => {
                query::conditions(value, |prefix, name, value| self.argument(prefix, name, value));
                Ok(())
            }
            "pc" => {
                match query::attribute_list(operation, value) {
                    Some(list) => self.argument("", "atrl", list),
                    None => self.body = codec::encode(self.format, value, self.registry),
                }
                Ok(())
            }
            other => {
                self.argument("", other, value);
                Ok(())
            }
        }
    }

    fn response_type(&mut self, value: &Value) -> Result<(), String> {
        let member = |name| value.as_map().and_then(|map| map.get(name));
        if let Some(kind) = member("rtv") {
            self.argument("", "rt", kind);
        }
        member("nu").map_or(Ok(()), |uris| self.header("x-m2m-rtu", uris, "&"))
    }
}

/// Reads an HTTP response. An answer without `X-M2M-RSC` comes from something that is no CSE; its status is translated,
/// and a body that is not one of our media types is passed over. Bare 204 is the answer of a CSE that was asked for none.
///
/// # Errors
/// A sentence, when a header or the body is not what it has to be.
pub fn response(http: StatusCode, headers: &HeaderMap, body: &[u8], registry: &Registry) -> Result<Response, String> {
    let text =
        |name: &str| headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).map(str::trim);
    let code = match text("x-m2m-rsc") {
        Some(code) => Status::new(code.parse().map_err(|_| format!("X-M2M-RSC: expected a number, got {code:?}"))?),
        None => status::from_http(http),
    };
    let mut response = Response::new(code, &Request::new(Operation::Retrieve, ""));
    response.silent = http == StatusCode::NO_CONTENT && text("x-m2m-rsc").is_none();
    response.request_identifier = text("x-m2m-ri").unwrap_or_default().into();
    response.release_version_indicator = text("x-m2m-rvi").and_then(ReleaseVersion::parse).unwrap_or_default();
    response.from = text("x-m2m-origin").map(SmolStr::from);
    response.vendor_information = text("x-m2m-vsi").map(SmolStr::from);
    response.originating_timestamp = text("x-m2m-ot").and_then(Timestamp::parse);
    response.result_expiration_timestamp = text("x-m2m-rst").and_then(Timestamp::parse);
    response.event_category = text("x-m2m-ec").and_then(|text| text.parse().ok());
    response.content_offset = text("x-m2m-cto").and_then(|text| text.parse().ok());
    response.content_status = match text("x-m2m-cts") {
        Some("1") => Some(ContentStatus::Partial),
        Some("2") => Some(ContentStatus::Full),
        _ => None,
    };
    response.created = text(CONTENT_LOCATION.as_str()).map(SmolStr::from);
    let media = text(CONTENT_TYPE.as_str()).and_then(|text| MediaType::parse(text.split(';').next()?.trim()));
    if let Some(media) = media.filter(|_| !body.is_empty()) {
        if !media.format.is_supported() {
            return Err(format!("answered in {}, which is not supported here", media.as_str()));
        }
        response.content = Some(Content::Value(codec::decode(media.format, body, registry)?));
    }
    Ok(response)
}
