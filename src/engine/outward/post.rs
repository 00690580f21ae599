//! Calls under way: what was sent where, over which point of access, and who waits for the answer.
//!
//! Both those who ask ([`super::ask`]) and the lanes of notifications send through here. Time-outs are kept here, too, so
//! that a test in simulated time sees them and a runtime need not know of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::ask::AskerId;
use super::call::{Answer, Call, CallId, Failure};
use super::crowd::{Crowd, EVERYWHERE};
use super::links::{self, is_link};
use super::points::{PointsOfAccess, place};
use super::poll::{Channels, Poll};
use super::reach::Route;
use crate::codec::format::Format;
use crate::config::Limits;
use crate::engine::writer::Ticket;
use crate::primitive::{ConnectionId, Request, Response};
use crate::tree::Node;
use crate::value::{SmolStr, Timestamp};

/// How many served polls are remembered, in case their peers have gone.
const SERVED: usize = 1024;

/// Who waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Sender {
    /// A request, and the name of its question.
    Asker(AskerId, SmolStr),
    /// A lane.
    Lane(Node),
}

#[derive(Debug)]
struct Flight {
    sender: Sender,
    via: Via,
    requests: Vec<Request>,
    /// The responses so far, from a channel.
    responses: Vec<Response>,
    until: Timestamp,
}

impl Flight {
    /// Responses carry the identifiers of their requests, whatever a plain web server says.
    fn named(&self, mut answer: Answer) -> Answer {
        for (response, request) in answer.responses.iter_mut().zip(&self.requests) {
            response.request_identifier = request.request_identifier.clone();
        }
        answer
    }
}

#[derive(Debug)]
enum Via {
    /// A URL, those still to be tried, and how the content is spelled.
    Url(SmolStr, VecDeque<SmolStr>, Format),
    Channel(Node),
}

/// The calls under way.
#[derive(Debug, Default)]
pub(crate) struct Post {
    last: CallId,
    flights: BTreeMap<CallId, Flight>,
    deadlines: BTreeSet<(Timestamp, CallId)>,
    crowd: Crowd,
    lanes: BTreeMap<Node, CallId>,
    points: PointsOfAccess,
    pub(in crate::engine) channels: Channels,
    /// The polls served lately, with what they took along.
    served: VecDeque<(Ticket, Node, Vec<CallId>)>,
    /// Lanes that do not rest, though they look like it: they stood in line, or nobody has looked at them since the start,
    /// and a call of theirs may have been lost with the program.
    pub(in crate::engine) recalled: BTreeSet<Node>,
    /// Calls to be given to whoever drives the engine.
    pub(in crate::engine) outgoing: Vec<Call>,
}

impl Post {
    /// How many calls are under way.
    pub(in crate::engine) fn len(&self) -> usize {
        self.flights.len()
    }

    /// Forgets everything but the last number given: an answer that is still to come must not meet a new call of the same
    /// number. Answers the polls that waited.
    pub(in crate::engine) fn clear(&mut self) -> Vec<Poll> {
        let before = std::mem::take(self);
        self.last = before.last;
        let mut channels = before.channels;
        channels.tired(Timestamp::from_micros(i64::MAX))
    }

    /// Whether a lane waits for an answer.
    pub fn is_busy(&self, lane: Node) -> bool {
        self.lanes.contains_key(&lane)
    }

    /// Whether a lane may leave its rest before the time.
    pub fn is_recalled(&self, lane: Node) -> bool {
        self.recalled.contains(&lane)
    }

    /// Whether somebody listens at that channel.
    pub fn listens(&self, channel: Option<Node>) -> bool {
        channel.is_some_and(|channel| self.channels.is_listened_to(channel))
    }

    /// Whether there is room for a call of a lane. If not, the lane stands in line from now on.
    pub fn has_room(&mut self, lane: Node, route: &Route, limits: &Limits) -> bool {
        let target = match route {
            Route::Urls(urls, _) => urls.first().map(|url| place(url)),
            Route::Channel(_) => None,
        };
        let full = if self.crowd.at(EVERYWHERE) >= limits.calls {
            Some(EVERYWHERE)
        } else {
            target.filter(|target| self.crowd.at(target) >= limits.calls_per_target)
        };
        if let Some(place) = full {
            self.crowd.stand_in_line(place, lane);
        }
        full.is_none()
    }

    /// The next lane in line that finds room.
    pub(in crate::engine) fn next_in_line(&mut self, limits: &Limits) -> Option<Node> {
        let lane = self.crowd.next(limits.calls_per_target, limits.calls)?;
        self.recalled.insert(lane);
        Some(lane)
    }

    /// Sends requests on their way.
    pub(in crate::engine) fn send(
        &mut self,
        sender: Sender,
        route: Route,
        requests: Vec<Request>,
        until: Timestamp,
        now: Timestamp,
    ) -> CallId {
        self.last = self.last.wrapping_add(1);
        let id = self.last;
        if let Sender::Lane(lane) = sender {
            self.lanes.insert(lane, id);
            self.crowd.enter(EVERYWHERE);
        }
        self.deadlines.insert((until, id));
        let via = match route {
            Route::Channel(channel) => {
                self.channels.put(channel, id);
                Via::Channel(channel)
            }
            Route::Urls(urls, format) => {
                // An open connection comes before all points of access, whichever of these answered last.
                let (links, points): (Vec<SmolStr>, Vec<SmolStr>) = urls.into_iter().partition(|url| is_link(url));
                let mut urls: VecDeque<SmolStr> = links.into();
                urls.extend(self.points.order(&points, now));
                let url = urls.pop_front().unwrap_or_default();
                self.call(id, &url, format, requests.clone(), until);
                Via::Url(url, urls, format)
            }
        };
        self.flights.insert(id, Flight { sender, via, requests, responses: Vec::new(), until });
        id
    }

    fn call(&mut self, id: CallId, url: &SmolStr, format: Format, requests: Vec<Request>, until: Timestamp) {
        self.crowd.enter(place(url));
        self.outgoing.push(Call { id, url: url.clone(), format, requests, until });
    }

    /// The connection over which a call went.
    pub(in crate::engine) fn link(&self, id: CallId) -> Option<ConnectionId> {
        match &self.flights.get(&id)?.via {
            Via::Url(url, ..) => links::connection(url),
            Via::Channel(_) => None,
        }
    }

    /// What became of a call. `None` when nobody waits for it any more, or another point of access is tried first.
    pub(in crate::engine) fn answered(
        &mut self,
        id: CallId,
        answer: Answer,
        now: Timestamp,
    ) -> Option<(Sender, Answer)> {
        let flight = self.flights.get_mut(&id)?;
        let Via::Url(url, others, format) = &mut flight.via else { return None };
        let (tried, format) = (url.clone(), *format);
        let unheard = answer.responses.is_empty() && answer.failure.as_ref().is_some_and(Failure::is_unreachable);
        let next = if unheard { others.pop_front() } else { None };
        if let Some(next) = next {
            *url = next.clone();
            let (requests, until) = (flight.requests.clone(), flight.until);
            self.crowd.leave(place(&tried));
            self.points.failed(&tried, now);
            self.call(id, &next, format, requests, until);
            return None;
        }
        if answer.responses.is_empty() {
            self.points.failed(&tried, now)
        } else {
            self.points.answered(&tried)
        }
        self.end(id).map(|flight| (flight.sender.clone(), flight.named(answer)))
    }

    fn end(&mut self, id: CallId) -> Option<Flight> {
        let flight = self.flights.remove(&id)?;
        self.deadlines.remove(&(flight.until, id));
        match &flight.via {
            Via::Url(url, ..) => self.crowd.leave(place(url)),
            Via::Channel(channel) => self.channels.forget(*channel, id),
        }
        if let Sender::Lane(lane) = flight.sender {
            self.lanes.remove(&lane);
            self.crowd.leave(EVERYWHERE);
        }
        Some(flight)
    }

    /// Nobody waits for a call any more.
    pub(in crate::engine) fn cancel(&mut self, id: CallId) {
        self.end(id);
        self.outgoing.retain(|call| call.id != id);
    }

    /// Ends the call of a lane that is no more.
    pub(in crate::engine) fn cancel_lane(&mut self, lane: Node) {
        if let Some(id) = self.lanes.get(&lane).copied() {
            self.cancel(id);
        }
    }

    /// The calls that nobody answered in time.
    pub(in crate::engine) fn overdue(&mut self, now: Timestamp) -> Vec<(Sender, Answer)> {
        let mut overdue = Vec::new();
        while let Some((_, id)) = self.deadlines.first().filter(|(at, _)| *at <= now).copied() {
            let Some(flight) = self.end(id) else {
                self.deadlines.pop_first();
                continue;
            };
            if let Via::Url(url, ..) = &flight.via {
                let url = url.clone();
                self.points.failed(&url, now);
            }
            let answer = Answer { responses: flight.responses.clone(), failure: Some(Failure::TimedOut) };
            overdue.push((flight.sender.clone(), flight.named(answer)));
        }
        overdue
    }

    /// When to look again.
    pub(in crate::engine) fn next(&self) -> Option<Timestamp> {
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        match (deadline, self.channels.next()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Serves whoever listens at a channel: the poll, and the requests that it takes along.
    pub(in crate::engine) fn serve(&mut self, channel: Node, most: usize) -> Option<(Poll, Vec<Request>)> {
        let (poll, calls) = self.channels.serve(channel, most)?;
        self.served.push_back((poll.ticket, channel, calls.clone()));
        if self.served.len() > SERVED {
            self.served.pop_front();
        }
        let next = |id: &CallId| {
            let flight = self.flights.get(id)?;
            flight.requests.get(flight.responses.len()).cloned()
        };
        let requests = calls.iter().filter_map(next).collect();
        Some((poll, requests))
    }

    /// A response that was brought to a channel. Answers whether anybody waited for it, and who has all that it waited
    /// for.
    pub(in crate::engine) fn brought(&mut self, channel: Node, response: Response) -> (bool, Option<(Sender, Answer)>) {
        let Some(id) = self.asked(channel, &response.request_identifier) else { return (false, None) };
        let Some(flight) = self.flights.get_mut(&id) else { return (false, None) };
        let success = response.status.is_success();
        flight.responses.push(response);
        if success && flight.responses.len() < flight.requests.len() {
            self.channels.put_back(channel, id);
            return (true, None);
        }
        let ended = self.end(id).map(|flight| (flight.sender, Answer::complete(flight.responses)));
        (true, ended)
    }

    /// Whether a request of that identifier was taken along from a channel and waits for its response.
    pub(in crate::engine) fn awaits(&self, channel: Node, request_identifier: &str) -> bool {
        self.asked(channel, request_identifier).is_some()
    }

    fn asked(&self, channel: Node, request_identifier: &str) -> Option<CallId> {
        let mut taken = self.channels.taken(channel).iter().copied();
        taken.find(|id| {
            let asked = self.flights.get(id).and_then(|flight| flight.requests.get(flight.responses.len()));
            asked.is_some_and(|request| request.request_identifier == request_identifier)
        })
    }

    /// A channel is no more: who listened there, and who waited for somebody who does.
    pub(in crate::engine) fn close(&mut self, channel: Node) -> (Vec<Poll>, Vec<(Sender, Answer)>) {
        let (polls, calls) = self.channels.close(channel);
        let gone = |flight: Flight| {
            let failure = Some(Failure::Unreachable("the polling channel was deleted".into()));
            (flight.sender, Answer { responses: flight.responses, failure })
        };
        (polls, calls.into_iter().filter_map(|id| self.end(id).map(gone)).collect())
    }

    /// The reply to a poll found nobody: the next poll takes its requests along. Answers the channel.
    pub(in crate::engine) fn not_taken(&mut self, ticket: Ticket) -> Option<Node> {
        let place = self.served.iter().position(|(served, ..)| *served == ticket)?;
        let (_, channel, calls) = self.served.remove(place)?;
        for id in calls.into_iter().rev().filter(|id| self.flights.contains_key(id)) {
            self.channels.put_back(channel, id);
        }
        Some(channel)
    }
}
