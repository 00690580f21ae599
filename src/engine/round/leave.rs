//! What leaves for others: notifications out of their lanes, requests to whoever listens at a polling channel.

use std::collections::BTreeSet;

use super::Round;
use crate::engine::context::Context;
use crate::engine::core::Core;
use crate::engine::outward::post::Sender;
use crate::engine::outward::reach::Route;
use crate::engine::writer::Engine;
use crate::notify;
use crate::primitive::{Request, Response};
use crate::tree::{Layer, Node, SnapshotCell, View};

impl Engine {
    /// What can leave, leaves: the rows are read now, the calls go out after the commit.
    pub(super) fn look_at_lanes(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round) {
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
                        if let Route::Channel(channel) = parcel.route {
                            round.channels.insert(channel);
                        }
                        let now = self.clock;
                        self.post.send(Sender::Lane(lane), parcel.route, parcel.requests, parcel.until, now);
                        round.sent.push(lane);
                        self.due_changed = true;
                    }
                }
                Err(stop) => {
                    tracing::error!(?stop, "a lane of notifications cannot be looked at");
                    self.put_lane_off(core, cell, round, lane);
                }
            }
        }
    }

    /// What cannot be read or noted must not have the engine do the same again and again without a rest.
    pub(super) fn put_lane_off(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round, lane: Node) {
        let request = Request::retrieve("-");
        let layer = Layer::new(&round.draft);
        let mut cx = Context::new(core, View::over(cell, &layer), &request, self.clock, self.next_node);
        if notify::put_off(&mut cx, lane).is_ok() {
            let draft = cx.view.draft;
            round.draft.absorb(draft);
            self.due_changed = true;
        }
    }

    /// Whoever listens at a polling channel gets what waits there.
    pub(super) fn serve_polls(&mut self, core: &Core, round: &mut Round) {
        let most = core.config.limits.polled_requests;
        while let Some(channel) = round.channels.pop_first() {
            while let Some((poll, requests)) = self.post.serve(channel, most) {
                // What it takes along is on disk before, or belongs to a request that is not answered yet.
                round.reply(poll.ticket, poll.with(&requests), true);
            }
        }
    }

    /// Responses that were brought to polling channels go to whoever waits for them; channels that are gone are closed.
    pub(super) fn tend_channels(
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
}
