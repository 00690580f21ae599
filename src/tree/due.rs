//! All of time in one index: (instant, kind, resource). The first key says when to wake up next.

use bytes::Bytes;

use super::tables::{DUE, Key, last_node, number_at};
use super::{Node, View};
use crate::store::{Direction, KeyRange, Rows, StoreError};
use crate::value::Timestamp;

/// What falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DueKind {
    /// The rows below a deleted resource are cleared away.
    Reap,
    /// A resource reaches its expiration time.
    Expire,
    /// Children whose expiration time was their parent's, before the parent's was put off, reach it.
    Sweep,
    /// The oldest instance of a container reaches its maximum age.
    Age,
    /// The instances that a container had at that instant are removed.
    Purge,
    /// A lane may have something to deliver. The number is the lane's.
    Deliver,
    /// What a request resource stands for is carried out.
    Execute,
}

impl DueKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Reap => 0,
            Self::Expire => 1,
            Self::Sweep => 2,
            Self::Age => 3,
            Self::Purge => 4,
            Self::Deliver => 5,
            Self::Execute => 6,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Reap),
            1 => Some(Self::Expire),
            2 => Some(Self::Sweep),
            3 => Some(Self::Age),
            4 => Some(Self::Purge),
            5 => Some(Self::Deliver),
            6 => Some(Self::Execute),
            _ => None,
        }
    }
}

/// One thing that falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub at: Timestamp,
    pub kind: DueKind,
    pub node: Node,
}

impl Due {
    pub fn key(self) -> Bytes {
        Key::new().instant(self.at.as_micros()).byte(self.kind.byte()).node(self.node).done()
    }

    pub fn from_key(key: &[u8]) -> Option<Self> {
        let micros = i64::try_from(number_at(key, 0)?).ok()?;
        let kind = DueKind::from_byte(*key.get(8)?)?;
        Some(Self { at: Timestamp::from_micros(micros), kind, node: last_node(key)? })
    }
}

/// A row that was damaged must not hold up all that is due after it. It is passed over, and `check` shows it.
fn readable(rows: Rows<'_>) -> impl Iterator<Item = Result<Due, StoreError>> {
    rows.filter_map(|row| row.map(|(key, _)| Due::from_key(&key)).transpose())
}

impl View<'_> {
    /// The first thing that falls due. Nothing but clearing away is due before `quiet_until`, so the look-up begins there
    /// and passes no rows deleted long ago.
    pub(crate) fn next_due(&self, quiet_until: Timestamp) -> Result<Option<Due>, StoreError> {
        let clearing = Key::new().instant(0).prefix();
        let later = KeyRange { start: Key::new().instant(quiet_until.as_micros().max(1)).done(), end: None };
        for range in [clearing, later] {
            if let Some(due) = readable(self.scan(DUE, range, Direction::Forward)?).next() {
                return due.map(Some);
            }
        }
        Ok(None)
    }

    /// What is due at `now`, at most `most` of it, in order.
    pub(crate) fn due_until(&self, now: Timestamp, most: usize) -> Result<Vec<Due>, StoreError> {
        let end = Key::new().instant(now.plus_micros(1).as_micros()).done();
        let range = KeyRange { start: Bytes::new(), end: Some(end) };
        readable(self.scan(DUE, range, Direction::Forward)?).take(most).collect()
    }

    pub(crate) fn arm(&mut self, due: Due) {
        self.draft.put(DUE, due.key(), Bytes::new());
    }

    pub(crate) fn disarm(&mut self, due: Due) {
        self.draft.delete(DUE, due.key());
    }
}
