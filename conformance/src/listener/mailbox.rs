//! A mailbox: what came for one test, and how it is answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use onem2m_cse::primitive::{Rejection, Request, Response, Status};
use serde_json::Value as Json;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::lock;
use crate::ask::{at, to_json};
use crate::log::{Entry, Log};
use crate::remote::Remotes;

/// The most notifications that a mailbox keeps. Stops a subject that never stops telling. Beyond: refused with 5000.
const KEPT: usize = 1000;

/// What the names of mailboxes begin with that keep nothing.
pub(super) const ANYWHERE: &str = "anywhere";

/// All of them. Cheap to clone; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Boxes(Arc<Mutex<HashMap<String, Arc<Inner>>>>);

struct Inner {
    came: Mutex<Vec<Came>>,
    count: watch::Sender<usize>,
    /// To verification requests, and to all others.
    answers: Mutex<(Status, Status)>,
    log: Log,
}

/// A notification that came.
#[derive(Clone, Debug)]
pub struct Came {
    /// Who sent it.
    pub originator: String,
    /// Its content.
    pub content: Json,
}

impl Came {
    /// The notification in it: the inside of `m2m:sgn`, or null.
    #[must_use]
    pub fn notification(&self) -> &Json {
        at(&self.content, "m2m:sgn")
    }

    /// The event, inside of `nev`, or null.
    #[must_use]
    pub fn event(&self) -> &Json {
        at(self.notification(), "nev")
    }

    /// Whether it asks if notifications are welcome.
    #[must_use]
    pub fn is_verification(&self) -> bool {
        at(self.notification(), "vrq") == &Json::Bool(true)
    }

    /// Whether it says that the subscription is gone.
    #[must_use]
    pub fn is_farewell(&self) -> bool {
        at(self.notification(), "sud") == &Json::Bool(true)
    }

    /// Whether it tells of something: one event, or several (`m2m:agn`).
    #[must_use]
    pub fn is_news(&self) -> bool {
        !self.is_verification() && !self.is_farewell()
    }
}

/// Where the notifications of one test arrive. It is gone when it is dropped.
pub struct Mailbox {
    url: String,
    point_of_access: String,
    name: String,
    inner: Arc<Inner>,
    boxes: Boxes,
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Mailbox {
    /// What to give as notification URI.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to give as point of access of an AE whose AE-ID-stem is the mailbox's name.
    #[must_use]
    pub fn point_of_access(&self) -> &str {
        &self.point_of_access
    }

    /// What verification requests are answered from now on.
    pub fn answer_verification(&self, status: Status) {
        lock(&self.inner.answers).0 = status;
    }

    /// What everything else is answered from now on.
    pub fn answer_news(&self, status: Status) {
        lock(&self.inner.answers).1 = status;
    }

    /// Everything that came so far.
    #[must_use]
    pub fn came(&self) -> Vec<Came> {
        lock(&self.inner.came).clone()
    }

    /// Everything that came so far and tells of something.
    #[must_use]
    pub fn news(&self) -> Vec<Came> {
        self.came().into_iter().filter(Came::is_news).collect()
    }

    /// Waits until something that meets the condition has come. `None` when nothing did in that time.
    pub async fn wait_for(&self, limit: Duration, meets: impl Fn(&Came) -> bool) -> Option<Came> {
        let mut count = self.inner.count.subscribe();
        let end = Instant::now() + limit;
        loop {
            count.mark_unchanged();
            if let Some(found) = self.came().into_iter().find(|came| meets(came)) {
                return Some(found);
            }
            if !matches!(timeout_at(end, count.changed()).await, Ok(Ok(()))) {
                return None;
            }
        }
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        lock(&self.boxes.0).remove(&self.name);
    }
}

impl Boxes {
    /// A new one of that name, which is reached at that URL; an AE of that name, at that point of access.
    pub fn add(&self, name: &str, (url, point_of_access): (String, String), log: &Log) -> Mailbox {
        let inner = Arc::new(Inner {
            came: Mutex::default(),
            count: watch::Sender::new(0),
            answers: Mutex::new((Status::OK, Status::OK)),
            log: log.clone(),
        });
        lock(&self.0).insert(name.to_owned(), Arc::clone(&inner));
        Mailbox { url, point_of_access, name: name.to_owned(), inner, boxes: self.clone() }
    }

    /// The answer to what comes for somebody of that name: a mailbox, or a CSE of the tester's own.
    pub fn answer(&self, name: &str, remotes: &Remotes, request: &Request) -> Response {
        if name.starts_with(ANYWHERE) {
            return Response::new(Status::OK, request);
        }
        if let Some(response) = remotes.answer(request) {
            return response;
        }
        let Some(inner) = lock(&self.0).get(name).cloned() else {
            return remotes.answer_at_home(request).unwrap_or_else(|| {
                let nobody = Rejection::new(Status::NOT_FOUND, "no test waits for this notification any more");
                Response::rejected(&nobody, request)
            });
        };
        inner.take(request)
    }
}

impl Inner {
    fn take(&self, request: &Request) -> Response {
        let content = request.content.as_ref().map(to_json).unwrap_or_default();
        let originator = request.originator.as_deref().unwrap_or_default().to_owned();
        let came = Came { originator, content };
        let (to_verification, to_news) = *lock(&self.answers);
        let mut status = if came.is_verification() { to_verification } else { to_news };
        {
            let mut list = lock(&self.came);
            if list.len() >= KEPT {
                status = Status::INTERNAL_SERVER_ERROR
            } else {
                list.push(came)
            }
            self.count.send_replace(list.len());
        }
        let response = Response::new(status, request);
        self.log.add(Entry::came(request, &response));
        response
    }
}
