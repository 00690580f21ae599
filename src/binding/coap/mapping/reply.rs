//! Response → CoAP response (TS-0008 6.2.2.4, 6.2.3, 6.2.4).

use super::{code, content_format, put_path, short};
use crate::binding::coap::message::Parts;
use crate::binding::coap::options;
use crate::codec::encode_content;
use crate::codec::format::MediaType;
use crate::primitive::{Operation, Rejection, ReleaseVersion, Request, Response, Status};
use crate::schema::Registry;
use crate::value::Value;

/// How the answer to a request is wanted.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The media type of the answer.
    pub(super) media: MediaType,
    /// What was to be done.
    pub(super) operation: Operation,
    /// Whether it came as a GET, whose answers may be cached.
    pub(super) retrieved: bool,
}

impl Default for Reply {
    fn default() -> Self {
        Self { media: MediaType::JSON, operation: Operation::Retrieve, retrieved: true }
    }
}

impl Reply {
    /// The CoAP response that carries a response. `None` when the originator wants none.
    #[must_use]
    pub fn answer(&self, response: &Response, registry: &Registry) -> Option<Parts> {
        if response.silent {
            return None;
        }
        let mut parts = Parts::new(code::to_coap(response.status, self.operation));
        let options = &mut parts.options;
        // TS-0008 6.2.4: only one code is told by CoAP's alone, but receivers look for it always.
        options.add_number(options::RSC, response.status.code().into());
        if !response.request_identifier.is_empty() {
            options.add(options::RQI, response.request_identifier.as_bytes().to_vec());
        }
        if response.release_version_indicator != ReleaseVersion::R1 {
            options.add(options::RVI, response.release_version_indicator.as_str().as_bytes());
        }
        // TS-0008 6.4: nobody on the way is to answer with what was true a minute ago.
        if self.retrieved {
            options.add_number(options::MAX_AGE, 0);
        }
        for (number, text) in [
            (options::FR, response.from.as_ref().map(ToString::to_string)),
            (options::VSI, response.vendor_information.as_ref().map(ToString::to_string)),
            (options::OT, response.originating_timestamp.map(|at| short(at, false))),
            (options::RSET, response.result_expiration_timestamp.map(|at| short(at, true))),
        ] {
            if let Some(text) = text {
                options.add(number, text.into_bytes());
            }
        }
        for (number, value) in [
            (options::EC, response.event_category.map(u64::from)),
            (options::CTS, response.content_status.map(|status| status.number().into())),
            (options::CTO, response.content_offset),
        ] {
            if let Some(value) = value {
                options.add_number(number, value);
            }
        }
        if let Some(created) = location(response) {
            put_path(options, options::LOCATION_PATH, &created);
        }
        // TS-0008 table 6.2.4-1: there is nothing to be said to a notification that was taken.
        let empty = self.operation == Operation::Notify && response.status == Status::OK;
        if let Some(content) = response.content.as_ref().filter(|_| !empty) {
            parts.payload = encode_content(self.media.format, content, registry);
            if !parts.payload.is_empty() {
                parts.options.add_number(options::CONTENT_FORMAT, content_format::to_number(self.media).into());
            }
        }
        Some(parts)
    }

    /// The CoAP response that carries a rejection of a request, as far as that has been read.
    #[must_use]
    pub fn reject(&self, rejection: &Rejection, request: &Request, registry: &Registry) -> Option<Parts> {
        self.answer(&Response::rejected(rejection, request), registry)
    }
}

/// What was created: the resource, or the <request> that stands for what is still to be done (TS-0008 6.3.2).
fn location(response: &Response) -> Option<String> {
    if let Some(created) = &response.created {
        return Some(created.to_string());
    }
    if !matches!(response.status, Status::ACCEPTED_NON_BLOCKING_SYNCH | Status::ACCEPTED_NON_BLOCKING_ASYNCH) {
        return None;
    }
    let value = response.value();
    value.as_map()?.get("m2m:uri").and_then(Value::as_text).map(str::to_owned)
}
