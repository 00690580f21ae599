//! Needing somebody else's answer.
//!
//! A procedure that has to ask reads as a straight line: `let outcome = cx.ask("verify", target, request)?;`. While the
//! answer is not there, `?` leaves with [`Stop::Wait`]: the draft is dropped, the call goes out, and when the answer has
//! come the same request walks the road again with the answer in its pocket. Nothing is held while somebody thinks, and
//! the second walk sees the tree as it is then.

use std::collections::BTreeMap;

use super::askers::Askers;
use super::call::Failure;
use super::post::Post;
use super::reach::{self, Route};
use crate::engine::context::{Context, Stop};
use crate::engine::group::Memory;
use crate::primitive::{Rejection, Request, Response};
use crate::tree::Node;
use crate::value::{SmolStr, Timestamp};

/// What became of a question.
pub type Outcome = Result<Response, Failure>;

/// The engine's name for a request that waits for answers; 0 for one that never did.
pub(in crate::engine) type AskerId = u64;

/// What a request keeps between two walks.
#[derive(Debug, Default)]
pub(in crate::engine) struct Pocket {
    /// The answers that came, by the names of the questions.
    pub answers: BTreeMap<SmolStr, Outcome>,
    /// The identifiers that were chosen for resources to be created: others may have been told of them already.
    pub identifiers: BTreeMap<SmolStr, SmolStr>,
}

/// A question that has no answer yet.
#[derive(Debug)]
pub(in crate::engine) struct Wanted {
    pub key: SmolStr,
    pub route: Route,
    pub request: Request,
    pub until: Timestamp,
}

/// What a request is doing towards others.
#[derive(Default)]
pub(crate) struct Talk<'a> {
    /// What it knows from earlier walks; `None` for what is not a request of somebody, and cannot ask.
    pub(in crate::engine) pocket: Option<&'a Pocket>,
    /// The requests that wait for others, and the resources whose UPDATE waits for a verdict.
    pub(in crate::engine) askers: Option<&'a Askers>,
    /// What is under way to others.
    pub(in crate::engine) post: Option<&'a Post>,
    pub(in crate::engine) me: AskerId,
    /// What is known of earlier requests to groups.
    pub(in crate::engine) groups: Option<&'a Memory>,
    /// Which member of which fan-out this is, as the beginning of the names of its questions.
    pub(in crate::engine) prefix: SmolStr,
    pub(in crate::engine) wanted: Vec<Wanted>,
    /// The resource that somebody else's verdict is awaited for.
    pub(in crate::engine) behind: Option<Node>,
    /// The resources whose verdict is awaited by this request.
    pub(in crate::engine) holds: Vec<Node>,
    pub(in crate::engine) identifiers: BTreeMap<SmolStr, SmolStr>,
    /// The polling channel that this request listens at.
    pub(in crate::engine) listens: Option<super::poll::Listening>,
    /// Responses that an AE brought to its polling channel.
    pub(in crate::engine) brought: Vec<(Node, Response)>,
    /// Polling channels that are no more.
    pub(in crate::engine) closed: Vec<Node>,
    /// Lanes that have something new.
    pub(crate) lanes: Vec<Node>,
}

impl<'a> Talk<'a> {
    pub(in crate::engine) fn of(pocket: &'a Pocket, askers: &'a Askers, post: &'a Post, me: AskerId) -> Self {
        Self { pocket: Some(pocket), askers: Some(askers), post: Some(post), me, ..Self::default() }
    }

    /// For a part of the request, whose questions have names of their own.
    pub(in crate::engine) fn part(&self, name: &str) -> Self {
        let prefix = format!("{}{name}/", self.prefix).into();
        let Self { pocket, askers, post, groups, me, .. } = *self;
        Self { pocket, askers, post, groups, me, prefix, ..Self::default() }
    }

    /// Takes over what a part did.
    pub(in crate::engine) fn take_over(&mut self, part: Talk<'_>) {
        self.wanted.extend(part.wanted);
        self.holds.extend(part.holds);
        self.identifiers.extend(part.identifiers);
        self.behind = self.behind.or(part.behind);
        self.brought.extend(part.brought);
        self.closed.extend(part.closed);
        self.lanes.extend(part.lanes);
    }

    /// Whether this is a request of its own, and no part of another.
    pub(in crate::engine) fn is_whole(&self) -> bool {
        self.prefix.is_empty()
    }

    fn name(&self, key: &str) -> SmolStr {
        // Every creation has a name for its identifier: one that costs nothing.
        if self.prefix.is_empty() { key.into() } else { format!("{}{key}", self.prefix).into() }
    }
}

impl Context<'_> {
    /// Asks somebody: an AE by its identifier, or whoever answers at a URL. `key` names the question within this request.
    ///
    /// # Errors
    /// [`Stop::Wait`] while there is no answer.
    pub(crate) fn ask(&mut self, key: &str, target: &str, request: Request) -> Result<Outcome, Stop> {
        let until = self.patience();
        self.ask_until(key, target, request, |_| until)
    }

    /// Passes somebody else's request on. As [`Context::ask`], but what goes to a polling channel waits there as long as
    /// it says itself (TS-0001 10.2.5.17).
    ///
    /// # Errors
    /// [`Stop::Wait`] while there is no answer.
    pub(crate) fn pass_on(&mut self, key: &str, target: &str, request: Request) -> Result<Outcome, Stop> {
        let patience = self.patience();
        let end = self.end().filter(|_| self.talk.is_whole());
        let until = |route: &Route| match route {
            Route::Channel(_) => end.unwrap_or(patience),
            Route::Urls(..) => patience,
        };
        self.ask_until(key, target, request, until)
    }

    fn ask_until(
        &mut self,
        key: &str,
        target: &str,
        request: Request,
        until: impl FnOnce(&Route) -> Timestamp,
    ) -> Result<Outcome, Stop> {
        let key = self.talk.name(key);
        let Some(pocket) = self.talk.pocket else { return Err(Stop::Wait) };
        if let Some(outcome) = pocket.answers.get(&key) {
            self.trail.late |= matches!(outcome, Err(Failure::TimedOut));
            return Ok(outcome.clone());
        }
        let route = match reach::route(self.core, &self.view, target)? {
            Ok(route) => route,
            Err(failure) => return Ok(Err(failure)),
        };
        let until = until(&route);
        self.talk.wanted.push(Wanted { key, route, request, until });
        Err(Stop::Wait)
    }

    /// How long this request waits for others: as configured, and never beyond its own end.
    pub(in crate::engine) fn patience(&self) -> Timestamp {
        let most = self.now.plus_seconds(i64::try_from(self.core.config.limits.call_timeout).unwrap_or(i64::MAX));
        self.end().map_or(most, |end| end.min(most))
    }

    /// When this request, or its result, is no longer worth anything.
    pub(in crate::engine) fn end(&self) -> Option<Timestamp> {
        let ends = [self.request.request_expiration_timestamp, self.request.result_expiration_timestamp];
        let ends = ends.into_iter().flatten().map(|at| at.resolve(self.now));
        if self.trail.depth == 0 {
            return ends.min();
        }
        // TS-0004 7.4.14.2.5: the answer of a group is there before the result expires, with or without this one.
        let early = |end: Timestamp| {
            let left = end.as_micros().saturating_sub(self.now.as_micros());
            self.now.plus_micros(left.saturating_sub(left / 10))
        };
        ends.map(early).min()
    }

    /// An identifier that stays the same for all walks of this request. `make` chooses it the first time.
    pub(in crate::engine) fn pinned(
        &mut self,
        key: &str,
        make: impl FnOnce(&mut Self) -> Result<SmolStr, Stop>,
    ) -> Result<SmolStr, Stop> {
        let key = self.talk.name(key);
        if let Some(known) = self.talk.pocket.and_then(|pocket| pocket.identifiers.get(&key)) {
            return Ok(known.clone());
        }
        let identifier = make(self)?;
        self.talk.identifiers.insert(key, identifier.clone());
        Ok(identifier)
    }

    /// Whether anybody awaits a verdict on any UPDATE.
    pub(in crate::engine) fn anybody_asks(&self) -> bool {
        self.talk.askers.is_some_and(|askers| !askers.locks.is_empty())
    }

    /// Whether nobody else awaits a verdict on an UPDATE of that resource (TS-0001 10.2.10.7: such are delayed).
    ///
    /// # Errors
    /// [`Stop::Wait`] until that is over; 4105 for a request to many that awaits verdicts itself.
    pub(in crate::engine) fn wait_in_line(&mut self, node: Node) -> Result<(), Stop> {
        let (Some(askers), me) = (self.talk.askers, self.talk.me) else { return Ok(()) };
        let locks = &askers.locks;
        if locks.get(&node).is_none_or(|other| *other == me) {
            return Ok(());
        }
        if me != 0 && locks.values().any(|holder| *holder == me) {
            // Whoever holds something does not stand in line: two requests never wait for each other.
            let reason = "somebody else's update of this resource waits for an agreement; try again later";
            return Err(Rejection::conflict(reason).into());
        }
        self.talk.behind = Some(node);
        Err(Stop::Wait)
    }

    /// Whether what a request resource stands for has begun and waits for others.
    pub(crate) fn is_under_way(&self, resource: Node) -> bool {
        self.talk.askers.is_some_and(|askers| askers.works_on(resource))
    }

    /// A polling channel is no more: whoever listens there, or waits for somebody who does, hears of it.
    pub(crate) fn close_channel(&mut self, channel: Node) {
        self.talk.closed.push(channel);
    }
}
