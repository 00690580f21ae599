//! What comes in on a line: requests on their way to the door and back, and responses on their way to who asked.

use std::time::Instant;

use super::{Running, Then};
use crate::binding::Answer;
use crate::binding::mqtt::outbox::Outgoing;
use crate::binding::mqtt::service::{Heard, Reply, Ticket};
use crate::binding::mqtt::topic::{Kind, Topic};
use crate::binding::mqtt::wire::Incoming;
use crate::binding::primitives::{self, Said, Unsaid};
use crate::codec::decode;
use crate::codec::format::Format;
use crate::engine::Failure;
use crate::primitive::{Rejection, Request, Response, Status};

impl Running {
    pub(super) fn message(&mut self, message: Incoming) {
        let ticket = Ticket { connection: self.connection, packet: message.packet };
        let is_old = message.retained;
        let topic =
            message.topic.rfind("/oneM2M/").and_then(|at| Topic::parse(message.topic.get(..at)?, &message.topic));
        // TS-0010 5.1: retained messages are not used. One would come with each connection.
        let Some(topic) = topic.filter(|_| !is_old) else { return self.acknowledge(&[ticket]) };
        match topic.kind {
            Kind::Response | Kind::RegistrationResponse => {
                self.response(&topic, &message);
                self.acknowledge(&[ticket]);
            }
            // Without an acknowledgement, it comes again to whoever is next.
            Kind::Request | Kind::RegistrationRequest if self.is_closing => {}
            Kind::Request | Kind::RegistrationRequest => match &self.line.service {
                Some(service) if service.is_ours(&message.topic, &topic) => self.request(topic, message, ticket),
                _ => self.acknowledge(&[ticket]),
            },
        }
    }

    fn request(&mut self, topic: Topic, message: Incoming, ticket: Ticket) {
        let limits = &self.line.limits;
        let bytes = self.queued_bytes.saturating_add(message.payload.len());
        if self.queue.len() < limits.queued && bytes <= limits.queued_bytes {
            self.queued_bytes = bytes;
            return self.queue.push_back((topic, message, ticket));
        }
        if let Some((request, reply)) = self.hear(&topic, &message, ticket) {
            let reason = "too many requests wait to be answered, try again";
            let rejection = Rejection::new(Status::INTERNAL_SERVER_ERROR, reason);
            self.answered(reply, Response::rejected(&rejection, &request));
        }
    }

    /// Looks at a message. What is a request is still to be answered.
    fn hear(&mut self, topic: &Topic, message: &Incoming, ticket: Ticket) -> Option<(Box<Request>, Reply)> {
        match self.line.service.as_mut()?.hear(topic, message, ticket, Instant::now()) {
            Heard::Done(answer, tickets) => self.say(answer, tickets),
            Heard::UnderWay => {}
            Heard::Request(request, reply) => return Some((request, reply)),
        }
        None
    }

    /// Hands in what has waited, while there is room for answers.
    pub(super) fn admit(&mut self) {
        let limits = &self.line.limits;
        let (in_flight, most, bytes) = (limits.in_flight.max(1), limits.outgoing.max(1), limits.outgoing_bytes);
        while self.tasks.len() < in_flight && self.outbox.len() < most && self.outbox.bytes() < bytes {
            let Some((topic, message, ticket)) = self.queue.pop_front() else { return };
            self.queued_bytes = self.queued_bytes.saturating_sub(message.payload.len());
            let Some((request, reply)) = self.hear(&topic, &message, ticket) else { continue };
            let Some(service) = &self.line.service else { return };
            match service.door.request(*request) {
                Answer::Now(response) => self.answered(reply, response),
                Answer::Later(response) => drop(self.tasks.spawn(async move { (reply, response.await) })),
            }
        }
    }

    pub(super) fn answered(&mut self, reply: Reply, response: Response) {
        let Some(service) = &mut self.line.service else { return };
        let (answer, tickets) = service.finish(reply, response);
        self.say(answer, tickets);
    }

    fn say(&mut self, answer: Option<Outgoing>, tickets: Vec<Ticket>) {
        match answer {
            // Refusals cost nobody a place: there is an end to them here. What is not acknowledged comes again.
            Some(_) if self.outbox.len() >= self.most_answers() => {
                tracing::debug!("an answer is dropped: too many wait for the broker");
            }
            Some(answer) => self.outbox.push(answer, Then::Acknowledge(tickets)),
            None => self.acknowledge(&tickets),
        }
    }

    fn most_answers(&self) -> usize {
        let limits = &self.line.limits;
        limits.outgoing.saturating_add(limits.in_flight).saturating_add(limits.queued)
    }

    pub(super) fn acknowledge(&mut self, tickets: &[Ticket]) {
        let Some(wire) = &self.wire else { return };
        // On another connection, the same number is another message.
        for ticket in tickets.iter().filter(|ticket| ticket.connection == self.connection) {
            if let Some(packet) = ticket.packet {
                wire.acknowledge(packet);
            }
        }
    }

    fn response(&mut self, topic: &Topic, message: &Incoming) {
        let Some(format) = Format::ALL.into_iter().find(|format| format.name() == topic.serialization) else { return };
        if message.payload.len() > self.line.limits.message_bytes
            || !self.line.own.names(&topic.originator, &self.line.own.cse)
        {
            return;
        }
        let (identifier, outcome) = match decode(format, &message.payload, &self.line.registry) {
            Ok(value) => match primitives::read(&value) {
                Ok(Said::Response(response)) => (response.request_identifier.clone(), Ok(*response)),
                Err(Unsaid::Response(identifier, reason)) => (identifier, Err(Failure::Unreachable(reason))),
                _ => return,
            },
            Err(reason) => return tracing::debug!(reason, "a response that is none"),
        };
        if !self.line.asking.heard(&self.line.own, &topic.receiver, &identifier, outcome) {
            tracing::debug!(%identifier, "a response that nobody waits for");
        }
    }
}
