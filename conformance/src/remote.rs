//! The tester as a remote CSE: a small CSE of its own behind the listener, with which the subject registers, or which
//! registers with the subject. It takes whatever it is asked to create, knows it again, and remembers who asked what.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use onem2m_cse::primitive::{Content, Operation, Rejection, Request, Response, Status};
use onem2m_cse::value::Timestamp;
use serde_json::{Map, Value as Json, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::ask::{at, inside, to_json, value};
use crate::log::{Entry, Log};

/// The most requests that a remote CSE keeps, and the most resources. Stops a subject that never stops. Beyond: 5000.
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
    log: Log,
}

#[derive(Debug, Default)]
struct State {
    asked: Vec<Asked>,
    resources: Vec<Resource>,
}

#[derive(Debug)]
struct Resource {
    root: String,
    /// Without the CSE-ID: `cse/name`.
    path: String,
    ri: String,
    attributes: Map<String, Json>,
}

impl Remotes {
    /// A new one, of that name, behind a URL.
    #[must_use]
    pub fn add(&self, name: &str, url: &str, log: &Log) -> Remote {
        let inner = Arc::new(Inner {
            name: name.to_owned(),
            state: Mutex::default(),
            count: watch::Sender::new(0),
            log: log.clone(),
        });
        let base = json!({
            "rn": base_name(name), "ty": 5, "ri": name, "csi": format!("/{name}"), "cst": 2, "srv": ["2a", "3"],
            "srt": [1, 2, 3, 4, 5, 9, 16, 23], "poa": [url],
        });
        let path = base_name(name);
        let attributes = base.as_object().cloned().unwrap_or_default();
        let base = Resource { root: "m2m:cb".into(), path: path.clone(), ri: name.to_owned(), attributes };
        lock(&inner.state).resources.push(base);
        lock(&self.0).insert(name.to_owned(), Arc::clone(&inner));
        Remote {
            cse_id: format!("/{name}"),
            base: format!("/{name}/{path}"),
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
        let response = inner.answer(request);
        inner.log.add(Entry::came(request, &response));
        Some(response)
    }
}

/// What the name of a base ends with.
const BASE: &str = "-cse";

fn base_name(name: &str) -> String {
    format!("{name}{BASE}")
}

impl Inner {
    fn answer(&self, request: &Request) -> Response {
        let mut state = lock(&self.state);
        if state.asked.len() >= KEPT || state.resources.len() >= KEPT {
            let full = Rejection::new(Status::INTERNAL_SERVER_ERROR, "the tester keeps no more");
            return Response::rejected(&full, request);
        }
        state.asked.push(Asked {
            operation: request.operation,
            to: request.to.to_string(),
            originator: request.originator.as_deref().unwrap_or_default().to_owned(),
            resource_type: request.resource_type,
            content: request.content.as_ref().map(to_json).unwrap_or_default(),
        });
        let response = self.carry_out(&mut state, request);
        self.count.send_replace(state.asked.len());
        response
    }

    fn carry_out(&self, state: &mut State, request: &Request) -> Response {
        let place = self.relative(&request.to);
        let found = state.resources.iter().position(|resource| resource.path == place || resource.ri == place);
        let Some(number) = found else {
            let nothing = Rejection::new(Status::NOT_FOUND, format!("{}: the tester has no such resource", request.to));
            return Response::rejected(&nothing, request);
        };
        let content = request.content.as_ref().map(to_json).unwrap_or_default();
        let now = Timestamp::now().to_string();
        match request.operation {
            Operation::Create => {
                let ri = format!("{}r{}", self.name, state.resources.len());
                let mut attributes = inside(&content).as_object().cloned().unwrap_or_default();
                let name = attributes.get("rn").and_then(Json::as_str).unwrap_or(&ri).to_owned();
                let parent = state.resources.get(number).map(|p| (p.path.clone(), p.ri.clone())).unwrap_or_default();
                for (short, value) in [
                    ("rn", json!(name)),
                    ("ty", json!(request.resource_type)),
                    ("ri", json!(ri)),
                    ("pi", json!(parent.1)),
                    ("ct", json!(now)),
                    ("lt", json!(now)),
                ] {
                    attributes.insert(short.to_owned(), value);
                }
                let root = content.as_object().and_then(|c| c.keys().next()).cloned().unwrap_or_default();
                let made = Resource { root, path: format!("{}/{name}", parent.0), ri, attributes };
                let response = shown(&made, Status::CREATED, request);
                state.resources.push(made);
                response
            }
            Operation::Retrieve => match state.resources.get(number) {
                Some(resource) => shown(resource, Status::OK, request),
                None => Response::new(Status::NOT_FOUND, request),
            },
            Operation::Update => match state.resources.get_mut(number) {
                Some(resource) => {
                    resource.attributes.extend(inside(&content).as_object().cloned().unwrap_or_default());
                    resource.attributes.retain(|_, value| !value.is_null());
                    resource.attributes.insert("lt".into(), json!(now));
                    shown(resource, Status::UPDATED, request)
                }
                None => Response::new(Status::NOT_FOUND, request),
            },
            Operation::Delete => {
                let gone = state.resources.remove(number).path;
                state.resources.retain(|resource| !resource.path.starts_with(&format!("{gone}/")));
                Response::new(Status::DELETED, request)
            }
            Operation::Notify => Response::new(Status::OK, request),
        }
    }

    /// The part of an address behind the CSE-ID; the CSE-ID alone is the base.
    fn relative(&self, to: &str) -> String {
        let parts: Vec<&str> = to.split('/').filter(|part| !part.is_empty()).collect();
        let behind = parts.iter().position(|part| *part == self.name).map_or(0, |at| at.saturating_add(1));
        match parts.get(behind..).unwrap_or_default() {
            [] => self.name.clone(),
            // TS-0004 6.2.4: a dash stands for the name of the CSEBase.
            ["-"] => base_name(&self.name),
            ["-", rest @ ..] => format!("{}/{}", base_name(&self.name), rest.join("/")),
            rest => rest.join("/"),
        }
    }
}

fn shown(resource: &Resource, status: Status, request: &Request) -> Response {
    let mut response = Response::new(status, request);
    response.content = Some(Content::Value(value(&json!({resource.root.as_str(): resource.attributes}))));
    response
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
        let mut attributes = attributes.as_object().cloned().unwrap_or_default();
        attributes.insert("rn".into(), json!(name));
        attributes.insert("ri".into(), json!(name));
        let path = format!("{}/{name}", base_name(&self.inner.name));
        let resource = Resource { root: root.to_owned(), path: path.clone(), ri: name.to_owned(), attributes };
        lock(&self.inner.state).resources.push(resource);
        format!("{}/{path}", self.cse_id)
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
