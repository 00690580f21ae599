//! Which connections of the client are kept for the next request.
//!
//! Many receivers of notifications are simple: they serve one connection at a time, and what is said on a second one waits
//! until the first is closed. As long as somebody waits, the connection that was just served is not kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Who has waited longer than this may be waiting for another connection to be closed.
const PATIENCE: Duration = Duration::from_millis(100);

/// From so many places on, those that nobody talks to are forgotten.
const PLACES: usize = 1024;

/// The requests under way, by host and port.
#[derive(Debug)]
pub(super) struct Crowd {
    places: Mutex<HashMap<String, Place>>,
    /// How long after its last answer a connection may still be open.
    memory: Duration,
}

#[derive(Debug, Default)]
struct Place {
    last: u64,
    sent: BTreeMap<u64, Instant>,
    kept: Option<Instant>,
}

/// A request under way. It has left when it is dropped.
#[derive(Debug)]
pub(super) struct Visit {
    crowd: Arc<Crowd>,
    place: String,
    number: u64,
    /// Whether it may go over a connection that was kept, and that the other side may have closed.
    pub over_kept: bool,
}

impl Crowd {
    /// `idle` is how long a connection is kept.
    pub fn new(idle: Duration) -> Self {
        // The pool looks once in that time.
        Self { places: Mutex::default(), memory: idle.saturating_mul(2) }
    }

    /// A request goes to that place.
    pub fn enter(self: &Arc<Self>, place: &str, now: Instant) -> Visit {
        let recent = |kept: Option<Instant>| kept.is_some_and(|at| now.saturating_duration_since(at) < self.memory);
        let mut places = self.lock();
        if places.len() >= PLACES {
            places.retain(|_, place| !place.sent.is_empty() || recent(place.kept));
        }
        let entry = places.entry(place.to_owned()).or_default();
        entry.last = entry.last.wrapping_add(1);
        entry.sent.insert(entry.last, now);
        Visit { crowd: Arc::clone(self), place: place.to_owned(), number: entry.last, over_kept: recent(entry.kept) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit {
    /// Whether the connection of this request, which has been answered, is to be kept.
    pub fn keeps(&self, now: Instant) -> bool {
        let mut places = self.crowd.lock();
        let Some(place) = places.get_mut(&self.place) else { return false };
        let mut others = place.sent.iter().filter(|(number, _)| **number != self.number);
        let keep = others.all(|(_, sent)| now.saturating_duration_since(*sent) < PATIENCE);
        if keep {
            place.kept = Some(now);
        }
        keep
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut places = self.crowd.lock();
        if let Some(place) = places.get_mut(&self.place) {
            place.sent.remove(&self.number);
            if place.sent.is_empty() && place.kept.is_none() {
                places.remove(&self.place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_connection_is_kept_while_somebody_waits() {
        let (crowd, begun) = (Arc::new(Crowd::new(Duration::from_millis(500))), Instant::now());
        let at = |millis| begun + Duration::from_millis(millis);
        let early = crowd.enter("a:80", at(0));
        let other = crowd.enter("a:80", at(10));
        assert!(other.keeps(at(50)), "the early one has not waited long");
        assert!(!other.keeps(at(150)));
        assert!(crowd.enter("b:80", at(150)).keeps(at(150)), "another place, other people");
        drop(early);
        assert!(other.keeps(at(150)), "nobody else is there");
        assert!(crowd.enter("a:80", at(200)).over_kept);
        assert!(!crowd.enter("a:80", at(2000)).over_kept, "it has been closed since");
    }

    #[test]
    fn many_places_fill_no_memory() {
        let (crowd, begun) = (Arc::new(Crowd::new(Duration::from_millis(500))), Instant::now());
        for n in 0..5000 {
            let now = begun + Duration::from_secs(n);
            assert!(crowd.enter(&format!("host-{n}:80"), now).keeps(now));
        }
        assert!(crowd.lock().len() <= PLACES);
    }
}
