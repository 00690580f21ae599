//! Associations by peer, in the order in which they were used.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::Instant;

use super::session::Session;

/// Sessions whose peers have proved to be somebody.
#[derive(Default)]
pub(super) struct Table {
    sessions: HashMap<SocketAddr, (Instant, Session)>,
    by_use: BTreeSet<(Instant, SocketAddr)>,
}

impl Table {
    pub(super) fn get(&self, peer: SocketAddr) -> Option<&Session> {
        self.sessions.get(&peer).map(|(_, session)| session)
    }

    pub(super) fn get_mut(&mut self, peer: SocketAddr) -> Option<&mut Session> {
        self.sessions.get_mut(&peer).map(|(_, session)| session)
    }

    /// The association is used now.
    pub(super) fn touch(&mut self, now: Instant, peer: SocketAddr) {
        if let Some((used, _)) = self.sessions.get_mut(&peer) {
            self.by_use.remove(&(*used, peer));
            self.by_use.insert((now, peer));
            *used = now;
        }
    }

    pub(super) fn insert(&mut self, now: Instant, peer: SocketAddr, session: Session) {
        self.remove(peer);
        self.by_use.insert((now, peer));
        self.sessions.insert(peer, (now, session));
    }

    pub(super) fn remove(&mut self, peer: SocketAddr) -> Option<Session> {
        let (used, session) = self.sessions.remove(&peer)?;
        self.by_use.remove(&(used, peer));
        Some(session)
    }

    /// The one that was silent for the longest, and since when.
    pub(super) fn stalest(&self) -> Option<(Instant, SocketAddr)> {
        self.by_use.first().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.sessions.len()
    }

    /// All of them.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (SocketAddr, Session)> + use<> {
        self.by_use.clear();
        std::mem::take(&mut self.sessions).into_iter().map(|(peer, (_, session))| (peer, session))
    }
}
