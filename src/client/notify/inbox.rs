//! Where notifications arrive, whichever way they came.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::door::InboxDoor;
use super::notification::{Told, subscription_of, unfold};
use super::queue::{Item, State, key};
use crate::binding::Door;
use crate::client::{Acknowledge, ClientConfig};
use crate::primitive::{Operation, Rejection, Request, Response, Status};
use crate::value::Map;

/// Where notifications arrive.
pub(in crate::client) struct Inbox {
    state: Mutex<State>,
    /// Told when somebody begins to listen, or when nobody is going to.
    changed: watch::Sender<()>,
    /// How many connections have closed.
    closed: watch::Sender<u64>,
    queue: usize,
    acknowledge: Acknowledge,
}

/// Says that a subscription is being made, until it is dropped.
pub(super) struct Expecting(Arc<Inbox>);

impl Drop for Expecting {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.expecting = state.expecting.saturating_sub(1);
        drop(state);
        self.0.changed.send_replace(());
    }
}

/// One end of a queue.
pub(super) struct Mailbox {
    pub number: u64,
    pub items: mpsc::Receiver<Item>,
}

impl Inbox {
    pub fn new(config: &ClientConfig) -> Self {
        Self {
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            closed: watch::Sender::new(0),
            queue: config.queue.max(1),
            acknowledge: config.acknowledge,
        }
    }

    /// A door to it. What finds no place within `patience` is not answered; without one, it waits until whoever brought it
    /// hangs up.
    pub fn door(self: &Arc<Self>, patience: Option<Duration>) -> Arc<dyn Door> {
        Arc::new(InboxDoor::new(Arc::clone(self), patience))
    }

    /// Tells when a connection closes.
    pub(super) fn closed(&self) -> watch::Receiver<u64> {
        self.closed.subscribe()
    }

    /// A connection has closed.
    pub(super) fn has_closed(&self) {
        self.closed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A subscription is being made. What comes meanwhile and is nobody's waits for it.
    pub(super) fn expect(self: &Arc<Self>) -> Expecting {
        let mut state = self.lock();
        state.expecting = state.expecting.saturating_add(1);
        Expecting(Arc::clone(self))
    }

    /// Listens to the subscription at an address.
    pub(super) fn open(&self, address: &str, name: Option<&str>) -> Mailbox {
        let (queue, items) = mpsc::channel(self.queue);
        let mut state = self.lock();
        let number = state.number();
        state.open(number, address, name, queue);
        drop(state);
        self.changed.send_replace(());
        Mailbox { number, items }
    }

    /// Listens to what is nobody else's.
    pub(super) fn open_rest(&self) -> Mailbox {
        let (queue, items) = mpsc::channel(self.queue);
        let mut state = self.lock();
        let number = state.number();
        state.open_rest(number, queue);
        drop(state);
        self.changed.send_replace(());
        Mailbox { number, items }
    }

    /// Nobody listens there any more.
    pub(super) fn close(&self, number: u64) {
        self.lock().close(number);
    }

    /// Takes a request, and answers it once that is due: silently, when the program was not ready for it in time.
    pub(super) async fn take(&self, request: Request, patience: Option<Duration>) -> Response {
        let Some(patience) = patience else { return self.answer(&request).await };
        tokio::time::timeout(patience, self.answer(&request)).await.unwrap_or_else(|_| {
            let mut silence = Response::new(Status::TARGET_NOT_REACHABLE, &request);
            silence.silent = true;
            silence
        })
    }

    async fn answer(&self, request: &Request) -> Response {
        let told = match unfold(request) {
            Some(Told::Notifications(told)) => told,
            Some(Told::Verification(told)) => return self.verify(&told, request),
            None => return Response::rejected(&nothing_told(request), request),
        };
        let mut outcome = Status::OK;
        for (place, content) in told.into_iter().enumerate() {
            let status = self.put(request, place, content).await;
            outcome = if outcome.is_success() { status } else { outcome };
        }
        match outcome {
            Status::TARGET_NOT_REACHABLE => {
                let reason = "nobody in this program listens to the subscription";
                Response::rejected(&Rejection::new(outcome, reason), request)
            }
            outcome => Response::new(outcome, request),
        }
    }

    /// TS-0004 7.5.1.2.3: whether anybody here wants to be told.
    fn verify(&self, told: &Map, request: &Request) -> Response {
        let state = self.lock();
        let known = subscription_of(told).is_some_and(|id| state.find(id).is_some());
        if state.expecting > 0 || known || state.rest().is_some() {
            return Response::new(Status::OK, request);
        }
        Response::rejected(&Rejection::no_privilege("this program did not ask to be told"), request)
    }

    /// Puts a notification into its queue, and says what became of it.
    async fn put(&self, request: &Request, place: usize, content: Map) -> Status {
        let key = key(request, place, &content);
        if let Some(answer) = self.known(key) {
            return self.outcome(key, answer).await;
        }
        let is_end = content.get("sud") == Some(&true.into());
        let Some((number, queue)) = self.find(subscription_of(&content).unwrap_or_default()).await else {
            // That a subscription is gone which nobody listens to is no loss.
            return if is_end { Status::OK } else { Status::TARGET_NOT_REACHABLE };
        };
        let Ok(room) = queue.reserve().await else { return Status::TARGET_NOT_REACHABLE };
        let answer = {
            let mut state = self.lock();
            if let Some(answer) = state.known(key) {
                answer
            } else {
                let (receipt, answer) = match self.acknowledge {
                    Acknowledge::Queued => watch::channel(Some(Status::OK)),
                    Acknowledge::Handled => watch::channel(None),
                };
                room.send(Item { content, receipt });
                state.remember(key, answer.clone());
                if is_end {
                    state.close(number);
                }
                answer
            }
        };
        self.outcome(key, answer).await
    }

    /// What the program says to a notification that it has.
    async fn outcome(&self, key: u64, mut answer: watch::Receiver<Option<Status>>) -> Status {
        let said = answer.wait_for(Option::is_some).await.map(|said| *said);
        let status = said.ok().flatten().unwrap_or(Status::TARGET_NOT_REACHABLE);
        if !status.is_success() {
            self.lock().forget(key);
        }
        status
    }

    /// Who listens to a subscription. While one is being made, it may be that one.
    async fn find(&self, id: &str) -> Option<(u64, mpsc::Sender<Item>)> {
        let mut changed = self.changed.subscribe();
        loop {
            {
                let state = self.lock();
                let found = state.find(id);
                if found.is_some() || state.expecting == 0 {
                    return found.or_else(|| state.rest());
                }
            }
            changed.changed().await.ok()?;
        }
    }

    fn known(&self, key: u64) -> Option<watch::Receiver<Option<Status>>> {
        self.lock().known(key)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nothing_told(request: &Request) -> Rejection {
    if request.operation == Operation::Notify {
        Rejection::bad_request("content (pc): expected a notification (m2m:sgn) or several (m2m:agn)")
    } else {
        Rejection::not_allowed("this is an application: it takes notifications only")
    }
}

#[cfg(test)]
mod tests;
