//! Which subscriptions somebody listens to, and what came of late.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tokio::sync::{mpsc, watch};

use super::notification::Receipt;
use crate::codec::json;
use crate::primitive::{Request, Status};
use crate::value::{Address, Map, Scope, SmolStr};

/// How many notifications are remembered, so that one that is told again is known. Beyond: the oldest is forgotten, and would
/// count as a new one.
const REMEMBERED: usize = 256;

/// A notification on its way to the program.
#[derive(Debug)]
pub(super) struct Item {
    pub content: Map,
    pub receipt: Receipt,
}

/// A queue, and who it is for.
#[derive(Debug)]
struct Route {
    number: u64,
    /// The CSE that the subscription is on; `None` is the one that is asked.
    cse: Option<SmolStr>,
    /// The last part of its identifier.
    id: SmolStr,
    /// Its name, for a CSE that tells paths.
    name: Option<SmolStr>,
    queue: mpsc::Sender<Item>,
}

/// All of that.
#[derive(Debug, Default)]
pub(super) struct State {
    routes: Vec<Route>,
    /// Who takes what nobody else does.
    rest: Option<(u64, mpsc::Sender<Item>)>,
    /// Subscriptions that are being made: their identifiers are not known yet.
    pub expecting: usize,
    last: u64,
    recent: VecDeque<(u64, watch::Receiver<Option<Status>>)>,
}

impl State {
    /// A number for a stream.
    pub fn number(&mut self) -> u64 {
        self.last = self.last.wrapping_add(1);
        self.last
    }

    /// Somebody listens to the subscription at an address, in the place of whoever did.
    pub fn open(&mut self, number: u64, address: &str, name: Option<&str>, queue: mpsc::Sender<Item>) {
        let (cse, id) = place(address);
        self.routes.retain(|route| route.cse != cse || route.id != id);
        self.routes.push(Route { number, cse, id: id.into(), name: name.map(SmolStr::from), queue });
    }

    /// Somebody listens to the rest, in the place of whoever did.
    pub fn open_rest(&mut self, number: u64, queue: mpsc::Sender<Item>) {
        self.rest = Some((number, queue));
    }

    /// Nobody listens there any more.
    pub fn close(&mut self, number: u64) {
        self.routes.retain(|route| route.number != number);
        if self.rest.as_ref().is_some_and(|(rest, _)| *rest == number) {
            self.rest = None;
        }
    }

    /// Who listens to the subscription of that identifier, or that name. Some say which CSE it is on, and some do not.
    pub fn find(&self, told: &str) -> Option<(u64, mpsc::Sender<Item>)> {
        let (cse, last) = place(told);
        let by_id = || self.routes.iter().filter(|route| route.id == last);
        let by_name = || self.routes.iter().filter(|route| route.name.as_deref() == Some(last));
        let same = |route: &&Route| route.cse == cse;
        let near = |route: &&Route| route.cse.is_none() || cse.is_none();
        let route = by_id().find(same).or_else(|| by_id().find(near));
        let route = route.or_else(|| by_name().find(same)).or_else(|| by_name().find(near))?;
        Some((route.number, route.queue.clone()))
    }

    /// Who takes what nobody else does.
    pub fn rest(&self) -> Option<(u64, mpsc::Sender<Item>)> {
        self.rest.clone()
    }

    /// What becomes, or became, of a notification that came before.
    pub fn known(&self, key: u64) -> Option<watch::Receiver<Option<Status>>> {
        self.recent.iter().find(|(known, _)| *known == key).map(|(_, answer)| answer.clone())
    }

    /// A notification has come.
    pub fn remember(&mut self, key: u64, answer: watch::Receiver<Option<Status>>) {
        if self.recent.len() >= REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((key, answer));
    }

    /// A notification that was not taken may come again, and is a new one then.
    pub fn forget(&mut self, key: u64) {
        self.recent.retain(|(known, _)| *known != key);
    }
}

/// The CSE of an identifier, where it names one, and its last part: enough to know a subscription by, however much stands
/// before it.
fn place(id: &str) -> (Option<SmolStr>, &str) {
    let cse = match Address::parse(id).map(|address| address.scope) {
        Ok(Scope::SpRelative { cse_id } | Scope::Absolute { cse_id, .. }) => Some(cse_id),
        Ok(Scope::CseRelative) | Err(_) => None,
    };
    (cse, id.rsplit('/').next().unwrap_or(id))
}

/// What a notification is known by when it is told again: who tells it, the request's identifier and all that it says. Some
/// peers give the same identifier to different requests.
pub(super) fn key(request: &Request, place: usize, content: &Map) -> u64 {
    let mut hasher = DefaultHasher::new();
    let text = json::encode(&content.clone().into());
    (request.originator.as_deref(), request.request_identifier.as_str(), place, text).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_found_by_its_identifier_or_by_its_name() {
        let mut state = State::default();
        let (queue, _receiver) = mpsc::channel(1);
        state.open(1, "/id-in/sub-5", Some("mine"), queue.clone());
        state.open(2, "/id-in/sub-6", Some("sub-5"), queue.clone());
        let number = |state: &State, id: &str| state.find(id).map(|(number, _)| number);
        assert_eq!(
            (number(&state, "sub-5"), number(&state, "sub-6"), number(&state, "mine")),
            (Some(1), Some(2), Some(1))
        );
        state.close(1);
        assert_eq!((number(&state, "sub-5"), number(&state, "mine")), (Some(2), None));
        assert!(state.rest().is_none());
        state.open_rest(3, queue);
        state.close(3);
        assert!(state.rest().is_none());
    }

    #[test]
    fn subscriptions_of_two_cses_are_told_apart() {
        let mut state = State::default();
        let (queue, _receiver) = mpsc::channel(1);
        state.open(1, "sub-5", None, queue.clone());
        state.open(2, "/id-mn/sub-5", Some("mine"), queue.clone());
        state.open(3, "//sp/id-x/sub-5", None, queue);
        let number = |id: &str| state.find(id).map(|(number, _)| number);
        for (told, listens) in [("sub-5", 1), ("/id-in/sub-5", 1), ("/id-mn/sub-5", 2), ("//sp/id-mn/sub-5", 2)] {
            assert_eq!(number(told), Some(listens), "{told}");
        }
        assert_eq!((number("/id-x/sub-5"), number("/id-mn/cse-mn/c/mine")), (Some(3), Some(2)));
        assert_eq!((number("/id-x/mine"), number("sub-6")), (None, None));
    }

    #[test]
    fn however_much_comes_little_is_remembered() {
        let mut state = State::default();
        let answer = watch::Sender::new(None);
        for key in 0..10_000 {
            state.remember(key, answer.subscribe());
        }
        assert_eq!(state.recent.len(), REMEMBERED);
        assert!(state.known(9_999).is_some() && state.known(0).is_none());
    }

    #[test]
    fn the_same_identifier_with_other_words_is_something_else() {
        let request = Request::retrieve("Cae").from("/id-in").identified("1");
        let (one, other) = (Map::from_iter([("sur", "a")]), Map::from_iter([("sur", "b")]));
        assert_eq!(key(&request, 0, &one), key(&request, 0, &one.clone()));
        assert_ne!(key(&request, 0, &one), key(&request, 0, &other));
        assert_ne!(key(&request, 0, &one), key(&request, 1, &one));
    }
}
