//! Request identifiers: unique among all that anybody makes in the name of an originator (TS-0004 6.4.1).

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::value::{SmolStr, Timestamp};

/// Makes identifiers.
#[derive(Debug)]
pub(super) struct Identifiers {
    prefix: String,
    last: AtomicU64,
}

impl Identifiers {
    /// Two programs, or two runs of one, differ in the first half: the keys of a hash are the system's dice.
    pub fn new() -> Self {
        let dice = RandomState::new().hash_one((Timestamp::now().as_micros(), std::process::id()));
        Self { prefix: format!("{dice:016x}"), last: AtomicU64::new(0) }
    }

    /// The next one.
    pub fn next(&self) -> SmolStr {
        format!("{}-{}", self.prefix, self.last.fetch_add(1, Relaxed).wrapping_add(1)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike() {
        let (one, other) = (Identifiers::new(), Identifiers::new());
        let mut all: Vec<SmolStr> = (0..100).flat_map(|_| [one.next(), other.next()]).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 200);
    }
}
