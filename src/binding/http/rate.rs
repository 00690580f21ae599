//! Token buckets, one per originator, in a table that does not grow without end.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::limits::RateLimit;
use crate::value::SmolStr;

/// Who is counted: a name at an address. The address keeps others from emptying a bucket by using its owner's name.
type Key = (IpAddr, Option<SmolStr>);

pub(super) struct Rate {
    limit: RateLimit,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    buckets: HashMap<Key, Bucket>,
    /// What those share who came when the table was full.
    others: Option<Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Rate {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self { limit, table: Mutex::default() }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&self, ip: IpAddr, originator: Option<&SmolStr>, now: Instant) -> bool {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = self.limit;
        let key = (ip, originator.cloned());
        let full = Bucket { tokens: limit.burst, at: now };
        if table.buckets.len() >= limit.originators && !table.buckets.contains_key(&key) {
            // Whoever has rested long enough has a full bucket again, and can be forgotten without anybody noticing.
            table.buckets.retain(|_, bucket| bucket.filled(limit, now) < limit.burst);
        }
        if table.buckets.len() < limit.originators || table.buckets.contains_key(&key) {
            table.buckets.entry(key).or_insert(full).take(limit, now)
        } else {
            table.others.get_or_insert(full).take(limit, now)
        }
    }
}

impl Bucket {
    fn filled(&self, limit: RateLimit, now: Instant) -> f64 {
        let rested = now.saturating_duration_since(self.at).as_secs_f64();
        rested.mul_add(limit.per_second, self.tokens).min(limit.burst)
    }

    fn take(&mut self, limit: RateLimit, now: Instant) -> bool {
        let tokens = self.filled(limit, now);
        let granted = tokens >= 1.0;
        *self = Self { tokens: if granted { tokens - 1.0 } else { tokens }, at: now };
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let rate = Rate::new(RateLimit { per_second: 10.0, burst: 2.0, originators: 4 });
        let start = Instant::now();
        let ask = |name: &str, at: Instant| rate.take(HERE, Some(&name.into()), at);
        assert!(ask("Ca", start) && ask("Ca", start) && !ask("Ca", start));
        assert!(ask("Cb", start), "another originator has a bucket of its own");
        assert!(ask("Ca", start + Duration::from_millis(100)));
        assert!(!ask("Ca", start + Duration::from_millis(100)));
    }

    #[test]
    fn a_thousand_made_up_names_share_what_is_left() {
        let rate = Rate::new(RateLimit { per_second: 1.0, burst: 1.0, originators: 10 });
        let start = Instant::now();
        let granted = (0..1000).filter(|n| rate.take(HERE, Some(&format!("C{n}").into()), start)).count();
        assert_eq!(granted, 11);
        assert!(rate.table.lock().unwrap().buckets.len() <= 10);
    }
}
