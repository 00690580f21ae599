//! What happens between two commits: inputs are taken, requests walk, what is due is done, lanes are looked at.

mod connect;
mod leave;
mod park;
mod timed;

use std::collections::{BTreeSet, VecDeque};

use park::Parking;

use super::context::{Change, Context, Stop};
use super::core::Core;
use super::outward::ask::Talk;
use super::outward::askers::{Asker, Who};
use super::outward::links;
use super::outward::post::Sender;
use super::writer::{Engine, Input, Output, Ticket};
use super::{Answer, order, pipeline};
use crate::notify;
use crate::primitive::{Rejection, Request, Response, Status};
use crate::tree::{Draft, Layer, Node, SnapshotCell, View};

/// What is gathered between two commits.
#[derive(Default)]
pub(super) struct Round {
    draft: Draft,
    outputs: Vec<Output>,
    changes: Vec<Change>,
    /// For each reply, whether it tells of a change, and so is taken back when the commit fails.
    wrote: Vec<bool>,
    /// Requests that have their answers and walk again.
    again: VecDeque<Asker>,
    lanes: BTreeSet<Node>,
    channels: BTreeSet<Node>,
    /// The lanes whose notifications left in this round.
    sent: Vec<Node>,
}

impl Round {
    fn reply(&mut self, ticket: Ticket, response: Response, wrote: bool) {
        self.wrote.push(wrote);
        self.outputs.push(Output::Reply(ticket, Box::new(response)));
    }
}

impl Engine {
    pub(super) fn round(&mut self, core: &Core, cell: &SnapshotCell<'_>, inputs: Vec<Input>) -> Vec<Output> {
        let mut round = Round::default();
        let mut look_at_due = false;
        for input in inputs {
            match input {
                Input::Due => look_at_due = true,
                Input::Request(ticket, request) => self.take(core, cell, &mut round, ticket, request),
                Input::Connected(connection, originator) => self.known(core, cell, &mut round, connection, &originator),
                Input::Disconnected(connection) => links::write(core).closed(connection),
                Input::Answer(call, answer) => {
                    self.forget_broken(core, call, &answer);
                    if let Some((sender, answer)) = self.post.answered(call, answer, self.clock) {
                        self.heard(core, cell, &mut round, sender, answer);
                    }
                }
                Input::Gone(ticket) => round.channels.extend(self.post.not_taken(ticket)),
            }
            self.walk_all(core, cell, &mut round);
        }
        if look_at_due {
            self.post.recalled.extend(self.recalled.drain(..));
            round.lanes.extend(&self.post.recalled);
            self.wake(core, cell, &mut round);
            if let Err(error) = self.carry_out_due(core, cell, &mut round) {
                tracing::error!(%error, "what is due could not be done; it will be tried again");
            }
        }
        self.look_at_lanes(core, cell, &mut round);
        self.post.recalled.clear();
        self.serve_polls(core, &mut round);
        self.finish(cell, round)
    }

    /// A request that waits for its time without being acknowledged is kept; all others walk.
    fn take(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round, ticket: Ticket, request: Box<Request>) {
        let layer = Layer::new(&round.draft);
        let acknowledged = order::is_acknowledged(core, &View::over(cell, &layer), &request, self.clock);
        let kept = match acknowledged {
            Ok(false) => self.waiting.keep(core, ticket, request, self.clock),
            // If it is the store that fails, the walk will say so.
            Ok(true) | Err(_) => Ok(Some(request)),
        };
        match kept {
            Ok(Some(request)) => round.again.push_back(Asker::new(Who::Ticket(ticket), request)),
            Ok(None) => self.due_changed = true,
            Err(refusal) => round.reply(ticket, *refusal, false),
        }
    }

    fn walk_all(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round) {
        while let Some(asker) = round.again.pop_front() {
            self.walk(core, cell, round, asker);
        }
    }

    fn walk(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round, mut asker: Asker) {
        let layer = Layer::new(&round.draft);
        let mut cx = Context::new(core, View::over(cell, &layer), &asker.request, self.clock, self.next_node);
        if let Who::Order(node) = asker.who
            && !order::stands(&cx.view, node)
        {
            // Its request resource is gone, and so nothing is to be done any more.
            round.again.extend(self.askers.done(asker.id));
            return;
        }
        cx.talk = Talk::of(&asker.pocket, &self.askers, &self.post, asker.id);
        cx.talk.groups = Some(&self.groups);
        let mut response = pipeline::walk(&mut cx);
        if let (Who::Order(node), Some(result)) = (asker.who, &response)
            && let Err(stop) = order::complete(&mut cx, node, result)
        {
            tracing::error!(?stop, "the result of a request could not be kept");
            response = None;
        }
        let linked = match (&response, asker.who) {
            (Some(response), Who::Ticket(_)) if response.status.is_success() => {
                links::news(core, &cx.view, &asker.request, response.created.as_deref())
            }
            _ => None,
        };
        let Context { view, changes, next_node, talk, trail, .. } = cx;
        let (draft, pinned) = (view.draft, talk.identifiers);
        let (lanes, holds, behind) = (talk.lanes, talk.holds, talk.behind);
        let (wanted, listens) = (talk.wanted, talk.listens);
        let (brought, closed) = (talk.brought, talk.closed);
        self.groups.learn(&asker.request, trail, self.clock);
        let Some(response) = response else {
            if !pinned.is_empty() {
                self.next_node = next_node;
            }
            asker.pocket.identifiers.extend(pinned);
            self.park(core, cell, round, asker, Parking { wanted, listens, holds, behind });
            return;
        };
        let wrote = !draft.is_empty();
        self.accept(round, draft, changes, next_node, lanes);
        if let Who::Ticket(ticket) = asker.who {
            round.reply(ticket, response, wrote);
        }
        if let (Some(entity), Some(connection)) = (linked, asker.request.access.connection) {
            self.connected(core, cell, round, entity, connection);
        }
        round.again.extend(self.askers.done(asker.id));
        self.tend_channels(core, cell, round, brought, closed);
    }

    /// An answer is for whoever asked.
    fn heard(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round, sender: Sender, answer: Answer) {
        match sender {
            Sender::Asker(id, key) => {
                let Answer { mut responses, failure } = answer;
                let nothing = || super::Failure::Unreachable("no answer".into());
                let outcome = responses.pop().ok_or_else(|| failure.unwrap_or_else(nothing));
                round.again.extend(self.askers.answered(id, key, outcome));
            }
            Sender::Lane(lane) => {
                if self.work(core, cell, round, |cx| notify::answered(cx, lane, &answer)) {
                    round.lanes.insert(lane);
                } else {
                    // What was told stays where it is, and would be told again at once.
                    self.put_lane_off(core, cell, round, lane);
                }
            }
        }
    }

    /// Does something that is nobody's request. Whether it could be done.
    fn work(
        &mut self,
        core: &Core,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        work: impl FnOnce(&mut Context<'_>) -> Result<(), Stop>,
    ) -> bool {
        let request = Request::retrieve("-");
        let layer = Layer::new(&round.draft);
        let mut cx = Context::new(core, View::over(cell, &layer), &request, self.clock, self.next_node);
        match work(&mut cx) {
            Ok(()) => {
                let Context { view, changes, next_node, talk, .. } = cx;
                let (draft, lanes) = (view.draft, talk.lanes);
                self.accept(round, draft, changes, next_node, lanes);
            }
            Err(stop) => {
                tracing::error!(?stop, "a delivery could not be noted");
                return false;
            }
        }
        true
    }

    fn accept(&mut self, round: &mut Round, draft: Draft, changes: Vec<Change>, next_node: u64, lanes: Vec<Node>) {
        self.next_node = next_node;
        round.draft.absorb(draft);
        round.lanes.extend(lanes);
        if self.watched {
            round.changes.extend(changes);
        }
    }

    fn finish(&mut self, cell: &SnapshotCell<'_>, mut round: Round) -> Vec<Output> {
        if let Err(error) = self.commit(cell, round.draft) {
            tracing::error!(%error, "a commit failed; nothing of it was done");
            for lane in round.sent {
                // What was to be told did not happen.
                self.post.cancel_lane(lane);
            }
            let rejection =
                Rejection::new(Status::INTERNAL_SERVER_ERROR, "the CSE's store failed; nothing was changed");
            let mut wrote = round.wrote.into_iter();
            for output in &mut round.outputs {
                if let Output::Reply(_, response) = output
                    && wrote.next() == Some(true)
                {
                    response.take_back(&rejection);
                }
            }
            round.outputs.extend(self.post.outgoing.drain(..).map(Output::Call));
            return round.outputs;
        }
        round.outputs.extend(self.post.outgoing.drain(..).map(Output::Call));
        round.outputs.extend(round.changes.into_iter().map(Output::Changed));
        round.outputs
    }
}
