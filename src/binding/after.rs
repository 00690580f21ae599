//! Instants that lie ahead. `Instant + Duration` ends the program where a time is too long to be counted, and a time that is set
//! to "for ever" is.

use std::time::{Duration, Instant};

/// As far ahead as anybody waits: 30 years.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// An instant that can be counted from.
pub(crate) trait After: Copy {
    /// So much later; for what cannot be counted, 30 years later.
    fn after(self, wait: Duration) -> Self;
}

impl After for Instant {
    fn after(self, wait: Duration) -> Self {
        self.checked_add(wait.min(FOR_EVER)).unwrap_or(self)
    }
}

impl After for tokio::time::Instant {
    fn after(self, wait: Duration) -> Self {
        self.checked_add(wait.min(FOR_EVER)).unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_ever_is_thirty_years() {
        let now = Instant::now();
        assert_eq!(now.after(Duration::from_secs(1)), now + Duration::from_secs(1));
        assert_eq!(now.after(Duration::MAX), now + FOR_EVER);
        let now = tokio::time::Instant::now();
        assert_eq!(now.after(Duration::MAX), now + FOR_EVER);
    }
}
