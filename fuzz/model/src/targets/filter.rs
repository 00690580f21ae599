//! Filter criteria, as a query string says them, held against a tree.

use hyper::{HeaderMap, Method, Uri};
use onem2m_cse::binding::http::mapping::Incoming;
use onem2m_cse::engine::Input;
use onem2m_cse::primitive::FilterCriteria;
use onem2m_cse::schema::Registry;

use super::value::primitives;
use crate::fixture::Fixture;

/// The text after the `?` of a RETRIEVE of the CSEBase.
pub fn filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for (name, value) in text.split('&').filter_map(|argument| argument.split_once('=')) {
        let _ = FilterCriteria::default().set_text(name, value);
    }
    let Ok(uri) = format!("/cse-in?{text}").parse::<Uri>() else { return };
    let registry = Registry::shared();
    let headers = HeaderMap::from_iter([
        (hyper::header::HeaderName::from_static("x-m2m-origin"), hyper::header::HeaderValue::from_static("Cae1")),
        (hyper::header::HeaderName::from_static("x-m2m-ri"), hyper::header::HeaderValue::from_static("1")),
        (hyper::header::HeaderName::from_static("x-m2m-rvi"), hyper::header::HeaderValue::from_static("4")),
    ]);
    let is_attribute = |short: &str| registry.attribute_by_short(short).is_some();
    let (incoming, verdict) = Incoming::read_head(&Method::GET, &uri, &headers, is_attribute);
    if verdict.is_err() {
        return;
    }
    primitives(&onem2m_cse::codec::primitive::wrap_request(&incoming.request));
    let mut fixture = Fixture::shared().open();
    let now = fixture.now;
    let outputs = fixture.engine.handle(Input::Request(1, Box::new(incoming.request)), now);
    crate::fixture::nothing_secret(&outputs, "Cae1");
}
