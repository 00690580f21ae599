//! Messages that came before: each has one effect, however often it comes (RFC 7252 4.5).

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

/// How long a confirmable message may be repeated: EXCHANGE_LIFETIME of RFC 7252 4.8.2 with its default parameters.
pub const EXCHANGE_LIFETIME: Duration = Duration::from_secs(247);

/// What a stored row takes beside its answer, about.
const ROW: usize = 96;

/// What is known of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing: it has come for the first time.
    Never,
    /// It came before. This was said at once, if anything.
    Before(Option<Bytes>),
}

#[derive(Debug)]
struct Row {
    hash: u64,
    number: u64,
    reply: Option<Bytes>,
}

/// The messages of the last minutes, by peer and message ID.
#[derive(Debug)]
pub struct SeenMessages {
    rows: HashMap<(SocketAddr, u16), Row>,
    /// In the order in which they came. A row that was replaced has another number.
    order: VecDeque<(Instant, u64, (SocketAddr, u16))>,
    hasher: RandomState,
    count: u64,
    bytes: usize,
    most_rows: usize,
    most_bytes: usize,
}

impl SeenMessages {
    /// None yet.
    #[must_use]
    pub fn new(most_rows: usize, most_bytes: usize) -> Self {
        let (rows, order, hasher) = (HashMap::new(), VecDeque::new(), RandomState::new());
        Self { rows, order, hasher, count: 0, bytes: 0, most_rows: most_rows.max(1), most_bytes }
    }

    /// Whether this message came before; from now on it did. Another message under the same ID is a new one: a peer that
    /// began anew may use an ID again.
    pub fn look(&mut self, now: Instant, peer: SocketAddr, id: u16, datagram: &[u8]) -> Seen {
        let hash = self.hasher.hash_one(datagram);
        let key = (peer, id);
        if let Some(row) = self.rows.get(&key)
            && row.hash == hash
        {
            return Seen::Before(row.reply.clone());
        }
        self.count = self.count.wrapping_add(1);
        let old = self.rows.insert(key, Row { hash, number: self.count, reply: None });
        self.bytes = self.bytes.saturating_add(ROW).saturating_sub(old.as_ref().map_or(0, size));
        self.order.push_back((now, self.count, key));
        while self.order.len() > self.most_rows || self.bytes > self.most_bytes {
            if !self.forget_oldest() {
                break;
            }
        }
        Seen::Never
    }

    /// Keeps what was said to a message.
    pub fn answered(&mut self, peer: SocketAddr, id: u16, reply: Bytes) {
        if let Some(row) = self.rows.get_mut(&(peer, id)) {
            self.bytes = self.bytes.saturating_sub(size(row)).saturating_add(ROW).saturating_add(reply.len());
            row.reply = Some(reply);
        }
    }

    /// Forgets all messages of a peer: the answers in them were for somebody else.
    pub fn forget(&mut self, peer: SocketAddr) {
        let mut freed = 0_usize;
        self.rows.retain(|(other, _), row| {
            let keep = *other != peer;
            if !keep {
                freed = freed.saturating_add(size(row));
            }
            keep
        });
        self.bytes = self.bytes.saturating_sub(freed);
    }

    /// Forgets what is too old to be repeated.
    pub fn sweep(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(at, ..)| now.saturating_duration_since(*at) > EXCHANGE_LIFETIME) {
            self.forget_oldest();
        }
    }

    /// Whether there is nothing to be forgotten.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((_, number, key)) = self.order.pop_front() else { return false };
        if self.rows.get(&key).is_some_and(|row| row.number == number)
            && let Some(row) = self.rows.remove(&key)
        {
            self.bytes = self.bytes.saturating_sub(size(&row));
        }
        true
    }
}

fn size(row: &Row) -> usize {
    row.reply.as_ref().map_or(0, Bytes::len).saturating_add(ROW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_is_known_for_four_minutes_and_answered_alike() {
        let (mut seen, now) = (SeenMessages::new(10, 10_000), Instant::now());
        let peer = "127.0.0.1:5".parse().unwrap();
        assert_eq!(seen.look(now, peer, 7, b"a"), Seen::Never);
        assert_eq!(seen.look(now, peer, 7, b"a"), Seen::Before(None));
        seen.answered(peer, 7, Bytes::from_static(b"reply"));
        let later = now + EXCHANGE_LIFETIME;
        seen.sweep(later);
        assert_eq!(seen.look(later, peer, 7, b"a"), Seen::Before(Some(Bytes::from_static(b"reply"))));
        assert_eq!(seen.look(later, peer, 7, b"b"), Seen::Never, "a peer that began anew");
        seen.sweep(later + Duration::from_secs(1));
        assert_eq!(seen.look(later, peer, 7, b"b"), Seen::Before(None));
        seen.sweep(later + EXCHANGE_LIFETIME + Duration::from_secs(1));
        assert!(seen.is_empty() && seen.rows.is_empty() && seen.bytes == 0);
    }

    #[test]
    fn however_much_comes_little_is_kept() {
        let (mut seen, now) = (SeenMessages::new(100, 20_000), Instant::now());
        for n in 0..10_000_u16 {
            let peer = SocketAddr::from(([127, 0, 0, 1], n % 97));
            seen.look(now, peer, n, b"x");
            seen.answered(peer, n, vec![0; usize::from(n % 1100)].into());
        }
        assert!(seen.rows.len() <= 100 && seen.order.len() <= 100, "{}", seen.order.len());
        assert!(seen.bytes <= 20_000 + 1200, "{}", seen.bytes);
        seen.forget(SocketAddr::from(([127, 0, 0, 1], 9_999 % 97)));
        let sum: usize = seen.rows.values().map(size).sum();
        assert_eq!(sum, seen.bytes);
    }
}
