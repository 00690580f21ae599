//! What is said again when it did not get through, and when.

use std::time::Duration;

use crate::engine::Failure;
use crate::primitive::Operation;

/// How often a request is tried, and how long it rests in between. A response is never a reason to try again, whatever it says.
///
/// A request that never left is tried again. One that may have been carried out already is tried again if it is a RETRIEVE;
/// the others only if [`Retry::repeat`] says so, as a second CREATE may make a second resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all; 1 means never again. Default: 3.
    pub attempts: u32,
    /// The rest before the second attempt; each further one is twice as long. Default: 0.2 s.
    pub rest: Duration,
    /// The longest rest. Default: 5 s.
    pub longest_rest: Duration,
    /// What may be said twice.
    pub repeat: Repeat,
}

/// What may be said twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing but what cannot do anything twice: RETRIEVE. The default.
    #[default]
    Harmless,
    /// Everything. For programs to which a second resource is no harm.
    Everything,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            rest: Duration::from_millis(200),
            longest_rest: Duration::from_secs(5),
            repeat: Repeat::Harmless,
        }
    }
}

impl Retry {
    /// Never tries again.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The rest before the next attempt, after so many that failed, the last one like this. `None`: that was all.
    #[must_use]
    pub fn after(&self, attempts: u32, operation: Operation, failure: &Failure) -> Option<Duration> {
        let harmless = operation == Operation::Retrieve || self.repeat == Repeat::Everything;
        let again = match failure {
            Failure::NotSent(_) => true,
            Failure::Unreachable(_) | Failure::TimedOut => harmless,
            Failure::Impossible(_) => false,
        };
        (again && attempts < self.attempts).then(|| self.rest_after(attempts))
    }

    /// How long to rest after so many failures in a row.
    pub(super) fn rest_after(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        self.rest.saturating_mul(1 << doublings).min(self.longest_rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broke() -> Failure {
        Failure::Unreachable("it broke".into())
    }

    #[test]
    fn what_may_have_been_done_is_not_done_twice() {
        let retry = Retry::default();
        for failure in [broke(), Failure::TimedOut] {
            assert!(retry.after(1, Operation::Retrieve, &failure).is_some());
            for operation in [Operation::Create, Operation::Update, Operation::Delete, Operation::Notify] {
                assert_eq!(retry.after(1, operation, &failure), None);
                assert!(Retry { repeat: Repeat::Everything, ..retry }.after(1, operation, &failure).is_some());
            }
        }
        assert!(retry.after(1, Operation::Create, &Failure::NotSent("nobody".into())).is_some());
        assert_eq!(retry.after(1, Operation::Retrieve, &Failure::Impossible("what".into())), None);
    }

    #[test]
    fn rests_grow_and_attempts_end() {
        let retry = Retry { attempts: 9, ..Retry::default() };
        let rests: Vec<u128> =
            (1..12).map_while(|n| retry.after(n, Operation::Retrieve, &broke())).map(|rest| rest.as_millis()).collect();
        assert_eq!(rests, [200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
        assert_eq!(Retry::never().after(1, Operation::Retrieve, &broke()), None);
        assert_eq!(retry.rest_after(u32::MAX), Duration::from_secs(5));
    }
}
