//! One writer thread, readers everywhere.
//!
//! Requests that change something go to the writer thread. It takes whatever is waiting, has the engine walk all of it
//! through the pipeline, commits once and answers everybody: the fsync that a single request would wait for serves all
//! that came meanwhile. Requests that only read are answered where they arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

use ::tokio::sync::{broadcast, oneshot};

use crate::engine::{Change, Engine, Input, Output, Reader};
use crate::error::Error;
use crate::primitive::{Rejection, Request, Response, Status};
use crate::value::Timestamp;

/// How many requests may wait for the writer. One more is answered at once with 5000 and a sentence, so that an overload
/// costs its senders something and this program nothing.
const WAITING: usize = 4096;

/// The most requests that share a commit.
const BATCH: usize = 256;

/// How long the writer sleeps at most, so that a clock that was set is noticed.
const NAP: Duration = Duration::from_secs(60);

/// How many changes a slow observer may fall behind before it misses some.
const TAP: usize = 4096;

enum Job {
    Request(Box<Request>, oneshot::Sender<Response>),
    Reset(oneshot::Sender<Result<(), String>>),
    Stop,
}

/// The way to a running engine; clones lead to the same one.
#[derive(Clone)]
pub struct Handle {
    reader: Reader,
    jobs: SyncSender<Job>,
    tap: broadcast::Sender<Change>,
    watched: Arc<AtomicBool>,
    running: Arc<AtomicBool>,
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
    /// Starts the writer thread of an engine.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(engine: Engine) -> Result<Self, Error> {
        let (jobs, queue) = mpsc::sync_channel(WAITING);
        let (tap, _) = broadcast::channel(TAP);
        let watched = Arc::new(AtomicBool::new(false));
        let running = Arc::new(AtomicBool::new(true));
        let alive = Alive(running.clone());
        let handle = Handle { reader: engine.reader(), jobs, tap: tap.clone(), watched: watched.clone(), running };
        let work = move || {
            // Dropped whichever way the thread ends: whoever asks for readiness has to hear of it.
            let _alive = alive;
            Work { engine, queue, tap, watched, stopping: false }.run();
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

    /// Finishes what is waiting and ends the thread. Blocks until it has ended.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.handle.jobs.send(Job::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.end();
        }
    }
}

impl Handle {
    /// Hands in a request.
    #[must_use]
    pub fn request(&self, request: Request) -> Pending {
        let (reply, response) = oneshot::channel();
        if is_search(&request) && ::tokio::runtime::Handle::try_current().is_ok() {
            let reader = self.reader.clone();
            ::tokio::task::spawn_blocking(move || {
                if let Some(found) = reader.read(&request, Timestamp::now()) {
                    let _ = reply.send(found);
                }
            });
            return Pending::Later(response);
        }
        if let Some(response) = self.reader.read(&request, Timestamp::now()) {
            return Pending::Now(Box::new(response));
        }
        match self.jobs.try_send(Job::Request(Box::new(request), reply)) {
            Ok(()) => Pending::Later(response),
            Err(TrySendError::Full(job)) => refused(job, "the CSE is overloaded; try again later"),
            Err(TrySendError::Disconnected(job)) => refused(job, "the CSE is stopping"),
        }
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
        && (children || through_group || request.filter_criteria.as_ref().is_some_and(|criteria| criteria.filter_usage.is_some()))
}

fn refused(job: Job, reason: &'static str) -> Pending {
    let rejection = Rejection::new(Status::INTERNAL_SERVER_ERROR, reason);
    match job {
        Job::Request(request, _) => Pending::Now(Box::new(Response::rejected(&rejection, &request))),
        _ => Pending::Now(Box::new(Response::rejected(&rejection, &Request::retrieve("-")))),
    }
}

/// Says that the writer is gone when it is dropped.
struct Alive(Arc<AtomicBool>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The writer thread.
struct Work {
    engine: Engine,
    queue: Receiver<Job>,
    tap: broadcast::Sender<Change>,
    watched: Arc<AtomicBool>,
    stopping: bool,
}

impl Work {
    fn run(mut self) {
        let mut due = self.engine.next_due();
        // Whose answer is still to come, by ticket; requests that wait for their time stay here.
        let mut asking = Asking::default();
        while !self.stopping {
            let mut inputs = Vec::new();
            match self.first(due) {
                Some(job) => self.take(job, &mut inputs, &mut asking),
                None => inputs.push(Input::Due),
            }
            while inputs.len() < BATCH && !self.stopping {
                match self.queue.try_recv() {
                    Ok(job) => self.take(job, &mut inputs, &mut asking),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            let now = Timestamp::now();
            if due.is_some_and(|at| at <= now) && !matches!(inputs.first(), Some(Input::Due)) {
                inputs.push(Input::Due);
            }
            self.engine.watch(self.watched.load(Ordering::Acquire));
            let looked = inputs.iter().any(|input| matches!(input, Input::Due));
            for output in self.engine.handle_all(inputs, now) {
                match output {
                    Output::Reply(ticket, response) => asking.answer(ticket, *response),
                    Output::Call(_) => {}
                    // Nobody listening is nobody's fault.
                    Output::Changed(change) => drop(self.tap.send(change)),
                }
            }
            if looked || self.engine.due_may_have_changed() {
                due = self.engine.next_due();
            }
        }
    }

    /// The next job, or nothing when the time has come for what is due.
    fn first(&mut self, due: Option<Timestamp>) -> Option<Job> {
        let now = Timestamp::now();
        let wait = due.map_or(NAP, |at| {
            let micros = at.as_micros().saturating_sub(now.as_micros());
            Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(NAP)
        });
        if wait.is_zero() {
            return self.queue.try_recv().ok();
        }
        match self.queue.recv_timeout(wait) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                self.stopping = true;
                None
            }
        }
    }

    fn take(&mut self, job: Job, inputs: &mut Vec<Input>, asking: &mut Asking) {
        match job {
            Job::Request(request, reply) => inputs.push(Input::Request(asking.ticket(reply), request)),
            Job::Reset(done) => {
                let _ = done.send(self.engine.reset(Timestamp::now()).map_err(|error| error.to_string()));
            }
            Job::Stop => self.stopping = true,
        }
    }
}

/// Who waits for which answer.
#[derive(Default)]
struct Asking {
    next: u64,
    replies: std::collections::HashMap<u64, oneshot::Sender<Response>>,
}

impl Asking {
    fn ticket(&mut self, reply: oneshot::Sender<Response>) -> u64 {
        self.next = self.next.wrapping_add(1);
        self.replies.insert(self.next, reply);
        self.next
    }

    fn answer(&mut self, ticket: u64, response: Response) {
        if let Some(reply) = self.replies.remove(&ticket) {
            // Whoever asked may have hung up; what was done stays done.
            let _ = reply.send(response);
        }
    }
}
