//! Request headers → parameters (TS-0009 6.4), in one pass over the header map.

use hyper::HeaderMap;
use hyper::header::HeaderValue;

use super::accept::Acceptance;
use super::{Incoming, MAX_REQUEST_IDENTIFIER, content_type};
use crate::binding::text::{bad, list_of};
use crate::primitive::{Rejection, ReleaseVersion, Status};
use crate::value::{AbsRelTimestamp, SmolStr, Timestamp, Value, excerpt};

/// The headers that mean something in a request. All other headers are passed over (TS-0009 6.4.0).
#[derive(Clone, Copy)]
enum Field {
    ContentType,
    Authorization,
    Origin,
    RequestIdentifier,
    Release,
    OriginatingTimestamp,
    RequestExpiration,
    ResultExpiration,
    OperationExecution,
    NotificationUris,
    EventCategory,
    Group,
    Vendor,
    Signatures,
}

impl Field {
    /// The field of that header; names come in lower case from the parser.
    fn of(name: &str) -> Option<Self> {
        Some(match name.strip_prefix("x-m2m-") {
            Some("origin") => Self::Origin,
            Some("ri") => Self::RequestIdentifier,
            Some("rvi") => Self::Release,
            Some("ot") => Self::OriginatingTimestamp,
            Some("ret") => Self::RequestExpiration,
            Some("rst") => Self::ResultExpiration,
            Some("oet") => Self::OperationExecution,
            Some("rtu") => Self::NotificationUris,
            Some("ec") => Self::EventCategory,
            Some("gid") => Self::Group,
            Some("vsi") => Self::Vendor,
            Some("as") => Self::Signatures,
            Some(_) => return None,
            None if name == "content-type" => Self::ContentType,
            None if name == "authorization" => Self::Authorization,
            None => return None,
        })
    }
}

impl Incoming {
    /// Reads every header, even after one was found wrong, so that the rejection can carry the identifier back.
    pub(super) fn read_headers(&mut self, headers: &HeaderMap) -> Result<(), Rejection> {
        let mut verdict = Ok(());
        let mut seen: u32 = 0;
        let mut accept = Acceptance::default();
        for (name, value) in headers {
            let name = name.as_str();
            if name == "accept" {
                accept.add(value);
                continue;
            }
            let Some(field) = Field::of(name) else { continue };
            let bit = 1_u32 << (field as u32);
            let result = if seen & bit == 0 {
                self.read_header(field, name, value)
            } else {
                Err(bad(name, "expected at most once"))
            };
            seen |= bit;
            verdict = verdict.and(result);
        }
        let answer = accept.answer(self.content_type.format());
        self.reply.media = answer.unwrap_or(self.reply.media);
        verdict?;
        if self.request.request_identifier.is_empty() {
            return Err(Rejection::bad_request("requestIdentifier (rqi): missing; send it as X-M2M-RI"));
        }
        answer.map(|_| ()).ok_or_else(|| {
            let reason = format!("accept: expected {} among the types", content_type::spoken());
            Rejection::new(Status::NOT_ACCEPTABLE, reason)
        })
    }

    fn read_header(&mut self, field: Field, name: &str, value: &HeaderValue) -> Result<(), Rejection> {
        let text = utf8(name, value)?;
        let request = &mut self.request;
        match field {
            Field::ContentType => request.resource_type = self.content_type.read(text)?,
            Field::Authorization => request.tokens = tokens(text)?,
            // A header without a value says as little as none.
            Field::Origin => request.originator = (!text.is_empty()).then(|| text.into()),
            Field::RequestIdentifier => {
                if text.is_empty() || text.len() > MAX_REQUEST_IDENTIFIER {
                    let reason = format!("requestIdentifier (rqi): expected 1 to {MAX_REQUEST_IDENTIFIER} bytes");
                    return Err(Rejection::bad_request(reason));
                }
                request.request_identifier = text.into();
                self.reply.request_identifier = Some(value.clone());
            }
            Field::Release => {
                request.release_version_indicator = ReleaseVersion::parse(text).ok_or_else(|| {
                    let got = excerpt(text);
                    let reason = format!("releaseVersionIndicator (rvi): expected 2, 2a, 3, 4 or 5, got \"{got}\"");
                    Rejection::new(Status::RELEASE_VERSION_NOT_SUPPORTED, reason)
                })?;
            }
            Field::OriginatingTimestamp => {
                let at = Timestamp::parse(text);
                let what = "originatingTimestamp (ot): expected a timestamp such as 20261120T160743";
                request.originating_timestamp = Some(at.ok_or_else(|| bad(name, what))?);
            }
            Field::RequestExpiration => request.request_expiration_timestamp = Some(moment(name, text)?),
            Field::ResultExpiration => request.result_expiration_timestamp = Some(moment(name, text)?),
            Field::OperationExecution => request.operation_execution_time = Some(moment(name, text)?),
            // A header without a value is a list without items: nobody is to be told (TS-0004 7.5.1.2.5).
            Field::NotificationUris => request.notification_uris = Some(list_of(name, text, '&')?),
            Field::EventCategory => {
                let digits = text.bytes().all(|b| b.is_ascii_digit());
                let category = if digits { text.parse().ok() } else { None };
                let what = "eventCategory (ec): expected a non-negative integer";
                request.event_category = Some(category.ok_or_else(|| bad(name, what))?);
            }
            Field::Group => request.group_request_identifier = Some(text.into()),
            Field::Vendor => request.vendor_information = Some(text.into()),
            // TS-0009 6.4.24: signatures are joined by `+`, spaces mean nothing.
            Field::Signatures => request.authorization_signatures = Some(Value::from(list_of(name, text, '+')?)),
        }
        Ok(())
    }
}

/// A header's value as text.
fn utf8<'a>(name: &str, value: &'a HeaderValue) -> Result<&'a str, Rejection> {
    std::str::from_utf8(value.as_bytes()).map(str::trim).map_err(|_| bad(name, "expected UTF-8"))
}

fn moment(name: &str, text: &str) -> Result<AbsRelTimestamp, Rejection> {
    AbsRelTimestamp::parse(text).ok_or_else(|| bad(name, "expected a timestamp or a number of milliseconds"))
}

/// TS-0009 6.4.19: tokens are compact JWS or JWE strings joined by `+`. Anything else in the header is a credential of
/// HTTP itself (`Basic …`, `Bearer …`), which is no parameter of the primitive.
fn tokens(text: &str) -> Result<Vec<SmolStr>, Rejection> {
    let is_token = |part: &str| {
        let base64url = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        part.bytes().filter(|b| *b == b'.').count() >= 2 && part.bytes().all(base64url)
    };
    if text.split('+').all(|part| is_token(part.trim())) { list_of("authorization", text, '+') } else { Ok(Vec::new()) }
}
