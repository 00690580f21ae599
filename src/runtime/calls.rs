//! Carries out what the engine wants said to others: a task for each call, an answer for each task.

use std::sync::Arc;
use std::time::Duration;

use ::tokio::runtime::Handle;
use ::tokio::task::JoinSet;

use super::callers::Callers;
use super::letterbox::Letterbox;
use crate::codec::format::Format;
use crate::engine::{Answer, Call, CallId, Failure};
use crate::primitive::{Request, Response};
use crate::value::{SmolStr, Timestamp};

/// The calls under way. Dropping it ends them. How many there are is for the engine to bound.
pub(super) struct Calls {
    callers: Arc<Callers>,
    /// `None` outside a tokio runtime, where nothing can be called.
    runtime: Option<Handle>,
    letters: Arc<Letterbox>,
    tasks: JoinSet<()>,
    under_way: usize,
}

impl Calls {
    pub fn new(callers: Callers, runtime: Option<Handle>, letters: Letterbox) -> Self {
        let letters = Arc::new(letters);
        Self { callers: Arc::new(callers), runtime, letters, tasks: JoinSet::new(), under_way: 0 }
    }

    /// Begins a call. Its answer will lie in the letterbox, whatever happens.
    pub fn begin(&mut self, call: Call) {
        while self.tasks.try_join_next().is_some() {}
        self.under_way = self.under_way.saturating_add(1);
        let mut talk = Talk::new(call.id, Arc::clone(&self.letters));
        let Some(runtime) = &self.runtime else {
            talk.failure = Some(Failure::Impossible("there is no tokio runtime to call from".to_owned()));
            return;
        };
        let callers = Arc::clone(&self.callers);
        self.tasks.spawn_on(async move { talk.carry_out(&callers, call).await }, runtime);
    }

    /// The answers that have come.
    pub fn answers(&mut self) -> Vec<(CallId, Answer)> {
        let answers = self.letters.empty();
        self.under_way = self.under_way.saturating_sub(answers.len());
        answers
    }

    /// Drops the calls under way; their answers lead nowhere.
    pub fn forget(&mut self) {
        self.tasks = JoinSet::new();
        self.letters = Arc::new(self.letters.another());
        self.under_way = 0;
    }

    /// How many calls have been begun whose answers were not taken yet.
    pub const fn under_way(&self) -> usize {
        self.under_way
    }
}

/// One call. Its answer is posted when it is dropped, so that a panic in a caller, or a runtime that ends, is an answer
/// too.
struct Talk {
    id: CallId,
    responses: Vec<Response>,
    failure: Option<Failure>,
    letters: Arc<Letterbox>,
}

impl Talk {
    fn new(id: CallId, letters: Arc<Letterbox>) -> Self {
        let failure = Some(Failure::Unreachable("the call was cut short".to_owned()));
        Self { id, responses: Vec::new(), failure, letters }
    }

    async fn carry_out(mut self, callers: &Callers, call: Call) {
        let Call { url, format, requests, until, .. } = call;
        self.failure = self.say(callers, &url, format, requests, until).await.err();
        // The content is nobody's business who reads logs.
        if let Some(failure) = &self.failure {
            tracing::debug!(%url, reason = %failure, "a call failed");
        } else if let Some(last) = self.responses.last().filter(|last| !last.status.is_success()) {
            tracing::debug!(%url, status = %last.status, "a call was refused");
        }
    }

    /// One request after the other, each after the success of the one before it.
    async fn say(
        &mut self,
        callers: &Callers,
        url: &SmolStr,
        format: Format,
        requests: Vec<Request>,
        until: Timestamp,
    ) -> Result<(), Failure> {
        let caller = callers.find(url)?;
        for request in requests {
            let limit = left(until).ok_or(Failure::TimedOut)?;
            let response = ::tokio::time::timeout(limit, caller.call_in(format, url.clone(), request, limit));
            let response = response.await.map_err(|_| Failure::TimedOut)??;
            let success = response.status.is_success();
            self.responses.push(response);
            if !success {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let answer = Answer { responses: std::mem::take(&mut self.responses), failure: self.failure.take() };
        self.letters.post(self.id, answer);
    }
}

/// The time until then, if any.
fn left(until: Timestamp) -> Option<Duration> {
    let micros = until.as_micros().saturating_sub(Timestamp::now().as_micros());
    u64::try_from(micros).ok().filter(|micros| *micros > 0).map(Duration::from_micros)
}
