//! What happens between two commits: inputs are taken, requests walk, what is due is done, lanes are looked at.

use std::collections::{BTreeSet, VecDeque};

use super::ask::Talk;
use super::askers::{Asker, Who};
use super::context::{Change, Context, Stop};
use super::core::Core;
use super::post::Sender;
use super::writer::{Engine, Input, Output, Ticket};
use super::{Answer, due, order, pipeline, poll};
use crate::notify;
use crate::primitive::{Rejection, Request, Response, Status};
use crate::store::StoreError;
use crate::tree::due::{Due, DueKind};
use crate::tree::{Draft, Layer, Node, SnapshotCell, View};

/// The most that is done for what is due in one step, so that requests never wait long behind it.
const DUE_STEP: usize = 64;

/// The most lanes that wake at once when an AE can be reached again; the others wake when these are done.
const WAKING: usize = 256;

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
                Input::Answer(call, answer) => {
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
        round.again.extend(self.askers.done(asker.id));
        self.tend_channels(core, cell, round, brought, closed);
    }

    /// Responses that were brought to polling channels go to whoever waits for them; channels that are gone are closed.
    fn tend_channels(
        &mut self,
        core: &Core,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        brought: Vec<(Node, Response)>,
        closed: Vec<Node>,
    ) {
        for (channel, response) in brought {
            if let (_, Some((sender, answer))) = self.post.brought(channel, response) {
                self.heard(core, cell, round, sender, answer);
            }
            round.channels.insert(channel);
        }
        for channel in closed {
            let (polls, calls) = self.post.close(channel);
            for poll in polls {
                round.reply(poll.ticket, poll.closed(), true);
            }
            for (sender, answer) in calls {
                self.heard(core, cell, round, sender, answer);
            }
        }
    }

    /// A request stops on its way: its questions go out, and it walks again when they are answered.
    fn park(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round, mut asker: Asker, parking: Parking) {
        let most = core.config.limits.asking_requests;
        let full = self.askers.len().saturating_add(self.post.len()) >= most;
        match (parking.listens, asker.who) {
            (Some(listening), Who::Ticket(ticket)) if !full => {
                self.listen(cell, round, ticket, asker.request, listening);
                return;
            }
            (None, _) if !full && (parking.behind.is_some() || !parking.wanted.is_empty()) => {}
            (_, who) => {
                let reason = format!("{most} requests wait for others already; try again later");
                let rejection = Rejection::new(Status::INTERNAL_SERVER_ERROR, reason);
                if let Who::Ticket(ticket) = who {
                    round.reply(ticket, Response::rejected(&rejection, &asker.request), false);
                }
                round.again.extend(self.askers.done(asker.id));
                return;
            }
        }
        asker.pin(self.clock);
        self.askers.name(&mut asker);
        if parking.wanted.is_empty() {
            if let Some(node) = parking.behind {
                self.askers.park_behind(asker, node);
            }
            return;
        }
        let missing = parking.wanted.len();
        for wanted in parking.wanted {
            let sender = Sender::Asker(asker.id, wanted.key);
            self.post.send(sender, wanted.route.clone(), vec![wanted.request], wanted.until, self.clock);
            if let super::reach::Route::Channel(channel) = wanted.route {
                round.channels.insert(channel);
            }
        }
        self.askers.park(asker, missing, &parking.holds);
        self.due_changed = true;
    }

    fn listen(
        &mut self,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        ticket: Ticket,
        request: Box<Request>,
        listening: poll::Listening,
    ) {
        let layer = Layer::new(&round.draft);
        match View::over(cell, &layer).lanes_awaiting(listening.entity, WAKING) {
            Ok(lanes) => round.lanes.extend(lanes),
            Err(error) => tracing::error!(%error, "the lanes of an AE cannot be read"),
        }
        let poll::Listening { channel, aggregates, until, .. } = listening;
        if self.dismissing {
            round.reply(ticket, poll::Poll { ticket, request, aggregates, until }.nothing(), false);
            return;
        }
        let sent_away = self.post.channels.listen(channel, poll::Poll { ticket, request, aggregates, until });
        if let Some(poll) = sent_away {
            round.reply(poll.ticket, poll.nothing(), false);
        }
        round.channels.insert(channel);
        self.due_changed = true;
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
                self.work(core, cell, round, |cx| notify::answered(cx, lane, &answer));
                round.lanes.insert(lane);
            }
        }
    }

    /// Does something that is nobody's request.
    fn work(
        &mut self,
        core: &Core,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        work: impl FnOnce(&mut Context<'_>) -> Result<(), Stop>,
    ) {
        let request = Request::retrieve("-");
        let layer = Layer::new(&round.draft);
        let mut cx = Context::new(core, View::over(cell, &layer), &request, self.clock, self.next_node);
        match work(&mut cx) {
            Ok(()) => {
                let Context { view, changes, next_node, talk, .. } = cx;
                let (draft, lanes) = (view.draft, talk.lanes);
                self.accept(round, draft, changes, next_node, lanes);
            }
            Err(stop) => tracing::error!(?stop, "a delivery could not be noted"),
        }
    }

    /// Time-outs of this engine's memory: requests for a later time, calls without an answer, polls without a request.
    fn wake(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round) {
        for (ticket, request) in self.waiting.take(self.clock) {
            round.again.push_back(Asker::new(Who::Ticket(ticket), request));
        }
        for (sender, answer) in self.post.overdue(self.clock) {
            self.heard(core, cell, round, sender, answer);
        }
        self.walk_all(core, cell, round);
        for poll in self.post.channels.tired(self.clock) {
            round.reply(poll.ticket, poll.nothing(), false);
        }
    }

    fn carry_out_due(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round) -> Result<(), StoreError> {
        let list = View::over(cell, &Layer::new(&round.draft)).due_until(self.clock, DUE_STEP)?;
        let request = Request::retrieve("-");
        for item in list {
            match item.kind {
                DueKind::Deliver => self.lane_is_due(cell, round, item)?,
                DueKind::Execute => self.order_is_due(core, cell, round, item)?,
                _ => {}
            }
            let layer = Layer::new(&round.draft);
            let mut cx = Context::new(core, View::over(cell, &layer), &request, self.clock, self.next_node);
            match due::carry_out(&mut cx, item) {
                Ok(()) => {
                    let Context { view, changes, next_node, talk, .. } = cx;
                    let (draft, lanes) = (view.draft, talk.lanes);
                    self.accept(round, draft, changes, next_node, lanes);
                }
                Err(Stop::Fail(error)) if !matches!(error, StoreError::Corrupt { .. }) => return Err(error),
                Err(stop) => {
                    // What cannot be done must not stop the clock for all others: its row goes. A damaged record stays
                    // where it is, and `check` still shows it.
                    tracing::warn!(?stop, "what was due could not be done");
                    disarm(cell, round, item);
                }
            }
        }
        Ok(())
    }

    fn lane_is_due(&mut self, cell: &SnapshotCell<'_>, round: &mut Round, item: Due) -> Result<(), StoreError> {
        let lane = View::over(cell, &Layer::new(&round.draft)).lane(item.node)?;
        if lane.is_some_and(|lane| lane.due == Some(item.at)) {
            round.lanes.insert(item.node);
        } else {
            disarm(cell, round, item);
        }
        Ok(())
    }

    fn order_is_due(
        &mut self,
        core: &Core,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        item: Due,
    ) -> Result<(), StoreError> {
        let taken = {
            let layer = Layer::new(&round.draft);
            let mut view = View::over(cell, &layer);
            let busy = self.askers.works_on(item.node);
            let request = order::take_up(&mut view, item, self.clock, busy)?;
            (std::mem::take(&mut view.draft), request)
        };
        let (draft, request) = taken;
        round.draft.absorb(draft);
        if let Some(request) = request {
            round.again.push_back(Asker::new(Who::Order(item.node), request));
            self.walk_all(core, cell, round);
        }
        Ok(())
    }

    /// What can leave, leaves: the rows are read now, the calls go out after the commit.
    fn look_at_lanes(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round) {
        let mut seen = BTreeSet::new();
        let limits = &core.config.limits;
        // Those in line were here first.
        while let Some(lane) = self.post.next_in_line(limits).or_else(|| round.lanes.pop_first()) {
            if !seen.insert(lane) {
                continue;
            }
            let request = Request::retrieve("-");
            let layer = Layer::new(&round.draft);
            let mut cx = Context::new(core, View::over(cell, &layer), &request, self.clock, self.next_node);
            match notify::look_at(&mut cx, lane, &mut self.post) {
                Ok(parcel) => {
                    let Context { view, changes, next_node, talk, .. } = cx;
                    let (draft, lanes) = (view.draft, talk.lanes);
                    self.accept(round, draft, changes, next_node, lanes);
                    if let Some(parcel) = parcel {
                        if let super::reach::Route::Channel(channel) = parcel.route {
                            round.channels.insert(channel);
                        }
                        let now = self.clock;
                        self.post.send(Sender::Lane(lane), parcel.route, parcel.requests, parcel.until, now);
                        round.sent.push(lane);
                        self.due_changed = true;
                    }
                }
                Err(stop) => tracing::error!(?stop, "a lane of notifications cannot be looked at"),
            }
        }
    }

    /// Whoever listens at a polling channel gets what waits there.
    fn serve_polls(&mut self, core: &Core, round: &mut Round) {
        let most = core.config.limits.polled_requests;
        while let Some(channel) = round.channels.pop_first() {
            while let Some((poll, requests)) = self.post.serve(channel, most) {
                // What it takes along is on disk before, or belongs to a request that is not answered yet.
                round.reply(poll.ticket, poll.with(&requests), true);
            }
        }
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

/// Why a request stops on its way.
struct Parking {
    wanted: Vec<super::ask::Wanted>,
    listens: Option<poll::Listening>,
    holds: Vec<Node>,
    behind: Option<Node>,
}

fn disarm(cell: &SnapshotCell<'_>, round: &mut Round, item: Due) {
    let draft = {
        let layer = Layer::new(&round.draft);
        let mut view = View::over(cell, &layer);
        view.disarm(item);
        std::mem::take(&mut view.draft)
    };
    round.draft.absorb(draft);
}
