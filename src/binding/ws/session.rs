//! Our requests over a connection, and their responses, matched by request identifier.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;

use super::subprotocol::Speech;
use crate::binding::{BoxFuture, Peer};
use crate::codec::primitive::from_request;
use crate::engine::Failure;
use crate::primitive::{Request, Response};
use crate::value::SmolStr;

/// How many requests wait to be sent; a further one waits to wait.
const OUTGOING: usize = 16;

type Outcome = Result<Response, Failure>;

/// The half of a connection that asks. It outlives the connection, and then fails.
#[derive(Clone)]
pub(super) struct Session {
    speech: Speech,
    outgoing: mpsc::Sender<Message>,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    last: u64,
    by_identifier: HashMap<SmolStr, (u64, oneshot::Sender<Outcome>)>,
    closed: bool,
}

impl Session {
    /// A session, and what it has to send.
    pub fn new(speech: Speech) -> (Self, mpsc::Receiver<Message>) {
        let (outgoing, messages) = mpsc::channel(OUTGOING);
        (Self { speech, outgoing, waiting: Arc::default() }, messages)
    }

    /// How messages are spelled.
    pub const fn speech(&self) -> &Speech {
        &self.speech
    }

    /// Whether requests can be sent.
    pub fn is_open(&self) -> bool {
        !self.lock().closed
    }

    /// Whether somebody waits for a response.
    pub fn is_asking(&self) -> bool {
        !self.lock().by_identifier.is_empty()
    }

    /// What became of the request of that identifier. Whether anybody waited for it.
    pub fn heard(&self, identifier: &str, outcome: Outcome) -> bool {
        let waiting = self.lock().by_identifier.remove(identifier);
        waiting.is_some_and(|(_, waiting)| waiting.send(outcome).is_ok())
    }

    /// The connection is closed: whoever waits hears of it, and nobody is to wait any more.
    pub fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.by_identifier.clear();
    }

    /// Sends a request and waits for its response.
    pub async fn ask(&self, mut request: Request) -> Outcome {
        let gone = || Failure::Unreachable("the connection was closed".to_owned());
        let unsent = || Failure::NotSent("the connection is closed".to_owned());
        let (asked, response) = self.enter(&mut request).ok_or_else(unsent)?;
        let message = self.speech.write(&from_request(&request).into());
        self.outgoing.send(message).await.map_err(|_| unsent())?;
        let outcome = response.await.unwrap_or_else(|_| Err(gone()));
        drop(asked);
        outcome
    }

    /// A place for the response. Two requests of different originators may have the same identifier; towards this peer,
    /// the second one gets another.
    fn enter(&self, request: &mut Request) -> Option<(Asked<'_>, oneshot::Receiver<Outcome>)> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.lock();
        if waiting.closed {
            return None;
        }
        waiting.last = waiting.last.wrapping_add(1);
        let mut number = waiting.last;
        while waiting.by_identifier.contains_key(&request.request_identifier) {
            request.request_identifier = format!("ws-{number}").into();
            number = number.wrapping_add(1);
        }
        let (identifier, number) = (request.request_identifier.clone(), waiting.last);
        waiting.by_identifier.insert(identifier.clone(), (number, sender));
        drop(waiting);
        Some((Asked { session: self, identifier, number }, receiver))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Peer for Session {
    fn call(&self, request: Request, limit: Duration) -> BoxFuture<Outcome> {
        let session = self.clone();
        Box::pin(async move {
            let asked = tokio::time::timeout(limit, session.ask(request)).await;
            asked.unwrap_or(Err(Failure::TimedOut))
        })
    }
}

/// A request whose response is waited for, until this is dropped.
struct Asked<'a> {
    session: &'a Session,
    identifier: SmolStr,
    number: u64,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let mut waiting = self.session.lock();
        // Once it is answered, the identifier may be somebody else's.
        if waiting.by_identifier.get(&self.identifier).is_some_and(|(number, _)| *number == self.number) {
            waiting.by_identifier.remove(&self.identifier);
        }
    }
}
