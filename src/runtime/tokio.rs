//! One writer thread, readers everywhere.
//!
//! Requests that change something go to the writer thread. It takes whatever is waiting, has the engine walk all of it
//! through the pipeline, commits once and answers everybody: the fsync that a single request would wait for serves all
//! that came meanwhile. Requests that only read are answered where they arrive. What the engine wants said to others is
//! carried out by tasks on the tokio runtime that the writer was started on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use ::tokio::sync::{broadcast, oneshot};

use super::asking::Asking;
pub use super::callers::Callers;
use super::calls::Calls;
use super::letterbox::Letterbox;
use super::work::{Job, Links, Work};
use crate::engine::{Change, Engine, Input, Reader};
use crate::error::Error;
use crate::primitive::{ConnectionId, Rejection, Request, Response, Status};
use crate::replay::Recorder;
use crate::value::Timestamp;

/// How many requests may wait for the writer. One more is answered at once with 5000 and a sentence, so that an overload
/// costs its senders something and this program nothing.
const WAITING: usize = 4096;

/// How many changes a slow observer may fall behind before it misses some.
const TAP: usize = 4096;

/// The way to a running engine; clones lead to the same one.
#[derive(Clone)]
pub struct Handle {
    reader: Reader,
    jobs: SyncSender<Job>,
    tap: broadcast::Sender<Change>,
    watched: Arc<AtomicBool>,
    running: Arc<AtomicBool>,
    recording: Arc<AtomicBool>,
    links: Links,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

/// A running writer thread.
#[derive(Debug)]
pub struct Writer {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

/// What a request leads to.
pub enum Pending {
    /// The response.
    Now(Box<Response>),
    /// Where the response will come.
    Later(oneshot::Receiver<Response>),
}

impl Writer {
    /// Starts the writer thread of an engine. `callers` carry out its calls, on the tokio runtime that this is called on;
    /// without a runtime, every call fails.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(engine: Engine, callers: Callers) -> Result<Self, Error> {
        Self::start_recording(engine, callers, None)
    }

    /// The same, writing down what goes in and out. While it records, RETRIEVEs pass the writer thread as well.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start_recording(engine: Engine, callers: Callers, recorder: Option<Recorder>) -> Result<Self, Error> {
        let (jobs, queue) = mpsc::sync_channel(WAITING);
        let (tap, _) = broadcast::channel(TAP);
        let watched = Arc::new(AtomicBool::new(false));
        let running = Arc::new(AtomicBool::new(true));
        let alive = Alive(running.clone());
        let ring = jobs.clone();
        // When the queue is full, the writer has a round before it, and looks anyway.
        let letters = Letterbox::new(move || drop(ring.try_send(Job::Look)));
        let calls = Calls::new(callers, ::tokio::runtime::Handle::try_current().ok(), letters);
        let (reader, asking) = (engine.reader(), Asking::default());
        let links = Links::default();
        let recording = Arc::new(AtomicBool::new(recorder.is_some()));
        let handle = Handle {
            reader,
            jobs,
            tap: tap.clone(),
            watched: watched.clone(),
            running: running.clone(),
            recording: recording.clone(),
            links: links.clone(),
        };
        let work = move || {
            // Dropped whichever way the thread ends: whoever asks for readiness has to hear of it.
            let _alive = alive;
            Work { engine, queue, tap, watched, running, calls, asking, links, stopping: None, recorder, recording }
                .run();
        };
        let thread = std::thread::Builder::new().name("cse-writer".into()).spawn(work);
        let thread = thread.map_err(|error| Error::Binding {
            doing: "starting the writer thread".into(),
            reason: error.to_string(),
        })?;
        Ok(Self { handle, thread: Some(thread) })
    }

    /// The way to the engine.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Finishes what is waiting and ends the thread. Calls that are under way have so long to be answered; then they are
    /// dropped. Blocks until the thread has ended.
    pub fn stop(mut self, grace: Duration) {
        self.end(grace);
    }

    fn end(&mut self, grace: Duration) {
        let _ = self.handle.jobs.send(Job::Stop(grace));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.end(Duration::ZERO);
        }
    }
}

impl Handle {
    /// Hands in a request.
    #[must_use]
    pub fn request(&self, request: Request) -> Pending {
        let (reply, response) = oneshot::channel();
        if self.recording.load(Ordering::Acquire) {
            return self.hand_in(request, reply, response);
        }
        if is_search(&request) && ::tokio::runtime::Handle::try_current().is_ok() {
            let (reader, jobs) = (self.reader.clone(), self.jobs.clone());
            ::tokio::task::spawn_blocking(move || match reader.read(&request, Timestamp::now()) {
                Some(found) => drop(reply.send(found)),
                // More than a search: its result is to be kept, or something has to happen before it can be answered.
                None => {
                    if let Err(full) = jobs.try_send(Job::Request(Box::new(request), reply))
                        && let (refusal, Some(reply)) = refused(full)
                    {
                        drop(reply.send(refusal));
                    }
                }
            });
            return Pending::Later(response);
        }
        if let Some(response) = self.reader.read(&request, Timestamp::now()) {
            return Pending::Now(Box::new(response));
        }
        self.hand_in(request, reply, response)
    }

    fn hand_in(
        &self,
        request: Request,
        reply: oneshot::Sender<Response>,
        response: oneshot::Receiver<Response>,
    ) -> Pending {
        match self.jobs.try_send(Job::Request(Box::new(request), reply)) {
            Ok(()) => Pending::Later(response),
            Err(full) => Pending::Now(Box::new(refused(full).0)),
        }
    }

    /// Sends away whoever waits at a polling channel, before a stop: nobody else is to wait for them.
    pub(crate) fn dismiss_polls(&self) {
        // When the queue is full, or the writer gone, the deadline of the stop does it.
        let _ = self.jobs.try_send(Job::Dismiss);
    }

    /// A connection that requests came over is closed.
    pub(crate) fn disconnected(&self, connection: ConnectionId) {
        self.link(Input::Disconnected(connection));
    }

    /// A connection is open over which one originator alone may speak.
    pub(crate) fn connected(&self, connection: ConnectionId, originator: &str) {
        self.link(Input::Connected(connection, originator.into()));
    }

    fn link(&self, news: Input) {
        self.links.lock().unwrap_or_else(PoisonError::into_inner).push(news);
        // When the queue is full, the writer has a round before it, and looks anyway.
        let _ = self.jobs.try_send(Job::Look);
    }

    /// Whether the writer takes requests.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    /// The reader, for whatever else can be asked without the writer.
    #[must_use]
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Everything that is committed from now on, as it is committed. An observer that falls more than 4,096 changes
    /// behind is told how many it missed; it never slows the writer.
    #[must_use]
    pub fn tap(&self) -> broadcast::Receiver<Change> {
        self.watched.store(true, Ordering::Release);
        self.tap.subscribe()
    }

    /// Removes every resource and begins anew.
    ///
    /// # Errors
    /// A sentence, when the store fails or the CSE is stopping.
    pub async fn reset(&self) -> Result<(), String> {
        let (reply, done) = oneshot::channel();
        self.jobs.try_send(Job::Reset(reply)).map_err(|_| "the CSE is overloaded or stopping".to_owned())?;
        done.await.map_err(|_| "the CSE is stopping".to_owned())?
    }
}

/// Whether a RETRIEVE may look at many resources: such are answered beside the threads that serve connections, so that
/// one long search does not hold up everybody else's short reads.
fn is_search(request: &Request) -> bool {
    use crate::primitive::ResultContent as Rcn;
    let children = request
        .result_content
        .is_some_and(|rcn| !matches!(rcn, Rcn::Nothing | Rcn::Attributes | Rcn::OriginalResource | Rcn::Permissions));
    let through_group = request.to.split('/').any(|name| name == "fopt");
    request.operation == crate::primitive::Operation::Retrieve
        && request.operation_execution_time.is_none()
        && (children
            || through_group
            || request.filter_criteria.as_ref().is_some_and(|criteria| criteria.filter_usage.is_some()))
}

/// The answer to a request that the writer does not take, and where to send it.
fn refused(error: TrySendError<Job>) -> (Response, Option<oneshot::Sender<Response>>) {
    let (job, reason) = match error {
        TrySendError::Full(job) => (job, "the CSE is overloaded; try again later"),
        TrySendError::Disconnected(job) => (job, "the CSE is stopping"),
    };
    let rejection = Rejection::new(Status::INTERNAL_SERVER_ERROR, reason);
    match job {
        Job::Request(request, reply) => (Response::rejected(&rejection, &request), Some(reply)),
        _ => (Response::rejected(&rejection, &Request::retrieve("-")), None),
    }
}

/// Says that the writer is gone when it is dropped.
struct Alive(Arc<AtomicBool>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
