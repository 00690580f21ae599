//! Which point of access to try first: the one that answered last, and one that failed only when its rest is over.
//!
//! A small policy of its own: it sees addresses, outcomes and time, and gives an order. Loss, delay and cost of a path can
//! be learned here without anybody else noticing.

use std::collections::BTreeMap;

use super::links::is_link;
use crate::value::{SmolStr, Timestamp};

/// How many places are remembered. Whoever names more makes older ones forgotten, no more.
const PLACES: usize = 1024;

/// The longest rest of a place that fails, in seconds.
const LONGEST_REST: i64 = 60;

/// What is known about places.
#[derive(Debug, Default)]
pub struct PointsOfAccess {
    places: BTreeMap<SmolStr, Place>,
    count: u64,
}

#[derive(Debug, Default)]
struct Place {
    /// Rises with each success anywhere: the highest answered last.
    success: u64,
    failures: u32,
    rests_until: Option<Timestamp>,
    used: u64,
}

impl PointsOfAccess {
    /// Puts points of access into the order in which they are to be tried: first those that do not rest, among them
    /// the one that answered last, then as they were given.
    #[must_use]
    pub fn order(&self, urls: &[SmolStr], now: Timestamp) -> Vec<SmolStr> {
        let mut order: Vec<&SmolStr> = urls.iter().collect();
        order.sort_by_key(|url| {
            let place = self.places.get(place(url));
            let rests = place.and_then(|place| place.rests_until).is_some_and(|until| until > now);
            (rests, u64::MAX.saturating_sub(place.map_or(0, |place| place.success)))
        });
        order.into_iter().cloned().collect()
    }

    /// Somebody answered there.
    pub fn answered(&mut self, url: &str) {
        if is_link(url) {
            return;
        }
        self.count = self.count.saturating_add(1);
        let count = self.count;
        let place = self.place(url);
        (place.success, place.failures, place.rests_until) = (count, 0, None);
    }

    /// Nobody answered there.
    pub fn failed(&mut self, url: &str, now: Timestamp) {
        // A connection that is gone never comes back: there is nothing to remember.
        if is_link(url) {
            return;
        }
        self.count = self.count.saturating_add(1);
        let place = self.place(url);
        place.failures = place.failures.saturating_add(1);
        let rest = 1_i64.checked_shl(place.failures.min(6)).unwrap_or(LONGEST_REST).min(LONGEST_REST);
        place.rests_until = Some(now.plus_seconds(rest));
    }

    fn place(&mut self, url: &str) -> &mut Place {
        let name = place(url);
        if self.places.len() >= PLACES && !self.places.contains_key(name) {
            let oldest = self.places.iter().min_by_key(|(_, place)| place.used).map(|(name, _)| name.clone());
            oldest.and_then(|name| self.places.remove(&name));
        }
        let count = self.count;
        let place = self.places.entry(name.into()).or_default();
        place.used = count;
        place
    }
}

/// Scheme, host and port of a URL: what fails and recovers together.
#[must_use]
pub fn place(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let end = scheme.len().saturating_add(3).saturating_add(host);
    url.get(..end).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(names: &[&str]) -> Vec<SmolStr> {
        names.iter().map(|name| format!("http://{name}/x").into()).collect()
    }

    #[test]
    fn the_one_that_answered_last_is_tried_first() {
        let mut points = PointsOfAccess::default();
        let now = Timestamp::from_micros(0);
        assert_eq!(points.order(&urls(&["a", "b", "c"]), now), urls(&["a", "b", "c"]));
        points.answered("http://b/other");
        assert_eq!(points.order(&urls(&["a", "b", "c"]), now), urls(&["b", "a", "c"]));
    }

    #[test]
    fn the_one_that_failed_is_tried_last_until_it_has_rested() {
        let mut points = PointsOfAccess::default();
        let now = Timestamp::from_micros(0);
        points.answered("http://a");
        points.failed("http://a", now);
        assert_eq!(points.order(&urls(&["a", "b"]), now), urls(&["b", "a"]));
        assert_eq!(points.order(&urls(&["a", "b"]), now.plus_seconds(3)), urls(&["a", "b"]));
    }

    #[test]
    fn however_many_places_are_named_few_are_remembered() {
        let mut points = PointsOfAccess::default();
        for n in 0..5000 {
            points.failed(&format!("http://host{n}/"), Timestamp::from_micros(0));
        }
        assert_eq!(points.places.len(), PLACES);
        assert_eq!(place("http://a:80/b?c"), "http://a:80");
        assert_eq!(place("nonsense"), "nonsense");
    }
}
