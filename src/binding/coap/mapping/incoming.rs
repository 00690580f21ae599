//! CoAP request → request (TS-0008 6.2.1, 6.2.2).

use bytes::Bytes;

use super::reply::Reply;
use super::{MAX_REQUEST_IDENTIFIER, content_format};
use crate::binding::coap::message::{Code, Parts};
use crate::binding::coap::options;
use crate::binding::path::from_rest;
use crate::binding::query::Reading;
use crate::binding::text::{bad, decode, list_of};
use crate::codec::format::{Family, MediaType};
use crate::codec::{self, primitive};
use crate::primitive::{Operation, Rejection, ReleaseVersion, Request, Status};
use crate::schema::Registry;
use crate::value::{AbsRelTimestamp, SmolStr, Timestamp, Value, excerpt};

/// A request on its way in, and what has to be remembered for its answer.
#[derive(Debug)]
pub struct Incoming {
    /// The request as far as it has been read. Complete only when nothing was rejected.
    pub request: Request,
    /// How the answer is wanted.
    pub reply: Reply,
}

impl Incoming {
    /// Reads a request. `is_attribute` says which short names are attributes of a known resource type; the schemas tell
    /// what XML means.
    ///
    /// The verdict comes beside what could be read, since a rejection too carries the request's identifier back.
    pub fn read(
        parts: &Parts,
        is_attribute: impl Fn(&str) -> bool,
        registry: &Registry,
    ) -> (Self, Result<(), Rejection>) {
        let mut incoming = Self { request: Request::new(method(parts), ""), reply: Reply::default() };
        let verdict = incoming.fill(parts, &is_attribute, registry);
        incoming.reply.operation = incoming.request.operation;
        (incoming, verdict)
    }

    fn fill(
        &mut self,
        parts: &Parts,
        is_attribute: &dyn Fn(&str) -> bool,
        registry: &Registry,
    ) -> Result<(), Rejection> {
        self.reply.retrieved = parts.code == Code::GET;
        let media = parts.options.number(options::CONTENT_FORMAT);
        let accepted = self.accept(parts, media);
        let mut verdict = Ok(());
        for (number, value) in parts.options.iter() {
            // Every option is read, even after one was found wrong, so that the rejection can carry the identifier back.
            let read = option(&mut self.request, number, value);
            verdict = verdict.and(read);
        }
        verdict?;
        if self.request.request_identifier.is_empty() {
            return Err(Rejection::bad_request("requestIdentifier (rqi): missing; send it as oneM2M-RQI (option 283)"));
        }
        accepted?;
        self.request.to = target(parts)?;
        self.query(parts, is_attribute)?;
        self.body(&parts.payload, media, registry)?;
        primitive::permit(&self.request)
    }

    /// TS-0008 6.2.2.2: what is asked for, or nothing.
    fn accept(&mut self, parts: &Parts, media: Option<u64>) -> Result<(), Rejection> {
        let named = media.and_then(content_format::from_number).filter(|media| media.format.is_supported());
        self.reply.media = MediaType::plain(named.map(|media| media.format).unwrap_or_default());
        let Some(accept) = parts.options.number(options::ACCEPT) else { return Ok(()) };
        let speaks = |media: &MediaType| {
            media.format.is_supported() && matches!(media.family, Family::Generic | Family::Resource)
        };
        let wanted = content_format::from_number(accept).filter(speaks).ok_or_else(|| {
            let reason = format!("accept: expected {}, got {accept}", content_format::spoken());
            Rejection::new(Status::NOT_ACCEPTABLE, reason)
        })?;
        self.reply.media = wanted;
        Ok(())
    }

    fn query(&mut self, parts: &Parts, is_attribute: &dyn Fn(&str) -> bool) -> Result<(), Rejection> {
        let mut reading = Reading::default();
        let mut operation = None;
        let arguments: Vec<(SmolStr, String)> = arguments(parts)?;
        for (name, value) in arguments.iter().filter(|(name, _)| name == "op") {
            let read = value.parse().ok().and_then(Operation::from_number);
            let what = "operation (op)";
            let read = read.ok_or_else(|| bad(what, "expected a number from 1 to 5"))?;
            // TS-0008 6.2.1: other methods say themselves what is to be done.
            if operation.replace(read).is_some() || (parts.code != Code::POST && read != self.request.operation) {
                return Err(bad(name, "expected once, and with POST"));
            }
            self.request.operation = read;
        }
        for (name, value) in arguments.iter().filter(|(name, _)| name != "op") {
            if name == "tkns" {
                self.request.tokens.append(&mut list_of("tokens (tkns)", value, ' ')?);
            } else {
                reading.argument(&mut self.request, name, value, is_attribute)?;
            }
        }
        reading.end(&mut self.request)
    }

    fn body(&mut self, body: &Bytes, media: Option<u64>, registry: &Registry) -> Result<(), Rejection> {
        if body.is_empty() {
            return Ok(());
        }
        let media = media.and_then(content_format::from_number).filter(|media| media.format.is_supported());
        let media = media.ok_or_else(|| {
            let reason = format!("content-format: expected {}, or its oneM2M number", content_format::spoken());
            Rejection::new(Status::UNSUPPORTED_MEDIA_TYPE, reason)
        })?;
        if self.request.content.is_some() {
            return Err(Rejection::bad_request("attributeList (atrl): not permitted together with a body"));
        }
        let value = codec::decode(media.format, body, registry)
            .map_err(|error| Rejection::bad_request(format!("content (pc): {error}")))?;
        self.request.content = Some(value);
        Ok(())
    }
}

/// TS-0008 6.2.1: a POST is a CREATE exactly when there is a resource type, unless it says what it is.
fn method(parts: &Parts) -> Operation {
    match parts.code {
        Code::GET => Operation::Retrieve,
        Code::PUT => Operation::Update,
        Code::DELETE => Operation::Delete,
        _ if parts.options.get(options::TY).is_some() => Operation::Create,
        _ => Operation::Notify,
    }
}

/// TS-0008 6.2.2.3. A segment that holds what separates segments would mean something else than it says.
fn target(parts: &Parts) -> Result<SmolStr, Rejection> {
    let mut path = String::new();
    for (place, segment) in parts.options.all(options::URI_PATH).enumerate() {
        let segment = utf8("to (to)", segment)?;
        if segment.contains(['/', '?', '#']) {
            return Err(bad("to (to)", "expected segments that hold none of / ? #"));
        }
        if place > 0 {
            path.push('/');
        }
        path.push_str(segment);
    }
    from_rest(&path)
}

/// The arguments as TS-0009 has them: lists are joined by `+`, and what is special is percent-encoded. What cannot have
/// been encoded so stands for itself (RFC 7252 knows of no encoding here).
fn arguments(parts: &Parts) -> Result<Vec<(SmolStr, String)>, Rejection> {
    let mut arguments = Vec::new();
    for argument in parts.options.all(options::URI_QUERY) {
        let argument = utf8("query", argument)?;
        // Some join all of them in one option, as a URL does.
        for argument in argument.split('&').filter(|argument| !argument.is_empty()) {
            let Some((name, value)) = argument.split_once('=') else {
                return Err(bad(argument, "expected name=value in Uri-Query"));
            };
            let decoded = decode(name, value, true).map_or_else(|_| value.replace('+', " "), |text| text.into_owned());
            arguments.push((name.into(), decoded));
        }
    }
    Ok(arguments)
}

/// TS-0008 6.2.2.4.
fn option(request: &mut Request, number: u16, value: &Bytes) -> Result<(), Rejection> {
    let moment = |name: &str| {
        let text = utf8(name, value)?;
        AbsRelTimestamp::parse(text).ok_or_else(|| bad(name, "expected a timestamp or a number of milliseconds"))
    };
    let unsigned = |name: &str| {
        let number = value.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        u32::try_from(number).map_err(|_| bad(name, "expected a small non-negative integer"))
    };
    match number {
        options::FR => {
            let text = utf8("from (fr)", value)?;
            request.originator = (!text.is_empty()).then(|| text.into());
        }
        options::RQI => {
            let text = utf8("requestIdentifier (rqi)", value)?;
            if text.is_empty() || text.len() > MAX_REQUEST_IDENTIFIER {
                let reason = format!("requestIdentifier (rqi): expected 1 to {MAX_REQUEST_IDENTIFIER} bytes");
                return Err(Rejection::bad_request(reason));
            }
            request.request_identifier = text.into();
        }
        options::RVI => {
            let text = utf8("releaseVersionIndicator (rvi)", value)?;
            request.release_version_indicator = ReleaseVersion::parse(text).ok_or_else(|| {
                let got = excerpt(text);
                let reason = format!("releaseVersionIndicator (rvi): expected 2, 2a, 3, 4 or 5, got \"{got}\"");
                Rejection::new(Status::RELEASE_VERSION_NOT_SUPPORTED, reason)
            })?;
        }
        options::TY => request.resource_type = Some(unsigned("resourceType (ty)")?),
        options::OT => {
            let at = Timestamp::parse(utf8("originatingTimestamp (ot)", value)?);
            let what = "expected a timestamp such as 20261120T160743";
            request.originating_timestamp = Some(at.ok_or_else(|| bad("originatingTimestamp (ot)", what))?);
        }
        options::RQET => request.request_expiration_timestamp = Some(moment("requestExpirationTimestamp (rqet)")?),
        options::RSET => request.result_expiration_timestamp = Some(moment("resultExpirationTimestamp (rset)")?),
        options::OET => request.operation_execution_time = Some(moment("operationExecutionTime (oet)")?),
        // An empty option is a list without items: nobody is to be told (TS-0004 7.5.1.2.5).
        options::RTURI => request.notification_uris = Some(items("notificationURI (nu)", value, '&')?),
        options::EC => request.event_category = Some(unsigned("eventCategory (ec)")?),
        options::GID => request.group_request_identifier = Some(utf8("groupRequestIdentifier (gid)", value)?.into()),
        options::VSI => request.vendor_information = Some(utf8("vendorInformation (vsi)", value)?.into()),
        options::GTM => {
            request.group_request_target_members = items("groupRequestTargetMembers (grtm)", value, ' ')?;
        }
        options::AUS => {
            request.authorization_signatures = Some(Value::from(items("authorSigns (aus)", value, '+')?));
        }
        // The others speak of the payload, of responses, or of CoAP.
        _ => {}
    }
    Ok(())
}

fn items(name: &str, value: &Bytes, separator: char) -> Result<Vec<SmolStr>, Rejection> {
    list_of(name, utf8(name, value)?, separator)
}

fn utf8<'a>(name: &str, value: &'a Bytes) -> Result<&'a str, Rejection> {
    std::str::from_utf8(value).map_err(|_| bad(name, "expected UTF-8"))
}
