//! Forgetting: a peer whose association is over, and whatever is too old to matter.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::timers::Timer;
use super::{Endpoint, Output};
use crate::binding::after::After as _;

/// How often is looked for what may be forgotten.
const SWEEP: Duration = Duration::from_secs(2);

impl Endpoint {
    /// The association with a peer is over: nothing that was under way with it will come to an end.
    pub fn gone(&mut self, now: Instant, address: SocketAddr, out: &mut Vec<Output>) {
        self.forget(now, address, out);
    }

    pub(super) fn forget(&mut self, now: Instant, address: SocketAddr, out: &mut Vec<Output>) {
        for ask in self.peers.get(address).map(|peer| std::mem::take(&mut peer.asks)).unwrap_or_default() {
            self.give_up(now, ask, "the association with the other side is over", out);
        }
        let timers = &mut self.timers;
        self.flights.retain(|(peer, id), flight| {
            let keep = *peer != address;
            if !keep {
                timers.clear(flight.due(), Timer::Retransmit(*peer, *id));
            }
            keep
        });
        self.exchanges.retain(|ticket, exchange| exchange.is_with_another(*ticket, address, timers));
        self.seen.forget(address);
        self.uploads.forget(address);
        self.downloads.forget(address);
        self.peers.remove(address);
    }

    /// There is something that will have to be forgotten.
    pub(super) fn sweep_later(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.sweeps, true) {
            self.timers.set(now.after(SWEEP), Timer::Sweep);
        }
    }

    /// Forgets what is old enough, and comes back when something is left.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.seen.sweep(now);
        self.uploads.sweep(now);
        self.downloads.sweep(now);
        self.peers.sweep(now);
        self.sweeps =
            !(self.seen.is_empty() && self.uploads.is_empty() && self.downloads.is_empty() && self.peers.is_empty());
        if self.sweeps {
            self.timers.set(now.after(SWEEP), Timer::Sweep);
        }
    }
}
