//! What happens because its time has come.

use super::Round;
use crate::engine::context::{Context, Stop};
use crate::engine::core::Core;
use crate::engine::outward::askers::{Asker, Who};
use crate::engine::writer::Engine;
use crate::engine::{due, order};
use crate::primitive::Request;
use crate::store::StoreError;
use crate::tree::due::{Due, DueKind};
use crate::tree::{Layer, SnapshotCell, View};

/// The most that is done for what is due in one step, so that requests never wait long behind it.
const DUE_STEP: usize = 64;

impl Engine {
    /// Time-outs of this engine's memory: requests for a later time, calls without an answer, polls without a request.
    pub(super) fn wake(&mut self, core: &Core, cell: &SnapshotCell<'_>, round: &mut Round) {
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

    pub(super) fn carry_out_due(
        &mut self,
        core: &Core,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
    ) -> Result<(), StoreError> {
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

    pub(super) fn lane_is_due(
        &mut self,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        item: Due,
    ) -> Result<(), StoreError> {
        let lane = match View::over(cell, &Layer::new(&round.draft)).lane(item.node) {
            Err(error @ StoreError::Corrupt { .. }) => {
                tracing::error!(%error, "a lane of notifications cannot be read");
                None
            }
            lane => lane?,
        };
        if lane.is_some_and(|lane| lane.due == Some(item.at)) {
            round.lanes.insert(item.node);
        } else {
            disarm(cell, round, item);
        }
        Ok(())
    }

    pub(super) fn order_is_due(
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
