//! Who is at the other end of an open connection, and what that wakes.

use super::Round;
use crate::engine::core::Core;
use crate::engine::outward::call::{Answer, CallId, Failure};
use crate::engine::outward::links;
use crate::engine::writer::Engine;
use crate::primitive::ConnectionId;
use crate::tree::{Layer, Node, SnapshotCell, View};

/// The most lanes that wake at once with an AE; the others wake when they are due.
const WAKING: usize = 256;

impl Engine {
    /// An AE is reached over a connection from now on: what waits for it leaves, also what rests after failures.
    pub(super) fn connected(
        &mut self,
        core: &Core,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        entity: Node,
        connection: ConnectionId,
    ) {
        links::write(core).join(entity, connection);
        let layer = Layer::new(&round.draft);
        match View::over(cell, &layer).lanes_awaiting(entity, WAKING) {
            Ok(lanes) => {
                self.post.recalled.extend(lanes.iter().copied());
                round.lanes.extend(lanes);
            }
            Err(error) => tracing::error!(%error, "the lanes of an AE cannot be read"),
        }
    }

    /// It is known who is at the other end of a connection. If that is no registered AE yet, its registration over this
    /// connection will say so.
    pub(super) fn known(
        &mut self,
        core: &Core,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        connection: ConnectionId,
        originator: &str,
    ) {
        let layer = Layer::new(&round.draft);
        if let Some(entity) = links::entity(core, &View::over(cell, &layer), originator) {
            self.connected(core, cell, round, entity, connection);
        }
    }

    /// A connection over which nobody is reached is no way to anybody.
    pub(super) fn forget_broken(&self, core: &Core, call: CallId, answer: &Answer) {
        if answer.failure.as_ref().is_some_and(Failure::is_unreachable)
            && let Some(connection) = self.post.link(call)
        {
            links::write(core).closed(connection);
        }
    }
}
