//! Polling channels: requests for whoever cannot be called, taken along by a RETRIEVE that waits for them (TS-0004
//! 7.4.22).
//!
//! Nothing is stored here. What waits in a channel is a notification, which rests in its lane until it was answered, or
//! a request whose originator waits for the response.

use std::collections::{BTreeMap, VecDeque};

use super::call::CallId;
use crate::codec::primitive;
use crate::engine::writer::Ticket;
use crate::primitive::{Content, Rejection, Request, Response, Status};
use crate::tree::Node;
use crate::value::{Map, Timestamp, Value};

/// The most that listen at one channel at once. One more sends the oldest away: its peer has gone, as a rule.
const LISTENERS: usize = 4;

/// A request that listens at a channel.
#[derive(Debug)]
pub(crate) struct Listening {
    pub channel: Node,
    /// The AE that the channel belongs to.
    pub entity: Node,
    /// Whether several requests may be answered at once (`requestAggregation`).
    pub aggregates: bool,
    pub until: Timestamp,
}

/// A poll that waits.
#[derive(Debug)]
pub(in crate::engine) struct Poll {
    pub ticket: Ticket,
    pub request: Box<Request>,
    pub aggregates: bool,
    pub until: Timestamp,
}

impl Poll {
    /// Nothing came in time (TS-0004 7.4.22.2.2).
    pub fn nothing(&self) -> Response {
        let rejection = Rejection::new(Status::REQUEST_TIMEOUT, "no request came within the time of the long poll");
        Response::rejected(&rejection, &self.request)
    }

    /// The channel is gone.
    pub fn closed(&self) -> Response {
        Response::rejected(&Rejection::not_found("the polling channel was deleted"), &self.request)
    }

    /// The requests that it takes along: one as it stands; several, if it was said that they may come together, as a
    /// list (Release 4).
    pub fn with(&self, requests: &[Request]) -> Response {
        let mut response = Response::new(Status::OK, &self.request);
        let mut primitives = requests.iter().map(primitive::from_request);
        let content = if self.aggregates {
            Map::from_iter([("m2m:agrp", Value::from(primitives.map(Value::from).collect::<Vec<_>>()))])
        } else {
            Map::from_iter([("m2m:rqp", Value::from(primitives.next().unwrap_or_default()))])
        };
        response.content = Some(Content::Value(content.into()));
        response
    }
}

/// All channels with something going on.
#[derive(Debug, Default)]
pub(in crate::engine) struct Channels {
    channels: BTreeMap<Node, Channel>,
}

#[derive(Debug, Default)]
struct Channel {
    /// Calls that nobody took along yet.
    waiting: VecDeque<CallId>,
    /// Calls that were taken along and not answered yet.
    taken: Vec<CallId>,
    polls: VecDeque<Poll>,
}

impl Channel {
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.taken.is_empty() && self.polls.is_empty()
    }
}

impl Channels {
    /// Somebody listens. Answers the poll that had to make room.
    pub fn listen(&mut self, channel: Node, poll: Poll) -> Option<Poll> {
        let polls = &mut self.channels.entry(channel).or_default().polls;
        polls.push_back(poll);
        if polls.len() > LISTENERS { polls.pop_front() } else { None }
    }

    /// Whether somebody listens.
    pub fn is_listened_to(&self, channel: Node) -> bool {
        self.channels.get(&channel).is_some_and(|channel| !channel.polls.is_empty())
    }

    /// A call for whoever listens.
    pub fn put(&mut self, channel: Node, call: CallId) {
        self.channels.entry(channel).or_default().waiting.push_back(call);
    }

    /// A poll and the calls that it takes along, if there are both. The youngest poll is served: an older one may have
    /// lost its peer.
    pub fn serve(&mut self, channel: Node, most: usize) -> Option<(Poll, Vec<CallId>)> {
        let channel = self.channels.get_mut(&channel).filter(|channel| !channel.waiting.is_empty())?;
        let poll = channel.polls.pop_back()?;
        let most = if poll.aggregates { most.max(1) } else { 1 };
        let calls: Vec<CallId> = channel.waiting.drain(..most.min(channel.waiting.len())).collect();
        channel.taken.extend(&calls);
        Some((poll, calls))
    }

    /// The calls that were taken along from a channel.
    pub fn taken(&self, channel: Node) -> &[CallId] {
        self.channels.get(&channel).map_or(&[], |channel| &channel.taken)
    }

    /// A channel is no more: who listened there, and which calls waited for one who does.
    pub fn close(&mut self, channel: Node) -> (Vec<Poll>, Vec<CallId>) {
        let Channel { waiting, taken, polls } = self.channels.remove(&channel).unwrap_or_default();
        (polls.into(), waiting.into_iter().chain(taken).collect())
    }

    /// All who listen anywhere.
    pub fn dismiss(&mut self) -> Vec<Poll> {
        let polls = self.channels.values_mut().flat_map(|channel| std::mem::take(&mut channel.polls)).collect();
        self.tidy_all();
        polls
    }

    /// A call came to its end.
    pub fn forget(&mut self, channel: Node, call: CallId) {
        if let Some(channel) = self.channels.get_mut(&channel) {
            channel.waiting.retain(|other| *other != call);
            channel.taken.retain(|other| *other != call);
        }
        self.tidy(channel);
    }

    /// A call that was taken along by somebody who hung up waits again, before all others.
    pub fn put_back(&mut self, channel: Node, call: CallId) {
        let channel = self.channels.entry(channel).or_default();
        channel.taken.retain(|other| *other != call);
        if !channel.waiting.contains(&call) {
            channel.waiting.push_front(call);
        }
    }

    /// The polls that have waited long enough.
    pub fn tired(&mut self, now: Timestamp) -> Vec<Poll> {
        let mut tired = Vec::new();
        for channel in self.channels.values_mut() {
            for place in (0..channel.polls.len()).rev() {
                if channel.polls.get(place).is_some_and(|poll| poll.until <= now) {
                    tired.extend(channel.polls.remove(place));
                }
            }
        }
        self.tidy_all();
        tired
    }

    /// When the next poll has waited long enough.
    pub fn next(&self) -> Option<Timestamp> {
        self.channels.values().flat_map(|channel| &channel.polls).map(|poll| poll.until).min()
    }

    fn tidy(&mut self, node: Node) {
        if self.channels.get(&node).is_some_and(Channel::is_idle) {
            self.channels.remove(&node);
        }
    }

    fn tidy_all(&mut self) {
        self.channels.retain(|_, channel| !channel.is_idle());
    }
}
