//! Where notifications arrive: one server for all tests, over HTTP, CoAP or WebSocket, with a mailbox for each that wants
//! one.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use onem2m_cse::binding::coap::CoapConfig;
use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::binding::{Answer, Binding, BoxFuture, Door, Health, Listening, UpperTesterCommand};
use onem2m_cse::primitive::{Rejection, Request, Response, Status};
use serde_json::Value as Json;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::ask::{at, to_json};
use crate::log::{Entry, Log};
use crate::remote::{Remote, Remotes};

/// The most notifications that a mailbox keeps. Stops a subject that never stops telling. Beyond: refused with 5000.
const KEPT: usize = 1000;

/// The name of the mailbox that keeps nothing.
const ANYWHERE: &str = "anywhere";

type Boxes = Arc<Mutex<HashMap<String, Arc<Inner>>>>;

/// The server.
pub struct Listener {
    boxes: Boxes,
    remotes: Remotes,
    url: String,
    /// Stops when it is dropped.
    _server: Box<dyn Listening>,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Listener {
    /// Listens at `address:port`, over HTTP; or over another binding, as `coap://address:port`, `ws://address:port`. `host`
    /// is the name or address under which the subject reaches this machine.
    ///
    /// # Errors
    /// A sentence, when it is no such address, or it is not free.
    pub async fn start(bind: &str, host: &str) -> Result<Self, String> {
        let (scheme, address) = bind.split_once("://").unwrap_or(("http", bind));
        let address: SocketAddr = address.parse().map_err(|_| format!("listener: {bind:?} is no address"))?;
        let addresses = vec![address];
        let binding: Box<dyn Binding> = match scheme {
            "http" => Box::new(HttpConfig { addresses, allow_plaintext: true, ..HttpConfig::default() }),
            "coap" => Box::new(CoapConfig { addresses, allow_plaintext: true, ..CoapConfig::default() }),
            "ws" => Box::new(WsConfig { addresses, allow_plaintext: true, ..WsConfig::default() }),
            other => return Err(format!("listener: expected http, coap or ws, got {other}")),
        };
        let (boxes, remotes) = (Boxes::default(), Remotes::default());
        let server = binding.serve(room(&boxes, &remotes)).await.map_err(|e| e.to_string())?;
        let reached = server.addresses().first().cloned().unwrap_or_default();
        let port = reached.rsplit(':').next().unwrap_or_default();
        Ok(Self { boxes, remotes, url: format!("{scheme}://{host}:{port}"), _server: server })
    }

    /// What answers notifications that come another way, with the same mailboxes.
    #[must_use]
    pub fn door(&self) -> Arc<dyn Door> {
        room(&self.boxes, &self.remotes)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where notifications are taken that no test looks at.
    #[must_use]
    pub fn anywhere(&self) -> String {
        format!("{}/{ANYWHERE}", self.url)
    }

    /// A CSE of the tester's own, of that CSE-ID, which nothing else has. What it is asked goes into the log too.
    #[must_use]
    pub fn remote(&self, name: &str, log: &Log) -> Remote {
        self.remotes.add(name, &self.url, log)
    }

    /// A mailbox of that name, which nothing else has. What comes goes into the log too.
    #[must_use]
    pub fn mailbox(&self, name: &str, log: &Log) -> Mailbox {
        let inner = Arc::new(Inner {
            came: Mutex::default(),
            count: watch::Sender::new(0),
            answers: Mutex::new((Status::OK, Status::OK)),
            log: log.clone(),
        });
        lock(&self.boxes).insert(name.to_owned(), Arc::clone(&inner));
        Mailbox { url: format!("{}/{name}", self.url), name: name.to_owned(), inner, boxes: Arc::clone(&self.boxes) }
    }
}

#[derive(Debug)]
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
#[derive(Debug)]
pub struct Mailbox {
    url: String,
    name: String,
    inner: Arc<Inner>,
    boxes: Boxes,
}

impl Mailbox {
    /// What to give as notification URI.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
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
        lock(&self.boxes).remove(&self.name);
    }
}

fn room(boxes: &Boxes, remotes: &Remotes) -> Arc<dyn Door> {
    Arc::new(Room { boxes: Arc::clone(boxes), remotes: remotes.clone() })
}

/// What the server knocks at.
struct Room {
    boxes: Boxes,
    remotes: Remotes,
}

impl Door for Room {
    fn request(&self, request: Request) -> Answer {
        let name = request.to.split('/').next_back().unwrap_or_default();
        if name == ANYWHERE {
            return Answer::Now(Response::new(Status::OK, &request));
        }
        if let Some(response) = self.remotes.answer(&request) {
            return Answer::Now(response);
        }
        let Some(inner) = lock(&self.boxes).get(name).cloned() else {
            if let Some(response) = self.remotes.answer_at_home(&request) {
                return Answer::Now(response);
            }
            let nobody = Rejection::new(Status::NOT_FOUND, "no test waits for this notification any more");
            return Answer::Now(Response::rejected(&nobody, &request));
        };
        let content = request.content.as_ref().map(to_json).unwrap_or_default();
        let originator = request.originator.as_deref().unwrap_or_default().to_owned();
        let came = Came { originator, content };
        let (to_verification, to_news) = *lock(&inner.answers);
        let mut status = if came.is_verification() { to_verification } else { to_news };
        {
            let mut list = lock(&inner.came);
            if list.len() >= KEPT {
                status = Status::INTERNAL_SERVER_ERROR
            } else {
                list.push(came)
            }
            inner.count.send_replace(list.len());
        }
        let response = Response::new(status, &request);
        inner.log.add(Entry::came(&request, &response));
        Answer::Now(response)
    }

    fn is_query_attribute(&self, _short: &str) -> bool {
        false
    }

    fn cse_id(&self) -> &str {
        "/conformance"
    }

    fn cse_name(&self) -> &str {
        "conformance"
    }

    fn health(&self) -> Health {
        Health::Ready
    }

    fn upper_tester(&self, _command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        Box::pin(async { Err("this is the tester".to_owned()) })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
