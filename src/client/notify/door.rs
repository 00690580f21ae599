//! The door of an application: it takes notifications, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::Inbox;
use crate::binding::{Answer, BoxFuture, Door, Health, Peer, UpperTesterCommand};
use crate::primitive::{ConnectionId, Request};

/// The inbox, as bindings see it.
pub(super) struct InboxDoor {
    inbox: Arc<Inbox>,
    patience: Option<Duration>,
    connections: AtomicU64,
}

impl InboxDoor {
    pub fn new(inbox: Arc<Inbox>, patience: Option<Duration>) -> Self {
        Self { inbox, patience, connections: AtomicU64::new(0) }
    }
}

impl Door for InboxDoor {
    fn request(&self, request: Request) -> Answer {
        let (inbox, patience) = (Arc::clone(&self.inbox), self.patience);
        Answer::Later(Box::pin(async move { inbox.take(request, patience).await }))
    }

    fn connected(&self, _peer: Arc<dyn Peer>) -> Option<ConnectionId> {
        Some(ConnectionId(self.connections.fetch_add(1, Relaxed)))
    }

    fn disconnected(&self, _connection: ConnectionId) {
        self.inbox.has_closed();
    }

    fn is_query_attribute(&self, _short: &str) -> bool {
        false
    }

    fn cse_id(&self) -> &'static str {
        ""
    }

    fn cse_name(&self) -> &'static str {
        ""
    }

    fn health(&self) -> Health {
        Health::Ready
    }

    fn upper_tester(&self, _command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        Box::pin(async { Err("this is an application, no CSE".to_owned()) })
    }
}
