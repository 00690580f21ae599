//! What the writer thread does: rounds of what came in, one commit each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::tokio::sync::{broadcast, oneshot};

use super::asking::Asking;
use super::calls::Calls;
use crate::engine::{Change, Engine, Input, Output};
use crate::primitive::{Request, Response};
use crate::replay::Recorder;
use crate::value::Timestamp;

/// The most requests that share a commit.
const BATCH: usize = 256;

/// How long the writer sleeps at most, so that a clock that was set is noticed.
const NAP: Duration = Duration::from_secs(60);

/// What the writer is told.
pub(super) enum Job {
    Request(Box<Request>, oneshot::Sender<Response>),
    Reset(oneshot::Sender<Result<(), String>>),
    /// Nobody is to wait at a polling channel any more.
    Dismiss,
    /// There are answers in the letterbox.
    Look,
    /// To end, after so long for the calls that are under way.
    Stop(Duration),
}

/// What became of connections since the last round, in its order.
pub(super) type Links = Arc<Mutex<Vec<Input>>>;

/// The writer thread.
pub(super) struct Work {
    pub engine: Engine,
    pub queue: Receiver<Job>,
    pub tap: broadcast::Sender<Change>,
    pub watched: Arc<AtomicBool>,
    pub running: Arc<AtomicBool>,
    pub calls: Calls,
    pub asking: Asking,
    pub links: Links,
    /// Until when calls may still be finished, once the CSE is stopping.
    pub stopping: Option<Instant>,
    pub recorder: Option<Recorder>,
    /// Whether readers leave everything to this thread, so that what is recorded has one order.
    pub recording: Arc<AtomicBool>,
}

impl Work {
    pub fn run(mut self) {
        let mut due = self.engine.next_due();
        while self.stopping.is_none() {
            let first = self.first(due);
            let mut look = first.is_none();
            // Answers come before requests: who waits for them was here first.
            let mut inputs = self.letters();
            if let Some(job) = first {
                self.take(job, &mut inputs);
            }
            while inputs.len() < BATCH && self.stopping.is_none() {
                match self.queue.try_recv() {
                    Ok(job) => self.take(job, &mut inputs),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            let now = Timestamp::now();
            look |= due.is_some_and(|at| at <= now);
            if look {
                inputs.push(Input::Due);
            }
            self.round(inputs, now);
            if look || self.engine.due_may_have_changed() {
                due = self.engine.next_due();
            }
        }
        self.finish();
    }

    /// One commit, and what comes of it.
    fn round(&mut self, inputs: Vec<Input>, now: Timestamp) {
        if inputs.is_empty() {
            return;
        }
        self.engine.watch(self.watched.load(Ordering::Acquire));
        if let Some(recorder) = &mut self.recorder {
            recorder.inputs(now, self.engine.reader().core().long_poll(), &inputs);
        }
        let outputs = self.engine.handle_all(inputs, now);
        self.record(&outputs);
        self.carry_out(outputs);
    }

    fn record(&mut self, outputs: &[Output]) {
        if let Some(recorder) = &mut self.recorder {
            recorder.outputs(outputs);
            if recorder.is_over() {
                self.recording.store(false, Ordering::Release);
                self.recorder = None;
            }
        }
    }

    fn carry_out(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Reply(ticket, response) => self.asking.answer(ticket, *response),
                // Nothing new is begun when stopping: what waits in the store is said after the next start.
                Output::Call(call) if self.stopping.is_none() => self.calls.begin(call),
                Output::Call(_) => {}
                // Nobody listening is nobody's fault.
                Output::Changed(change) => drop(self.tap.send(change)),
            }
        }
    }

    /// Lets the calls under way finish and notes what became of them, so that little has to be said twice.
    fn finish(&mut self) {
        self.running.store(false, Ordering::Release);
        let until = self.stopping.unwrap_or_else(Instant::now);
        while self.calls.under_way() > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::debug!(calls = self.calls.under_way(), "stopping before these calls were answered");
                break;
            }
            let inputs = self.letters();
            if inputs.is_empty() {
                // Requests that come now are dropped, and whoever asks is told that the CSE is stopping.
                if matches!(self.queue.recv_timeout(left), Err(RecvTimeoutError::Disconnected)) {
                    break;
                }
            }
            self.round(inputs, Timestamp::now());
        }
        let inputs = self.letters();
        self.round(inputs, Timestamp::now());
    }

    /// The next job, or nothing when the time has come for what is due.
    fn first(&mut self, due: Option<Timestamp>) -> Option<Job> {
        if self.asking.has_undelivered() {
            return Some(self.queue.try_recv().unwrap_or(Job::Look));
        }
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
                self.stopping = Some(Instant::now());
                None
            }
        }
    }

    /// What came by itself: answers to calls, replies that found nobody, connections that open and close.
    fn letters(&mut self) -> Vec<Input> {
        let answers = self.calls.answers().into_iter().map(|(call, answer)| Input::Answer(call, answer));
        let gone = self.asking.take_undelivered().into_iter().map(Input::Gone);
        let links = std::mem::take(&mut *self.links.lock().unwrap_or_else(PoisonError::into_inner));
        answers.chain(gone).chain(links).collect()
    }

    pub(super) fn take(&mut self, job: Job, inputs: &mut Vec<Input>) {
        match job {
            Job::Request(request, reply) => inputs.push(Input::Request(self.asking.ticket(reply), request)),
            Job::Reset(done) => {
                // Whatever came before it is done before it.
                self.round(std::mem::take(inputs), Timestamp::now());
                // The answers that are still to come belong to the tree that was.
                self.calls.forget();
                let now = Timestamp::now();
                if let Some(recorder) = &mut self.recorder {
                    recorder.reset(now);
                }
                let reset = self.engine.reset(now);
                self.record(reset.as_deref().unwrap_or_default());
                let _ = done.send(reset.map(|outputs| self.carry_out(outputs)).map_err(|error| error.to_string()));
            }
            Job::Dismiss => {
                // What came before it is recorded before it.
                self.round(std::mem::take(inputs), Timestamp::now());
                if let Some(recorder) = &mut self.recorder {
                    recorder.dismiss(Timestamp::now());
                }
                let outputs = self.engine.dismiss_polls();
                self.record(&outputs);
                self.carry_out(outputs);
            }
            // The ring is used up with this: what lies there now, nobody rings for again.
            Job::Look => inputs.extend(self.letters()),
            Job::Stop(grace) => self.stopping = Some(Instant::now().checked_add(grace).unwrap_or_else(Instant::now)),
        }
    }
}
