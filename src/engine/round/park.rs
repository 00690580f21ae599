//! A request stops on its way: it waits for answers, in line, or at a polling channel.

use super::Round;
use crate::engine::core::Core;
use crate::engine::outward::ask::Wanted;
use crate::engine::outward::askers::{Asker, Who};
use crate::engine::outward::poll::{Listening, Poll};
use crate::engine::outward::post::Sender;
use crate::engine::outward::reach::Route;
use crate::engine::writer::{Engine, Ticket};
use crate::primitive::{Rejection, Request, Response, Status};
use crate::tree::{Layer, Node, SnapshotCell, View};

/// The most lanes that wake at once when an AE can be reached again; the others wake when these are done.
const WAKING: usize = 256;

/// Why a request stops on its way.
pub(super) struct Parking {
    pub wanted: Vec<Wanted>,
    pub listens: Option<Listening>,
    pub holds: Vec<Node>,
    pub behind: Option<Node>,
}

impl Engine {
    /// A request stops on its way: its questions go out, and it walks again when they are answered.
    pub(super) fn park(
        &mut self,
        core: &Core,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        mut asker: Asker,
        parking: Parking,
    ) {
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
            if let Route::Channel(channel) = wanted.route {
                round.channels.insert(channel);
            }
        }
        self.askers.park(asker, missing, &parking.holds);
        self.due_changed = true;
    }

    pub(super) fn listen(
        &mut self,
        cell: &SnapshotCell<'_>,
        round: &mut Round,
        ticket: Ticket,
        request: Box<Request>,
        listening: Listening,
    ) {
        let layer = Layer::new(&round.draft);
        match View::over(cell, &layer).lanes_awaiting(listening.entity, WAKING) {
            Ok(lanes) => round.lanes.extend(lanes),
            Err(error) => tracing::error!(%error, "the lanes of an AE cannot be read"),
        }
        let Listening { channel, aggregates, until, .. } = listening;
        if self.dismissing {
            round.reply(ticket, Poll { ticket, request, aggregates, until }.nothing(), false);
            return;
        }
        let sent_away = self.post.channels.listen(channel, Poll { ticket, request, aggregates, until });
        if let Some(poll) = sent_away {
            round.reply(poll.ticket, poll.nothing(), false);
        }
        round.channels.insert(channel);
        self.due_changed = true;
    }
}
