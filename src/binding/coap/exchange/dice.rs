//! What has to be unpredictable: message IDs, tokens, the first time-out.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::time::Duration;

/// A source of numbers that nobody outside can foresee.
#[derive(Clone, Debug)]
pub struct Dice {
    seed: (u64, u64),
    count: u64,
}

impl Dice {
    /// Seeded by the system.
    #[must_use]
    pub fn random() -> Self {
        let seed = || RandomState::new().hash_one(0);
        Self { seed: (seed(), seed()), count: 0 }
    }

    /// The same numbers each time, for tests.
    #[cfg(any(test, feature = "fuzzing"))]
    pub const fn seeded(seed: u64) -> Self {
        Self { seed: (seed, seed), count: 0 }
    }

    /// The next number: SipHash over a secret and a count.
    pub fn roll(&mut self) -> u64 {
        self.count = self.count.wrapping_add(1);
        let mut hasher = DefaultHasher::new();
        (self.seed, self.count).hash(&mut hasher);
        hasher.finish()
    }

    /// A message ID to begin with.
    pub fn id(&mut self) -> u16 {
        u16::try_from(self.roll() >> 48).unwrap_or(0)
    }

    /// A time between `least` and `least × factor` (RFC 7252 4.8).
    pub fn between(&mut self, least: Duration, factor: f64) -> Duration {
        let share = f64::from(u32::try_from(self.roll() >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        least.mul_f64(1.0 + (factor.clamp(1.0, 10.0) - 1.0) * share)
    }
}
