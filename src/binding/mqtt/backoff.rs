//! How long to wait before a broker is tried again.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// Doubles from one failure to the next, up to a limit. It is told of chance, and of what happened; it knows no clock.
#[derive(Debug)]
pub(super) struct Backoff {
    least: Duration,
    most: Duration,
    failures: u32,
}

/// A connection that lived as long was no failure. Two clients of one name, which throw each other out, live shorter.
const LIVED: Duration = Duration::from_secs(5);

impl Backoff {
    pub const fn new(least: Duration, most: Duration) -> Self {
        Self { least, most, failures: 0 }
    }

    /// A connection ended that was up for so long, or never was. Answers the pause: between half of it and all, as
    /// `chance` (0 to 1) will have it, so that a thousand CSEs do not come back in the same instant.
    pub fn lost(&mut self, was_up: Option<Duration>, chance: f64) -> Duration {
        if was_up.is_some_and(|time| time >= LIVED) {
            self.failures = 0;
        }
        let pause = self.least.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX)).min(self.most);
        self.failures = self.failures.saturating_add(1).min(31);
        pause.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
    }
}

/// A number from 0 to 1 that nobody foresees. Good enough to scatter, and no more.
pub(super) fn chance() -> f64 {
    f64::from(number() as u32) / f64::from(u32::MAX)
}

/// A number that nobody foresees.
pub(super) fn number() -> u64 {
    RandomState::new().hash_one(0_u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_a_good_time() {
        let (least, most) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(least, most);
        let mut pauses =
            |was_up, count: usize| -> Vec<u128> { (0..count).map(|_| backoff.lost(was_up, 1.0).as_millis()).collect() };
        assert_eq!(pauses(None, 6), [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(pauses(Some(Duration::from_secs(1)), 1), [1000]);
        assert_eq!(pauses(Some(Duration::from_secs(60)), 1), [100]);
        assert_eq!(pauses(None, 100).last(), Some(&1000));
    }

    #[test]
    fn chance_takes_away_half_at_most() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(1));
        assert_eq!(backoff.lost(None, 0.0), Duration::from_millis(500));
        assert!((0.0..=1.0).contains(&chance()));
    }
}
