//! Connections that requests travel over both ways: who answers at their other ends.
//!
//! A binding announces such a connection at the [`Door`](super::Door), gives its name with each request that comes over it
//! ([`Access::connection`](crate::primitive::Access::connection)), and says when it is closed. The engine finds out who is
//! at its other end, and then its calls come to the [`Peer`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{BoxFuture, Caller};
use crate::engine::{Failure, LINK_SCHEME};
use crate::primitive::{ConnectionId, Request, Response};
use crate::value::SmolStr;

/// Whoever is at the other end of an open connection.
pub trait Peer: Send + Sync + 'static {
    /// Sends a request over the connection and waits for its response. The future is dropped when nobody waits any more.
    fn call(&self, request: Request, limit: Duration) -> BoxFuture<Result<Response, Failure>>;
}

/// The open connections of one CSE. Clones are the same ones.
#[derive(Clone, Default)]
pub(crate) struct Connections {
    open: Arc<Mutex<HashMap<ConnectionId, Arc<dyn Peer>>>>,
    last: Arc<AtomicU64>,
}

impl Connections {
    /// A connection is open from now on. Answers its name.
    pub fn open(&self, peer: Arc<dyn Peer>) -> ConnectionId {
        let name = ConnectionId(self.last.fetch_add(1, Relaxed).wrapping_add(1));
        self.lock().insert(name, peer);
        name
    }

    /// A connection is closed.
    pub fn close(&self, name: ConnectionId) {
        self.lock().remove(&name);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Arc<dyn Peer>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Caller for Connections {
    fn schemes(&self) -> &[&str] {
        &[LINK_SCHEME]
    }

    fn call(&self, url: SmolStr, request: Request, limit: Duration) -> BoxFuture<Result<Response, Failure>> {
        let number = url.rsplit_once('/').and_then(|(_, number)| number.parse().ok());
        let peer = number.and_then(|number| self.lock().get(&ConnectionId(number)).cloned());
        match peer {
            Some(peer) => peer.call(request, limit),
            None => Box::pin(async { Err(Failure::Unreachable("the connection is closed".into())) }),
        }
    }
}
