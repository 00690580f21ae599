//! The way back of answers: from any thread to the writer, without waiting and without loss.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::{Answer, CallId};

/// Keeps answers until the writer takes them. It holds no more than there are calls under way.
pub(super) struct Letterbox {
    letters: Mutex<Vec<(CallId, Answer)>>,
    ring: Arc<dyn Fn() + Send + Sync>,
}

impl Letterbox {
    /// `ring` tells the writer to look, and may do nothing when the writer is sure to look anyway.
    pub fn new(ring: impl Fn() + Send + Sync + 'static) -> Self {
        Self { letters: Mutex::default(), ring: Arc::new(ring) }
    }

    /// An empty one with the same bell.
    pub fn another(&self) -> Self {
        Self { letters: Mutex::default(), ring: Arc::clone(&self.ring) }
    }

    /// Leaves an answer. The first one rings; those that find it lying there have no need to.
    pub fn post(&self, call: CallId, answer: Answer) {
        let first = {
            let mut letters = self.lock();
            letters.push((call, answer));
            letters.len() == 1
        };
        if first {
            (self.ring)();
        }
    }

    /// Takes all answers.
    pub fn empty(&self) -> Vec<(CallId, Answer)> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(CallId, Answer)>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
