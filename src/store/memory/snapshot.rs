//! Reading the memory store: a snapshot, and a scan that fetches a few rows at a time.

use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use super::Shared;
use crate::store::{Bytes, Direction, KeyRange, Row, Rows, Snapshot, StoreError, Table};

/// How many rows a scan fetches at first; each further fetch takes twice as many, up to [`MOST_FETCHED`].
const FIRST_FETCHED: usize = 8;
/// How many rows a scan walks at most under one lock.
const MOST_FETCHED: usize = 512;

/// The rows as they were after one commit.
pub(super) struct MemorySnapshot {
    pub(super) shared: Arc<Shared>,
    pub(super) version: u64,
}

impl Snapshot for MemorySnapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let state = self.shared.read();
        let cell = state.tables.get(&table.number).and_then(|rows| rows.get(key));
        Ok(cell.and_then(|cell| cell.seen_at(self.version)).cloned())
    }

    fn scan(&self, table: Table, range: KeyRange, direction: Direction) -> Rows<'_> {
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        let lower = Bound::Included(range.start);
        let upper = range.end.map_or(Bound::Unbounded, Bound::Excluded);
        let (snapshot, table) = (self, table.number);
        Box::new(Scan { snapshot, table, lower, upper, direction, fetched: VecDeque::new(), fetch: FIRST_FETCHED })
    }
}

impl Drop for MemorySnapshot {
    fn drop(&mut self) {
        let mut living = self.shared.living();
        if let Some(count) = living.get_mut(&self.version) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                living.remove(&self.version);
            }
        }
    }
}

/// A scan under way: rows that were fetched, and the bounds of what was not.
struct Scan<'a> {
    snapshot: &'a MemorySnapshot,
    table: u8,
    lower: Bound<Bytes>,
    upper: Bound<Bytes>,
    direction: Direction,
    fetched: VecDeque<Row>,
    /// How many rows to walk next time; 0 when the range is walked through.
    fetch: usize,
}

impl Scan<'_> {
    fn fetch_more(&mut self) {
        let state = self.snapshot.shared.read();
        let Some(rows) = state.tables.get(&self.table) else {
            self.fetch = 0;
            return;
        };
        let mut range = rows.range::<[u8], _>((as_slice(&self.lower), as_slice(&self.upper)));
        let mut last = None;
        for _ in 0..self.fetch {
            let next = match self.direction {
                Direction::Forward => range.next(),
                Direction::Backward => range.next_back(),
            };
            let Some((key, cell)) = next else {
                self.fetch = 0;
                return;
            };
            if let Some(value) = cell.seen_at(self.snapshot.version) {
                self.fetched.push_back((key.clone(), value.clone()));
            }
            last = Some(key.clone());
        }
        if let Some(key) = last {
            match self.direction {
                Direction::Forward => self.lower = Bound::Excluded(key),
                Direction::Backward => self.upper = Bound::Excluded(key),
            }
        }
        self.fetch = self.fetch.saturating_mul(2).min(MOST_FETCHED);
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<Row, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.fetched.is_empty() && self.fetch > 0 {
            self.fetch_more();
        }
        self.fetched.pop_front().map(Ok)
    }
}

fn as_slice(bound: &Bound<Bytes>) -> Bound<&[u8]> {
    bound.as_ref().map(|key| &key[..])
}
