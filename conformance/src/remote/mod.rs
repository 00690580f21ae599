//! The tester as a remote CSE: a small CSE of its own behind the listener, with which the subject registers, or which
//! registers with the subject. It takes whatever it is asked to create, knows it again, and remembers who asked what.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use onem2m_cse::primitive::{Operation, Rejection, Request, Response, Status};
use serde_json::{Value as Json, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use self::tree::Tree;
use crate::ask::{at, inside, to_json};
use crate::log::{Entry, Log};

mod tree;

/// The most requests that a remote CSE keeps, and so the most resources. Stops a subject that never stops. Beyond: 5000.
const KEPT: usize = 1000;

/// All of them. Cheap to clone; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Remotes(Arc<Mutex<HashMap<String, Arc<Inner>>>>);

/// A CSE of the tester's own. It is gone when it is dropped.
#[derive(Debug)]
pub struct Remote {
    /// The CSE-ID with its slash.
    pub cse_id: String,
    /// The address of its CSEBase, SP-relative.
    pub base: String,
    /// Where it is reached.
    pub point_of_access: String,
    inner: Arc<Inner>,
    all: Remotes,
}

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

/// A resource that the tester has put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// Its path, without the CSE-ID.
    pub path: String,
    /// Its resourceID.
    pub ri: String,
}

impl Remote {
    /// Everything that it was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.inner.state).asked.clone()
    }

    /// Waits until something was asked that meets the condition. `None` when nothing was in that time.
    pub async fn wait_for(&self, limit: Duration, meets: impl Fn(&Asked) -> bool) -> Option<Asked> {
        let mut count = self.inner.count.subscribe();
        let end = Instant::now() + limit;
        loop {
            count.mark_unchanged();
            if let Some(found) = self.asked().into_iter().find(|asked| meets(asked)) {
                return Some(found);
            }
            if !matches!(timeout_at(end, count.changed()).await, Ok(Ok(()))) {
                return None;
            }
        }
    }

    /// Something that it has from the beginning, directly below its base. The SP-relative address of it.
    pub fn has(&self, root: &str, name: &str, attributes: Json) -> String {
        let path = lock(&self.inner.state).tree.plant(root, name, attributes);
        format!("{}/{path}", self.cse_id)
    }

    /// From now on it also answers requests whose addresses name no CSE: it is the registrar of whoever is tested.
    pub fn is_the_registrar(&self) {
        self.inner.is_home.store(true, Ordering::Relaxed);
        // For a CSE, it is the IN-CSE.
        lock(&self.inner.state).tree.change(&self.base_path(), "cst", json!(1));
    }

    /// The path of its CSEBase, without the CSE-ID.
    #[must_use]
    pub fn base_path(&self) -> String {
        base_name(&self.inner.name)
    }

    /// Something that is below another resource from now on. The name is part of its identifier, so no other may have it.
    pub fn plant(&self, parent: &str, root: &str, name: &str, attributes: Json) -> Planted {
        let ri = format!("{}p{name}", self.inner.name);
        let path = lock(&self.inner.state).tree.plant_below(parent, root, name, &ri, attributes);
        Planted { path, ri }
    }

    /// The same with a given identifier, which is its name as well.
    pub fn plant_as(&self, parent: &str, root: &str, ri: &str, attributes: Json) {
        lock(&self.inner.state).tree.plant_below(parent, root, ri, ri, attributes);
    }

    /// Something is not there any more, with what is below it.
    pub fn forget(&self, path: &str) {
        lock(&self.inner.state).tree.remove(path);
    }

    /// Forgets what it was asked, and writes what it will be asked into another log.
    pub fn begin(&self, log: &Log) {
        lock(&self.inner.state).asked.clear();
        *lock(&self.inner.log) = log.clone();
    }

    /// What was made last, of that root, below a path: its path and its attributes.
    #[must_use]
    pub fn newest_below(&self, parent: &str, root: &str) -> Option<(String, Json)> {
        lock(&self.inner.state).tree.newest_below(parent, root)
    }

    /// The resource that a path means, or null.
    #[must_use]
    pub fn look(&self, path: &str) -> Json {
        lock(&self.inner.state).tree.look(path)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        lock(&self.all.0).remove(&self.inner.name);
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
