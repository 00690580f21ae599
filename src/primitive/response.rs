//! A response primitive with every parameter of TS-0004 table 7.2.1.2-1 that this CSE has something to say in.

use bytes::Bytes;

use super::{Rejection, ReleaseVersion, Request, Status};
use crate::value::{Map, SmolStr, Timestamp, Value};

/// What a CSE answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// `rsc`: how it went.
    pub status: Status,
    /// `rqi`: the identifier of the request that this answers.
    pub request_identifier: SmolStr,
    /// `pc`: the content.
    pub content: Option<Content>,
    /// `to`: who asked.
    pub to: Option<SmolStr>,
    /// `fr`: who answers.
    pub from: Option<SmolStr>,
    /// `ot`: when this was composed; sent when the request carried one.
    pub originating_timestamp: Option<Timestamp>,
    /// `rset`: when the result is no longer worth anything; sent when the request carried one.
    pub result_expiration_timestamp: Option<Timestamp>,
    /// `ec`: the event category of the request.
    pub event_category: Option<u32>,
    /// `cnst`: whether this is all, or a page of it.
    pub content_status: Option<ContentStatus>,
    /// `cnot`: where the next page begins.
    pub content_offset: Option<u64>,
    /// `rvi`: the release this primitive speaks, the one of the request.
    pub release_version_indicator: ReleaseVersion,
    /// `vsi`: vendor information of the request.
    pub vendor_information: Option<SmolStr>,
    /// The identifier of the created resource, for bindings that have a place for it (HTTP's Content-Location).
    pub created: Option<SmolStr>,
    /// The originator asked for silence: bindings close the exchange with as little as their protocol permits.
    pub silent: bool,
}

/// `cnst` (TS-0004 6.3.4.2.50).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentStatus {
    /// 1: a part of the whole.
    Partial,
    /// 2: the whole.
    Full,
}

impl ContentStatus {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Partial => 1,
            Self::Full => 2,
        }
    }
}

/// Content that is a value, or JSON text that this CSE wrote itself and can send as it stands.
#[derive(Clone, Debug)]
pub enum Content {
    /// A value.
    Value(Value),
    /// Well-formed JSON.
    Json(Bytes),
}

impl Content {
    /// The content as a value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            // The text was written by our own encoder; should it ever be damaged, nothing is better than a wrong value.
            Self::Json(text) => crate::codec::json::decode(text, usize::MAX).unwrap_or_default(),
        }
    }

    /// The content as JSON text.
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        match self {
            Self::Value(value) => crate::codec::json::encode(value).into(),
            Self::Json(text) => text.clone(),
        }
    }
}

/// Contents are equal when they say the same.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.to_value() == other.to_value()
    }
}

impl Response {
    /// An answer to a request, without content.
    #[must_use]
    pub fn new(status: Status, request: &Request) -> Self {
        Self {
            status,
            request_identifier: request.request_identifier.clone(),
            content: None,
            to: request.originator.clone(),
            from: None,
            originating_timestamp: None,
            result_expiration_timestamp: None,
            event_category: request.event_category,
            content_status: None,
            content_offset: None,
            release_version_indicator: request.release_version_indicator,
            vendor_information: request.vendor_information.clone(),
            created: None,
            silent: false,
        }
    }

    /// The answer that a rejection is: its status, and its sentence as `m2m:dbg` (TS-0004 7.5.2).
    #[must_use]
    pub fn rejected(rejection: &Rejection, request: &Request) -> Self {
        let mut response = Self::new(rejection.status, request);
        response.take_back(rejection);
        response
    }

    /// Turns an answer that was not sent yet into that of a rejection: to whom it goes stays, what it says does not.
    pub fn take_back(&mut self, rejection: &Rejection) {
        self.status = rejection.status;
        self.content = Some(Content::Value(Map::from_iter([("m2m:dbg", &*rejection.reason)]).into()));
        (self.content_status, self.content_offset, self.created) = (None, None, None);
    }

    /// The content as a value, or null.
    #[must_use]
    pub fn value(&self) -> Value {
        self.content.as_ref().map(Content::to_value).unwrap_or_default()
    }

    /// The attributes of the one resource in the content: the inside of `{"m2m:cnt": {…}}`.
    #[must_use]
    pub fn attributes(&self) -> Option<Map> {
        match self.value() {
            Value::Map(map) => map.into_iter().next().and_then(|(_, inner)| match inner {
                Value::Map(inner) => Some(inner),
                _ => None,
            }),
            _ => None,
        }
    }
}
