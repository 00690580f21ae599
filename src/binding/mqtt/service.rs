//! What becomes of a message on a topic for requests: an answer, or a request for the door.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::config::MqttConfig;
use super::duplicates::{Duplicates, Fingerprint, Memory, Met};
use super::outbox::Outgoing;
use super::topic::{Kind, Own, Topic};
use super::wire::Incoming;
use crate::binding::Door;
use crate::binding::primitives::{self, Said, Unsaid};
use crate::codec::format::Format;
use crate::codec::primitive::{from_response, wrap_response};
use crate::codec::{decode, encode};
use crate::primitive::{Access, Operation, Rejection, Request, Response, Status};
use crate::value::SmolStr;

/// What acknowledges a message to the broker: its packet identifier, on the connection over which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub connection: u64,
    /// `None` for a message that the broker wants to hear no more about.
    pub packet: Option<u16>,
}

/// Requests of others, before and after the door.
pub(super) struct Service {
    pub door: Arc<dyn Door>,
    own: Own,
    prefix: String,
    message_bytes: usize,
    broker_verifies: bool,
    transit: Vec<String>,
    duplicates: Duplicates<Ticket>,
    hasher: RandomState,
}

/// What becomes of a message.
pub(super) enum Heard {
    /// Nothing is said to it, or this. Then the messages of these tickets are done with.
    Done(Option<Outgoing>, Vec<Ticket>),
    /// It is being answered already. Its ticket is kept with the first one's.
    UnderWay,
    /// A request, and how it is to be answered.
    Request(Box<Request>, Reply),
}

/// How a request is to be answered.
pub(super) struct Reply {
    topic: String,
    format: Format,
    identifier: SmolStr,
    message: Fingerprint,
    number: u64,
    /// Whether the same message is to get the same answer later.
    remember: bool,
}

impl Service {
    pub fn new(door: Arc<dyn Door>, own: Own, prefix: String, config: &MqttConfig) -> Self {
        let limits = &config.limits;
        let memory = Memory {
            repeat: limits.repeat_window,
            resend: limits.resend_window,
            most: limits.repeats,
            bytes: limits.repeat_bytes,
        };
        Self {
            door,
            own,
            prefix,
            message_bytes: limits.message_bytes,
            broker_verifies: config.broker_verifies_originators,
            transit: config.transit_cses.clone(),
            duplicates: Duplicates::new(memory),
            hasher: RandomState::new(),
        }
    }

    /// Whether a topic is one that this CSE listens to. A session that a broker kept may know older ones.
    pub fn is_ours(&self, name: &str, topic: &Topic) -> bool {
        let prefix = name.rfind("/oneM2M/").and_then(|at| name.get(..at));
        prefix == Some(&*self.prefix) && topic.receiver == self.own.cse
    }

    /// Looks at a message.
    pub fn hear(&mut self, topic: &Topic, message: &Incoming, ticket: Ticket, now: Instant) -> Heard {
        let refused = |service: &Self, format: Format, response: &Response| {
            let topic = Topic { serialization: format.name().to_owned(), ..topic.answer() };
            let payload = service.write(format, response);
            Heard::Done(Some(Outgoing { topic: topic.name(&service.prefix), payload }), vec![ticket])
        };
        // Who sends what cannot be read is told so, though without the name of the request.
        let unreadable = |status, reason: String| {
            Response::rejected(&Rejection::new(status, reason), &Request::retrieve("-").identified(""))
        };
        let serialization = &topic.serialization;
        let format = Format::ALL.into_iter().find(|format| format.name() == serialization && format.is_supported());
        let Some(format) = format else {
            let spoken = Format::ALL.into_iter().filter(|format| format.is_supported()).map(Format::name);
            let spoken = spoken.collect::<Vec<_>>().join(", ");
            let serialization = crate::value::excerpt(serialization);
            let reason = format!("topic: expected {spoken} at its end, got {serialization}");
            return refused(self, Format::Json, &unreadable(Status::UNSUPPORTED_MEDIA_TYPE, reason));
        };
        if message.payload.len() > self.message_bytes {
            let reason =
                format!("payload: expected at most {} bytes, got {}", self.message_bytes, message.payload.len());
            return refused(self, format, &unreadable(Status::BAD_REQUEST, reason));
        }
        let value = match decode(format, &message.payload, self.door.registry()) {
            Ok(value) => value,
            Err(reason) => {
                return refused(self, format, &unreadable(Status::BAD_REQUEST, format!("payload: {reason}")));
            }
        };
        let mut request = match primitives::read(&value) {
            Ok(Said::Request(request)) => request,
            Err(Unsaid::Refused(response)) => return refused(self, format, &response),
            Err(Unsaid::Nothing(reason)) => return refused(self, format, &unreadable(Status::BAD_REQUEST, reason)),
            // An answer to an answer would be answered.
            Ok(Said::Response(_)) | Err(Unsaid::Response(..)) => return Heard::Done(None, vec![ticket]),
        };
        if let Err(rejection) = self.check(topic, &request) {
            return refused(self, format, &Response::rejected(&rejection, &request));
        }
        let fingerprint = self.hasher.hash_one((&message.topic, &message.payload));
        let only_looks = request.operation == Operation::Retrieve;
        match self.duplicates.meet(fingerprint, message.again, only_looks, ticket, now) {
            Met::UnderWay => Heard::UnderWay,
            Met::Answered(payload) if payload.is_empty() => Heard::Done(None, vec![ticket]),
            Met::Answered(payload) => {
                Heard::Done(Some(Outgoing { topic: topic.answer().name(&self.prefix), payload }), vec![ticket])
            }
            Met::New(number) => {
                let authenticated = self.broker_verifies && topic.kind == Kind::Request && request.originator.is_some();
                request.access = Access { ip: None, authenticated, connection: None };
                let reply = Reply {
                    topic: topic.answer().name(&self.prefix),
                    format,
                    identifier: request.request_identifier.clone(),
                    message: fingerprint,
                    number,
                    remember: !only_looks,
                };
                Heard::Request(request, reply)
            }
        }
    }

    /// Whether a request may come by that topic.
    fn check(&self, topic: &Topic, request: &Request) -> Result<(), Rejection> {
        let registers = request.operation == Operation::Create && matches!(request.resource_type, Some(2 | 16));
        // TS-0010 6.4.4: the originator in these topics is a credential; nothing but registration begins with one.
        if topic.kind == Kind::RegistrationRequest {
            let reason = "topic: reg_req is for the registration of an AE (ty 2) or a CSE (ty 16); expected req";
            return if registers { Ok(()) } else { Err(Rejection::bad_request(reason)) };
        }
        let Some(originator) = request.originator.as_deref() else { return Ok(()) };
        // TS-0001 10.2.2.2: who has no identifier yet says of which kind it wants one.
        let has_none_yet = registers && matches!(originator, "C" | "S");
        // TS-0010 7.2: the broker vouches for who sends (6.4.2), and for no other. A CSE sends what its AEs ask as well.
        let sender = &topic.originator;
        if has_none_yet || self.own.names(sender, originator) || self.own.is_hosted_by(sender, originator) {
            return Ok(());
        }
        let carries = self.transit.iter().any(|cse| self.own.names(sender, cse));
        if carries && !self.own.hosts(originator) {
            return Ok(());
        }
        let (named, originator) = (crate::value::excerpt(&topic.originator), crate::value::excerpt(originator));
        let reason = format!("from (fr): expected the originator of the topic, {named}, got {originator}");
        Err(Rejection::new(Status::ORIGINATOR_NOT_AUTHENTICATED, reason))
    }

    /// A request is answered. What is to be said, and whose messages are done with then.
    pub fn finish(&mut self, reply: Reply, mut response: Response) -> (Option<Outgoing>, Vec<Ticket>) {
        // Whatever it says, it is the response to this request.
        response.request_identifier = reply.identifier;
        let payload = if response.silent { Bytes::new() } else { self.write(reply.format, &response) };
        // What was not carried out for want of a place may be asked again.
        let is_refused = response.status == Status::INTERNAL_SERVER_ERROR;
        let remembered = (reply.remember && !is_refused).then(|| payload.clone());
        let tickets = self.duplicates.answered(reply.message, reply.number, remembered).unwrap_or_default();
        ((!response.silent).then_some(Outgoing { topic: reply.topic, payload }), tickets)
    }

    fn write(&self, format: Format, response: &Response) -> Bytes {
        let value = match format {
            // A document needs a root.
            Format::Xml => wrap_response(response),
            Format::Json | Format::Cbor => from_response(response).into(),
        };
        encode(format, &value, self.door.registry())
    }
}
