//! The tester as a remote CSE: a small CSE of its own behind the listener, with which the subject registers, or which
//! registers with the subject. It takes whatever it is asked to create, knows it again, and remembers who asked what.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onem2m_cse::primitive::{Operation, Rejection, Request, Response, Status};
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use self::tree::Tree;
use crate::ask::{at, inside, to_json};
use crate::log::{Entry, Log};

mod handle;
mod tree;

pub use self::handle::{Planted, Remote};

/// The most requests that a remote CSE keeps, and so the most resources. Stops a subject that never stops. Beyond: 5000.
const KEPT: usize = 1000;

/// All of them. Cheap to clone; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Remotes(Arc<Mutex<HashMap<String, Arc<Inner>>>>);

/// What a remote CSE was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What for.
    pub operation: Operation,
    /// Of what.
    pub to: String,
    /// The path of that resource when it was asked, without the CSE-ID. Empty when there was none.
    pub target: String,
    /// By whom.
    pub originator: String,
    /// For a CREATE, the type.
    pub resource_type: Option<u32>,
    /// With what.
    pub content: Json,
}

impl Asked {
    /// One attribute of the resource in the content, or null.
    #[must_use]
    pub fn get(&self, name: &str) -> &Json {
        at(inside(&self.content), name)
    }
}

#[derive(Debug)]
struct Inner {
    name: String,
    state: Mutex<State>,
    count: watch::Sender<usize>,
    log: Mutex<Log>,
    is_home: AtomicBool,
}

#[derive(Debug)]
struct State {
    asked: Vec<Asked>,
    tree: Tree,
}

impl Remotes {
    /// A new one, of that name, behind a URL.
    #[must_use]
    pub fn add(&self, name: &str, url: &str, log: &Log) -> Remote {
        let base = json!({
            "rn": base_name(name), "ty": 5, "ri": name, "csi": format!("/{name}"), "cst": 2, "srv": ["2a", "3"],
            "srt": [1, 2, 3, 4, 5, 9, 16, 23], "poa": [url],
        });
        let state = State { asked: Vec::new(), tree: Tree::new(name, &base_name(name), &base) };
        let count = watch::Sender::new(0);
        let inner = Arc::new(Inner {
            name: name.to_owned(),
            state: Mutex::new(state),
            count,
            log: Mutex::new(log.clone()),
            is_home: AtomicBool::new(false),
        });
        lock(&self.0).insert(name.to_owned(), Arc::clone(&inner));
        Remote {
            cse_id: format!("/{name}"),
            base: format!("/{name}/{}", base_name(name)),
            point_of_access: url.to_owned(),
            inner,
            all: self.clone(),
        }
    }

    /// The answer to a request, if it is for one of these.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Option<Response> {
        let inner = {
            let all = lock(&self.0);
            // The name is that of the CSE or of its base, whichever form the address has.
            let named = |part: &str| all.get(part.strip_suffix(BASE).unwrap_or(part)).cloned();
            request.to.split('/').find_map(named)?
        };
        Some(inner.tell(request))
    }

    /// The answer of the one that is the registrar here, to an address that names none: CSE-relative ones do not.
    #[must_use]
    pub fn answer_at_home(&self, request: &Request) -> Option<Response> {
        let inner = lock(&self.0).values().find(|inner| inner.is_home.load(Ordering::Relaxed)).cloned()?;
        Some(inner.tell(request))
    }
}

/// What the name of a base ends with.
const BASE: &str = "-cse";

fn base_name(name: &str) -> String {
    format!("{name}{BASE}")
}

impl Inner {
    fn tell(&self, request: &Request) -> Response {
        let response = self.answer(request);
        lock(&self.log).add(Entry::came(request, &response));
        response
    }

    fn answer(&self, request: &Request) -> Response {
        let mut state = lock(&self.state);
        if state.asked.len() >= KEPT {
            let full = Rejection::new(Status::INTERNAL_SERVER_ERROR, "the tester keeps no more");
            return Response::rejected(&full, request);
        }
        let target = state.tree.path_of(&request.to).unwrap_or_default();
        state.asked.push(Asked {
            operation: request.operation,
            to: request.to.to_string(),
            target,
            originator: request.originator.as_deref().unwrap_or_default().to_owned(),
            resource_type: request.resource_type,
            content: request.content.as_ref().map(to_json).unwrap_or_default(),
        });
        let response = state.tree.answer(request);
        self.count.send_replace(state.asked.len());
        response
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::value;

    fn ask(all: &Remotes, operation: Operation, to: &str, content: Option<Json>) -> Response {
        let mut request = Request::new(operation, to);
        request.resource_type = Some(3);
        request.content = content.as_ref().map(value);
        all.answer(&request).unwrap()
    }

    #[test]
    fn what_is_created_is_found_in_every_form_of_address_until_it_is_deleted() {
        let all = Remotes::default();
        let remote = all.add("far", "http://h:1", &Log::default());
        let made = ask(&all, Operation::Create, "/far/-", Some(json!({"m2m:cnt": {"rn": "x"}})));
        assert_eq!(made.status, Status::CREATED);
        for to in ["/far/far-cse/x", "far-cse/x", "//sp/far/far-cse/x", "/far/farr1", "/far/-/x"] {
            assert_eq!(ask(&all, Operation::Retrieve, to, None).status, Status::OK, "{to}");
        }
        ask(&all, Operation::Update, "/far/farr1", Some(json!({"m2m:cnt": {"lbl": ["a"]}})));
        assert_eq!(remote.asked().last().unwrap().get("lbl"), &json!(["a"]));
        assert_eq!(ask(&all, Operation::Delete, "/far/far-cse/x", None).status, Status::DELETED);
        assert_eq!(ask(&all, Operation::Retrieve, "/far/far-cse/x", None).status, Status::NOT_FOUND);
    }

    #[test]
    fn what_is_for_nobody_here_is_not_answered_and_a_remote_cse_goes_with_its_test() {
        let all = Remotes::default();
        let remote = all.add("far", "http://h:1", &Log::default());
        assert!(all.answer(&Request::new(Operation::Retrieve, "/near/cse")).is_none());
        drop(remote);
        assert!(all.answer(&Request::new(Operation::Retrieve, "/far")).is_none());
    }
}
