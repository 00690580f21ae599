//! Cross-origin requests from web pages (the Fetch standard). Off unless origins are configured.

use bytes::Bytes;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::service::Response;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "Accept, Authorization, Content-Type, X-M2M-AS, X-M2M-EC, X-M2M-GID, X-M2M-OET, X-M2M-OT, X-M2M-Origin, \
     X-M2M-RET, X-M2M-RI, X-M2M-RST, X-M2M-RTU, X-M2M-RVI, X-M2M-VSI",
);
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static(
    "Content-Location, X-M2M-CTO, X-M2M-CTS, X-M2M-EC, X-M2M-OT, X-M2M-Origin, X-M2M-RI, X-M2M-RSC, X-M2M-RST, \
     X-M2M-RVI, X-M2M-VSI",
);

/// The page that asks, if there is one and it may.
pub(super) struct Origin(Option<HeaderValue>);

impl Origin {
    pub(super) fn of(allowed: &[String], headers: &HeaderMap) -> Self {
        if allowed.is_empty() {
            return Self(None);
        }
        let origin = headers.get(header::ORIGIN);
        let is_allowed =
            |origin: &&HeaderValue| allowed.iter().any(|one| one == "*" || one.as_bytes() == origin.as_bytes());
        Self(origin.filter(is_allowed).cloned())
    }

    /// The answer to a browser that asks before it sends.
    pub(super) fn preflight(&self, head: &Parts) -> Option<Response> {
        if head.method != Method::OPTIONS || !head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        self.0.as_ref()?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        Some(self.expose(response))
    }

    /// Lets the page read a response.
    pub(super) fn expose(&self, mut response: Response) -> Response {
        if let Some(origin) = &self.0 {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
            headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        }
        response
    }
}
