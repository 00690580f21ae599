//! The connections of the client, by scheme, host and port.
//!
//! Many receivers of notifications are simple: they serve one connection at a time, and what is said on a second one waits
//! until the first is closed. So a connection is only made for a request that is waiting for it, and none is kept idle
//! while another request to the same place has waited for some time.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;

/// A connection, ready for the next request.
pub(super) type Line = SendRequest<Full<Bytes>>;

/// Who has waited longer than this may be waiting for another connection to be closed.
const PATIENCE: Duration = Duration::from_millis(100);

/// What is idle, and who is waiting.
#[derive(Debug)]
pub(super) struct Pool {
    places: Mutex<Places>,
    idle_timeout: Duration,
    most: usize,
}

#[derive(Debug, Default)]
struct Places {
    last: u64,
    by_name: HashMap<String, Place>,
    swept: bool,
}

#[derive(Debug, Default)]
struct Place {
    sent: BTreeMap<u64, Instant>,
    idle: Vec<(Line, Instant)>,
}

/// A request under way. It has left when it is dropped.
#[derive(Debug)]
pub(super) struct Visit {
    pool: Arc<Pool>,
    place: String,
    number: u64,
}

impl Pool {
    /// Keeps so many idle connections to one place, each for so long.
    pub fn new(most: usize, idle_timeout: Duration) -> Self {
        Self { places: Mutex::default(), idle_timeout, most }
    }

    /// A request goes to that place.
    pub fn enter(self: &Arc<Self>, place: String) -> Visit {
        let mut places = self.lock();
        places.last = places.last.wrapping_add(1);
        let number = places.last;
        places.by_name.entry(place.clone()).or_default().sent.insert(number, Instant::now());
        Visit { pool: Arc::clone(self), place, number }
    }

    /// Closes what has been idle for too long, or is in somebody's way. Whether anything is left to look after.
    fn sweep(&self) -> bool {
        let mut places = self.lock();
        let mut left = false;
        places.by_name.retain(|_, place| {
            if place.sent.values().any(|sent| sent.elapsed() > PATIENCE) {
                place.idle.clear();
            }
            place.idle.retain(|(line, since)| !line.is_closed() && since.elapsed() < self.idle_timeout);
            left |= !place.idle.is_empty();
            !place.sent.is_empty() || !place.idle.is_empty()
        });
        places.swept = left;
        left
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit {
    /// A connection that was kept. The other side may have closed it by now.
    pub fn kept(&self) -> Option<Line> {
        let mut places = self.pool.lock();
        let place = places.by_name.get_mut(&self.place)?;
        // The newest first: it is the least likely to have been closed.
        while let Some((line, since)) = place.idle.pop() {
            if !line.is_closed() && since.elapsed() < self.pool.idle_timeout {
                return Some(line);
            }
        }
        None
    }

    /// This request has been answered: its connection may serve the next one.
    pub fn keep(&self, line: Line) {
        let mut places = self.pool.lock();
        let Some(place) = places.by_name.get_mut(&self.place) else { return };
        let mut others = place.sent.iter().filter(|(number, _)| **number != self.number);
        let crowded = others.any(|(_, sent)| sent.elapsed() > PATIENCE);
        if crowded || place.idle.len() >= self.pool.most || line.is_closed() {
            return;
        }
        place.idle.push((line, Instant::now()));
        if !std::mem::replace(&mut places.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.pool)));
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut places = self.pool.lock();
        if let Some(place) = places.by_name.get_mut(&self.place) {
            place.sent.remove(&self.number);
            if place.sent.is_empty() && place.idle.is_empty() {
                places.by_name.remove(&self.place);
            }
        }
    }
}

/// Looks after idle connections as long as there are any.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(PATIENCE).await;
        if !pool.upgrade().is_some_and(|pool| pool.sweep()) {
            return;
        }
    }
}
