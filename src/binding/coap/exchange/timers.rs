//! All of time in one list.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

use super::{AskId, Ticket};

/// What falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A confirmable message was not acknowledged yet.
    Retransmit(SocketAddr, u16),
    /// A request is not answered yet: its peer is to hear that it has come.
    Acknowledge(Ticket),
    /// A peer was asked whether it is there, and has not said so.
    Unverified(SocketAddr),
    /// Nobody waits for the answer to a request of ours any more.
    Ask(AskId),
    /// Something may be old enough to be forgotten.
    Sweep,
}

/// What falls due when.
#[derive(Debug, Default)]
pub struct Timers(BTreeSet<(Instant, Timer)>);

impl Timers {
    /// Sets a timer.
    pub fn set(&mut self, at: Instant, timer: Timer) {
        self.0.insert((at, timer));
    }

    /// Takes it back.
    pub fn clear(&mut self, at: Instant, timer: Timer) {
        self.0.remove(&(at, timer));
    }

    /// When the first falls due.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// The first that is due.
    pub fn take(&mut self, now: Instant) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }
}
