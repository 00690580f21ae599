//! Beginning anew, as after the first start (TS-0019, upper tester).

use super::group::Memory;
use super::outward::askers::Who;
use super::outward::links;
use super::writer::{Engine, Output};
use crate::error::Error;
use crate::primitive::{Rejection, Request, Response, Status};
use crate::store::{ChangeSet, Direction, KeyRange, StoreError};
use crate::tree::{Draft, SnapshotCell, Tree, View, tables};
use crate::value::Timestamp;

impl Engine {
    /// Removes every resource and begins anew. Whoever still waits for an answer gets 5000: what they asked for was asked
    /// of a tree that is no more. Answers to calls from before the reset mean nothing from now on.
    ///
    /// # Errors
    /// When the store fails.
    pub fn reset(&mut self, now: Timestamp) -> Result<Vec<Output>, Error> {
        self.clock = self.clock.max(now);
        let core = self.core.clone();
        loop {
            let cell = core.tree.snapshot();
            let changes = core.tree.some_rows_deleted(&cell, 10_000)?;
            if changes.is_empty() {
                break;
            }
            core.tree.commit(&cell, Draft::default(), changes, core.config.durability)?;
            core.tree.forget();
        }
        self.run = None;
        self.next_node = 1;
        self.stored_next = 0;
        self.quiet_until = Timestamp::from_micros(0);
        self.due_changed = true;
        let replies = self.send_all_away();
        self.dismissing = false;
        self.groups = Memory::default();
        // The connections stay open; who is at their other ends shows with the next requests.
        links::write(&core).clear();
        self.start()?;
        Ok(replies)
    }

    /// Answers everybody who waits: for others, for a time to come, at a polling channel.
    fn send_all_away(&mut self) -> Vec<Output> {
        let rejection = Rejection::new(Status::INTERNAL_SERVER_ERROR, "the CSE was reset");
        let reply =
            |ticket, request: &Request| Output::Reply(ticket, Box::new(Response::rejected(&rejection, request)));
        let mut replies = Vec::new();
        for asker in self.askers.clear() {
            if let Who::Ticket(ticket) = asker.who {
                replies.push(reply(ticket, &asker.request));
            }
        }
        for (ticket, request) in self.waiting.clear() {
            replies.push(reply(ticket, &request));
        }
        for poll in self.post.clear() {
            replies.push(reply(poll.ticket, &poll.request));
        }
        replies
    }
}

impl Tree {
    /// Deletions of some of the rows that there are, whatever they hold.
    fn some_rows_deleted(&self, cell: &SnapshotCell<'_>, most: usize) -> Result<ChangeSet, StoreError> {
        let view = View::new(cell);
        let mut changes = ChangeSet::new();
        for table in tables::ALL {
            let left = most.saturating_sub(changes.len());
            for row in view.scan(table, KeyRange::all(), Direction::Forward)?.take(left) {
                changes.delete(table, row?.0);
            }
        }
        Ok(changes)
    }
}
