//! Our requests, and their responses, matched by request identifier.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::topic::Own;
use crate::engine::Failure;
use crate::primitive::{Request, Response};
use crate::value::SmolStr;

type Outcome = Result<Response, Failure>;

/// Who waits for a response. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Asking(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    last: u64,
    by_identifier: HashMap<SmolStr, Asked>,
}

struct Asked {
    number: u64,
    receiver: String,
    heard: oneshot::Sender<Outcome>,
}

impl Asking {
    /// A place for the response of a receiver. Two requests of different originators may have the same identifier; on this
    /// connection, the second one gets another.
    pub fn enter(&self, request: &mut Request, receiver: &str) -> (Place, oneshot::Receiver<Outcome>) {
        let (heard, response) = oneshot::channel();
        let mut waiting = self.lock();
        waiting.last = waiting.last.wrapping_add(1);
        let mut number = waiting.last;
        while waiting.by_identifier.contains_key(&request.request_identifier) {
            request.request_identifier = format!("mqtt-{number}").into();
            number = number.wrapping_add(1);
        }
        let (identifier, number) = (request.request_identifier.clone(), waiting.last);
        waiting.by_identifier.insert(identifier.clone(), Asked { number, receiver: receiver.to_owned(), heard });
        drop(waiting);
        (Place { asking: self.clone(), identifier, number }, response)
    }

    /// What became of the request of that identifier, as that receiver says. Whether anybody waited for it: nobody answers
    /// for somebody else.
    pub fn heard(&self, own: &Own, receiver: &str, identifier: &str, outcome: Outcome) -> bool {
        let mut waiting = self.lock();
        let asked = waiting.by_identifier.get(identifier);
        if asked.is_none_or(|asked| own.shortest(&asked.receiver) != own.shortest(receiver)) {
            return false;
        }
        let asked = waiting.by_identifier.remove(identifier);
        drop(waiting);
        asked.is_some_and(|asked| asked.heard.send(outcome).is_ok())
    }

    /// Nobody will answer any more.
    pub fn close(&self, reason: &str) {
        for (_, asked) in self.lock().by_identifier.drain() {
            // Whoever waited may have gone.
            let _ = asked.heard.send(Err(Failure::Unreachable(reason.to_owned())));
        }
    }

    /// Whether somebody waits.
    pub fn is_empty(&self) -> bool {
        self.lock().by_identifier.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request whose response is waited for, until this is dropped.
pub(super) struct Place {
    asking: Asking,
    identifier: SmolStr,
    number: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.asking.lock();
        // Once it is answered, the identifier may be somebody else's.
        if waiting.by_identifier.get(&self.identifier).is_some_and(|asked| asked.number == self.number) {
            waiting.by_identifier.remove(&self.identifier);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::Status;

    #[test]
    fn only_who_was_asked_answers_and_only_once() {
        let (asking, own) = (Asking::default(), Own::new("/id-in", "//sp"));
        let mut request = Request::retrieve("x").identified("1");
        let (first, mut response) = asking.enter(&mut request, "Cae");
        let mut other = Request::retrieve("y").identified("1");
        let (second, _) = asking.enter(&mut other, "Cother");
        assert_ne!(other.request_identifier, "1");
        let ok = || Ok(Response::new(Status::OK, &request));
        assert!(!asking.heard(&own, "Cother", "1", ok()));
        assert!(asking.heard(&own, "id-in:Cae", "1", ok()));
        assert!(!asking.heard(&own, "Cae", "1", ok()));
        assert!(response.try_recv().is_ok());
        drop((first, second));
        assert!(asking.is_empty());
    }
}
