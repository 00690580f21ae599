//! Response → HTTP response (TS-0009 6.3 to 6.5).

use bytes::Bytes;
use hyper::header::{CONTENT_LOCATION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode, header};

use super::status;
use crate::codec::encode_content;
use crate::codec::format::MediaType;
use crate::primitive::{ContentStatus, Rejection, ReleaseVersion, Request, Response, Status};
use crate::schema::Registry;
use crate::value::SmolStr;

static RSC: HeaderName = HeaderName::from_static("x-m2m-rsc");
static RI: HeaderName = HeaderName::from_static("x-m2m-ri");
static RVI: HeaderName = HeaderName::from_static("x-m2m-rvi");
static ORIGIN: HeaderName = HeaderName::from_static("x-m2m-origin");
static OT: HeaderName = HeaderName::from_static("x-m2m-ot");
static RST: HeaderName = HeaderName::from_static("x-m2m-rst");
static EC: HeaderName = HeaderName::from_static("x-m2m-ec");
static VSI: HeaderName = HeaderName::from_static("x-m2m-vsi");
static CTS: HeaderName = HeaderName::from_static("x-m2m-cts");
static CTO: HeaderName = HeaderName::from_static("x-m2m-cto");

/// The methods that the mapping knows, for answers that refuse another.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE");

/// How the answer to a request is wanted.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The media type of the answer.
    pub(super) media: MediaType,
    /// The request identifier as it came, to be sent back without a copy.
    pub(super) request_identifier: Option<HeaderValue>,
}

impl Default for Reply {
    fn default() -> Self {
        Self { media: MediaType::JSON, request_identifier: None }
    }
}

impl Reply {
    /// The HTTP response that carries a response. The body is one piece, so head and body leave in one write.
    #[must_use]
    pub fn answer(&self, response: Response, registry: &Registry) -> hyper::Response<Bytes> {
        if response.silent {
            // The originator wants to hear nothing; HTTP wants an answer. This is the least there is.
            return with_status(StatusCode::NO_CONTENT, Bytes::new());
        }
        let spell = |content| encode_content(self.media.format, content, registry);
        let body = response.content.as_ref().map(spell).unwrap_or_default();
        let mut message = with_status(status::to_http(response.status), body);
        let has_body = !message.body().is_empty();
        let headers = message.headers_mut();
        *headers = HeaderMap::with_capacity(8);
        headers.insert(&RSC, status::header(response.status));
        if let Some(identifier) = self.identifier(&response.request_identifier) {
            headers.insert(&RI, identifier);
        }
        if let Some(release) = release(response.release_version_indicator) {
            headers.insert(&RVI, release);
        }
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media.as_str()));
        }
        if response.status == Status::OPERATION_NOT_ALLOWED {
            headers.insert(header::ALLOW, METHODS);
        }
        rarely(headers, &response);
        message
    }

    /// The HTTP response that carries a rejection of a request, as far as that has been read.
    #[must_use]
    pub fn reject(&self, rejection: &Rejection, request: &Request, registry: &Registry) -> hyper::Response<Bytes> {
        self.answer(Response::rejected(rejection, request), registry)
    }

    /// The identifier as it came, when the response still has the same: no copy, no check.
    fn identifier(&self, answered: &SmolStr) -> Option<HeaderValue> {
        match &self.request_identifier {
            Some(value) if value.as_bytes() == answered.as_bytes() => Some(value.clone()),
            _ if answered.is_empty() => None,
            _ => HeaderValue::from_bytes(answered.as_bytes()).ok(),
        }
    }
}

/// What most responses do not have.
fn rarely(headers: &mut HeaderMap, response: &Response) {
    let mut put = |name: &HeaderName, value: Option<&str>| {
        // What cannot stand in a header line did not come in through one.
        if let Some(value) = value.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok()) {
            headers.insert(name, value);
        }
    };
    put(&CONTENT_LOCATION, response.created.as_deref());
    put(&ORIGIN, response.from.as_deref());
    put(&VSI, response.vendor_information.as_deref());
    put(&OT, response.originating_timestamp.map(|at| at.to_string()).as_deref());
    put(&RST, response.result_expiration_timestamp.map(|at| at.to_string()).as_deref());
    if let Some(category) = response.event_category {
        headers.insert(&EC, category.into());
    }
    if let Some(part) = response.content_status {
        let number = match part {
            ContentStatus::Partial => "1",
            ContentStatus::Full => "2",
        };
        headers.insert(&CTS, HeaderValue::from_static(number));
    }
    if let Some(offset) = response.content_offset {
        headers.insert(&CTO, offset.into());
    }
}

/// TS-0009 6.4.22; a Release 1 originator gets none (TS-0004 table 6.4.2-1).
const fn release(release: ReleaseVersion) -> Option<HeaderValue> {
    Some(HeaderValue::from_static(match release {
        ReleaseVersion::R1 => return None,
        named => named.as_str(),
    }))
}

fn with_status(status: StatusCode, body: Bytes) -> hyper::Response<Bytes> {
    let mut message = hyper::Response::new(body);
    *message.status_mut() = status;
    message
}

/// A response primitive that answers no request we could read: a limit was reached.
pub(in crate::binding::http) fn refusal(http: StatusCode, status: Status, reason: &str) -> hyper::Response<Bytes> {
    let body = crate::codec::json::encode(&crate::value::Map::from_iter([("m2m:dbg", reason)]).into());
    let mut message = with_status(http, body.into());
    message.headers_mut().insert(&RSC, status::header(status));
    message.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MediaType::JSON.as_str()));
    message
}
