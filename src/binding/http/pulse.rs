//! How a connection is doing, in two numbers that cost nothing to keep, and the sweeper that closes those that do nothing.
//!
//! A timer per request would be the largest cost of a small one. Instead each connection notes what it is at and since
//! when, on a coarse clock, and one task per server looks at all of them a few times a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;

use super::Limits;

/// What a connection is at.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// Between requests, or sending an answer.
    Rest = 0,
    /// In the middle of a request's head.
    Head = 1,
    /// In the middle of a request's body.
    Body = 2,
    /// Waiting for the CSE.
    Busy = 3,
}

/// One connection's phase, and when it began in milliseconds of the server's clock.
pub(super) struct Pulse {
    clock: Arc<Clock>,
    phase: AtomicU8,
    since: AtomicU32,
    /// Requests under way; more than one only on HTTP/2.
    under_way: AtomicU32,
}

/// A clock that is read without asking the system.
pub(super) struct Clock {
    start: Instant,
    millis: AtomicU32,
}

impl Clock {
    fn now(&self) -> u32 {
        self.millis.load(Relaxed)
    }

    fn tick(&self) -> u32 {
        let millis = u32::try_from(self.start.elapsed().as_millis().rem_euclid(u128::from(u32::MAX))).unwrap_or(0);
        self.millis.store(millis, Relaxed);
        millis
    }
}

impl Pulse {
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
        self.since.store(self.clock.now(), Relaxed);
    }

    /// Bytes came: if nothing was under way, a head begins.
    pub(super) fn received(&self) {
        if self.phase.load(Relaxed) == Phase::Rest as u8 {
            self.enter(Phase::Head);
        }
    }

    /// Bytes left: a slow reader is still a reader.
    pub(super) fn sent(&self) {
        if self.phase.load(Relaxed) == Phase::Rest as u8 {
            self.since.store(self.clock.now(), Relaxed);
        }
    }

    /// A request has come; until the guard is dropped the connection is not at rest.
    pub(super) fn request(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Relaxed);
        self.enter(Phase::Busy);
        UnderWay(Arc::clone(self))
    }

    fn is_overdue(&self, limits: &Limits, now: u32) -> bool {
        let limit = match self.phase.load(Relaxed) {
            0 => limits.idle_timeout,
            1 => limits.head_timeout,
            2 => limits.body_timeout,
            _ => return false,
        };
        Duration::from_millis(u64::from(now.wrapping_sub(self.since.load(Relaxed)))) > limit
    }
}

/// A request that is being answered.
pub(super) struct UnderWay(Arc<Pulse>);

impl UnderWay {
    /// The body is being waited for, or has come.
    pub(super) fn enter(&self, phase: Phase) {
        self.0.enter(phase);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Relaxed) == 1 {
            self.0.enter(Phase::Rest);
        }
    }
}

/// Every open connection of a server.
pub(super) struct Pulses {
    clock: Arc<Clock>,
    next: AtomicU64,
    open: Mutex<HashMap<u64, (Arc<Pulse>, AbortHandle)>>,
}

impl Pulses {
    pub(super) fn new() -> Self {
        let clock = Arc::new(Clock { start: Instant::now(), millis: AtomicU32::new(0) });
        Self { clock, next: AtomicU64::new(0), open: Mutex::default() }
    }

    /// A pulse for a new connection, and its number: its first head is due from now.
    pub(super) fn open(&self) -> (Arc<Pulse>, u64) {
        let pulse = Arc::new(Pulse {
            clock: Arc::clone(&self.clock),
            phase: AtomicU8::new(Phase::Head as u8),
            since: AtomicU32::new(self.clock.now()),
            under_way: AtomicU32::new(0),
        });
        (pulse, self.next.fetch_add(1, Relaxed))
    }

    pub(super) fn watch(&self, number: u64, pulse: Arc<Pulse>, task: AbortHandle) {
        self.lock().insert(number, (pulse, task));
    }

    pub(super) fn forget(&self, number: u64) {
        self.lock().remove(&number);
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Closes what is overdue.
    pub(super) fn sweep(&self, limits: &Limits) {
        let now = self.clock.tick();
        self.lock().retain(|_, (pulse, task)| {
            let overdue = pulse.is_overdue(limits, now);
            if overdue {
                task.abort();
            }
            !overdue && !task.is_finished()
        });
    }

    /// Closes everything.
    pub(super) fn close_all(&self) {
        self.lock().drain().for_each(|(_, (_, task))| task.abort());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, (Arc<Pulse>, AbortHandle)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
