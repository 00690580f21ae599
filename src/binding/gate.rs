//! The door as one binding sees it: no more requests at a time than the binding may have under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::{Answer, BoxFuture, Door, Health, Peer, UpperTesterCommand};
use crate::primitive::{ConnectionId, Rejection, Request, Response, Status};
use crate::schema::Registry;

/// A door that counts.
pub(crate) struct Gate {
    door: Arc<dyn Door>,
    under_way: Arc<AtomicUsize>,
    most: usize,
}

impl Gate {
    pub fn new(door: Arc<dyn Door>, most: usize) -> Self {
        Self { door, under_way: Arc::default(), most }
    }
}

/// A place, until it is dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Door for Gate {
    fn request(&self, request: Request) -> Answer {
        let place = Place(Arc::clone(&self.under_way));
        if self.under_way.fetch_add(1, Relaxed) >= self.most {
            let reason = "too many requests are being answered, try again";
            return Answer::Now(Response::rejected(&Rejection::new(Status::INTERNAL_SERVER_ERROR, reason), &request));
        }
        match self.door.request(request) {
            Answer::Now(response) => Answer::Now(response),
            Answer::Later(response) => Answer::Later(Box::pin(async move {
                let response = response.await;
                drop(place);
                response
            })),
        }
    }

    fn connected(&self, peer: Arc<dyn Peer>) -> Option<ConnectionId> {
        self.door.connected(peer)
    }

    fn connected_as(&self, peer: Arc<dyn Peer>, originator: &str) -> Option<ConnectionId> {
        self.door.connected_as(peer, originator)
    }

    fn disconnected(&self, connection: ConnectionId) {
        self.door.disconnected(connection);
    }

    fn is_query_attribute(&self, short: &str) -> bool {
        self.door.is_query_attribute(short)
    }

    fn registry(&self) -> &Registry {
        self.door.registry()
    }

    fn cse_id(&self) -> &str {
        self.door.cse_id()
    }

    fn sp_id(&self) -> &str {
        self.door.sp_id()
    }

    fn cse_name(&self) -> &str {
        self.door.cse_name()
    }

    fn health(&self) -> Health {
        self.door.health()
    }

    fn upper_tester(&self, command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        self.door.upper_tester(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers never.
    struct Slow;

    impl Door for Slow {
        fn request(&self, _request: Request) -> Answer {
            Answer::Later(Box::pin(std::future::pending()))
        }
        fn is_query_attribute(&self, _short: &str) -> bool {
            false
        }
        fn cse_id(&self) -> &'static str {
            "/id-in"
        }
        fn cse_name(&self) -> &'static str {
            "cse-in"
        }
        fn health(&self) -> Health {
            Health::Ready
        }
        fn upper_tester(&self, _command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
            Box::pin(async { Ok(None) })
        }
    }

    #[test]
    fn a_place_is_given_back_when_nobody_waits_any_more() {
        let gate = Gate::new(Arc::new(Slow), 2);
        let ask = || gate.request(Request::retrieve("cse-in"));
        let (first, _second) = (ask(), ask());
        assert!(matches!(ask(), Answer::Now(response) if response.status == Status::INTERNAL_SERVER_ERROR));
        drop(first);
        assert!(matches!(ask(), Answer::Later(_)));
    }
}
