//! Reading the durable store.

use std::sync::Arc;

use ::fjall::{Iter, Readable};

use super::Inner;
use super::trouble::{Trouble, guarded};
use crate::store::{Bytes, Direction, KeyRange, Row, Rows, Snapshot, StoreError, Table};

/// The rows as they were after one commit.
pub(super) struct FjallSnapshot {
    // Goes before the database it belongs to.
    pub(super) snapshot: ::fjall::Snapshot,
    pub(super) inner: Arc<Inner>,
}

impl Snapshot for FjallSnapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let key = row_key(table, key);
        let found = guarded(|| self.snapshot.get(&self.inner.rows, key)).map_err(|trouble| trouble.reading(table))?;
        Ok(found.map(Bytes::from))
    }

    fn scan(&self, table: Table, range: KeyRange, direction: Direction) -> Rows<'_> {
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        let start = row_key(table, &range.start);
        let end = match range.end {
            Some(end) => Some(row_key(table, &end)),
            None => table.number.checked_add(1).map(|next| vec![next]),
        };
        let opened = guarded(|| {
            Ok(match end {
                Some(end) => self.snapshot.range(&self.inner.rows, start..end),
                None => self.snapshot.range(&self.inner.rows, start..),
            })
        });
        match opened {
            Ok(rows) => Box::new(Scan { rows: Some(rows), table, direction }),
            Err(trouble) => Box::new(std::iter::once(Err(trouble.reading(table)))),
        }
    }
}

/// A row's key in the one keyspace: the table's number, then the key.
pub(super) fn row_key(table: Table, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(key.len().saturating_add(1));
    full.push(table.number);
    full.extend_from_slice(key);
    full
}

struct Scan {
    /// `None` after a failure: what comes behind a hole is not shown.
    rows: Option<Iter>,
    table: Table,
    direction: Direction,
}

impl Scan {
    fn fetch(&mut self) -> Result<Option<Row>, Trouble> {
        let (Some(rows), direction) = (&mut self.rows, self.direction) else { return Ok(None) };
        guarded(|| {
            let guard = match direction {
                Direction::Forward => rows.next(),
                Direction::Backward => rows.next_back(),
            };
            guard.map(::fjall::Guard::into_inner).transpose()
        })
        .map(|row| row.map(|(key, value)| (without_table(key.into()), value.into())))
    }
}

impl Iterator for Scan {
    type Item = Result<Row, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.fetch() {
            Ok(Some(row)) => Some(Ok(row)),
            Ok(None) => {
                self.rows = None;
                None
            }
            Err(trouble) => {
                self.rows = None;
                Some(Err(trouble.reading(self.table)))
            }
        }
    }
}

fn without_table(mut key: Bytes) -> Bytes {
    // A key always has its table's number; an empty one would stay empty.
    key.split_off(key.len().min(1))
}
