//! Long polls: what is taken along, brought back late, twice, or never.

use onem2m_cse::codec::primitive::from_response;
use onem2m_cse::engine::{Call, Input, Output};
use onem2m_cse::primitive::{Operation, ReleaseVersion, Request, Response, Status};
use onem2m_cse::value::{Map, Timestamp, Value};

use super::{Stage, ensure};
use crate::model::code;
use crate::sequence::channels::taken_along;

/// Somebody who listens.
#[derive(Clone, Debug)]
pub struct Poll {
    channel: String,
    until: Timestamp,
}

/// The most that listen at one channel: one more sends the oldest away.
const LISTENERS: usize = 4;

impl Stage {
    /// A poll, if it is one that waits.
    pub(super) fn listens(&self, from: &str, channel: &str, seconds: i64) -> Option<Poll> {
        let until = self.now.plus_seconds(seconds);
        self.model.may_listen(from, channel).ok().map(|()| Poll { channel: channel.into(), until })
    }

    /// A poll was answered.
    pub(super) fn listened(&mut self, ticket: u64, poll: &Poll, response: &Response) -> Result<(), String> {
        let status = response.status.code();
        self.tally.dispatched += 1;
        match status {
            5000 if self.failed => return Ok(()),
            4008 => {
                let others = self.polls.values().filter(|other| other.channel == poll.channel).count();
                let over = poll.until <= self.now || others >= LISTENERS;
                ensure!(over, "sent away from {poll:?} too early");
                return Ok(());
            }
            code::NOT_FOUND => {
                let there = self.model.nodes.contains_key(&poll.channel);
                ensure!(!there, "sent away from {poll:?}, which is there");
                return Ok(());
            }
            _ => ensure!(status == code::OK, "{poll:?} answered {status}"),
        }
        self.tally.successes += 1;
        let calls = taken_along(response, &poll.channel, self.now)?;
        ensure!(!calls.is_empty(), "{poll:?} took nothing along");
        if ticket.is_multiple_of(5) {
            // Whoever listened had hung up: the next one takes it along.
            let outputs = self.give(vec![Input::Gone(ticket)]);
            return self.sort(outputs);
        }
        for call in calls {
            self.outside.called(call, &self.model)?;
        }
        Ok(())
    }

    /// The response to a request that was taken along is brought to the channel: it is taken once.
    pub(super) fn bring(&mut self, call: &Call, channel: &str, how: u8) -> Result<(), String> {
        let Some(request) = call.requests.first().filter(|_| how % 6 != 3) else { return Ok(()) };
        // One that is refused is given up, and not said again.
        let status = if how % 6 >= 4 { Status::ORIGINATOR_HAS_NO_PRIVILEGE } else { Status::OK };
        let identifier = request.request_identifier.to_string();
        let response = Response::new(status, request);
        let holder = channel.rsplit('/').nth(1).unwrap_or_default();
        self.count += 1;
        let ticket = self.count;
        let mut notify = Request::new(Operation::Notify, format!("{channel}/pcu")).from(holder);
        notify = notify.identified(format!("b{ticket}"));
        notify.release_version_indicator = ReleaseVersion::R4;
        notify.content = Some(Map::from_iter([("m2m:rsp", Value::from(from_response(&response)))]).into());
        let outputs = self.give(vec![Input::Request(ticket, Box::new(notify))]);
        let (own, others): (Vec<Output>, Vec<Output>) =
            outputs.into_iter().partition(|output| matches!(output, Output::Reply(of, _) if *of == ticket));
        let Some(Output::Reply(_, reply)) = own.into_iter().next() else { return Err("no reply".into()) };
        let code = reply.status.code();
        if reply.status.is_success() {
            let waited = self.outside.open.contains(&identifier);
            ensure!(waited, "{identifier} was brought twice, and taken twice");
            if !self.failed {
                self.outside.take_from_channel(request, &mut self.model)?;
            }
        } else {
            ensure!(
                self.failed || code == crate::model::code::NOT_FOUND,
                "{identifier} was brought and answered {code}"
            );
        }
        self.sort(others)
    }

    /// Whoever has a channel listens a moment, if anything may wait there.
    pub(super) fn listen_everywhere(&mut self) -> Result<(), String> {
        for (holder, channel) in self.model.channels() {
            if self.polls.values().any(|poll| poll.channel == channel) {
                continue;
            }
            let holder = ["Cae0", "Cae1", "CAdmin", "Cother"].into_iter().find(|name| *name == holder);
            let Some(holder) = holder else { continue };
            let attributes = crate::model::Attributes::new();
            let mut ask = super::Ask::new(Operation::Retrieve, holder, format!("{channel}/pcu"), 0, attributes);
            ask.polls = Some(2);
            self.ask(ask)?;
        }
        Ok(())
    }
}
