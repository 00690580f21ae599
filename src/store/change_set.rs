//! The rows that one or more requests want changed, in one piece.

use std::collections::BTreeMap;
use std::collections::btree_map;

use super::{Bytes, Table};

/// What happens to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The row gets this value.
    Put(Bytes),
    /// The row goes away, if it is there.
    Delete,
}

/// Changed rows in key order. A later change of the same row replaces an earlier one.
///
/// A reader may lay a change-set over a snapshot and see its own writes before they are committed.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet {
    rows: BTreeMap<(Table, Bytes), Change>,
}

impl ChangeSet {
    /// An empty change-set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a row.
    pub fn put(&mut self, table: Table, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.rows.insert((table, key.into()), Change::Put(value.into()));
    }

    /// Removes a row.
    pub fn delete(&mut self, table: Table, key: impl Into<Bytes>) {
        self.rows.insert((table, key.into()), Change::Delete);
    }

    /// What this change-set does to a row, or `None` when it leaves the row alone.
    #[must_use]
    pub fn get(&self, table: Table, key: &[u8]) -> Option<&Change> {
        // A `Bytes` is needed to look up; static empty keys and copies of short keys are cheap.
        self.rows.get(&(table, Bytes::copy_from_slice(key)))
    }

    /// All changes, by table and key.
    pub fn iter(&self) -> btree_map::Iter<'_, (Table, Bytes), Change> {
        self.rows.iter()
    }

    /// The changes between two bounds of one table's keys, in key order.
    pub fn range(
        &self,
        table: Table,
        range: &super::KeyRange,
    ) -> impl DoubleEndedIterator<Item = (&Bytes, &Change)> + use<'_> {
        let (lower, upper) = range.bounds_in(table);
        self.rows.range((lower, upper)).map(|((_, key), change)| (key, change))
    }

    /// Takes over all changes of `later`, which win where both change a row.
    pub fn absorb(&mut self, later: Self) {
        if self.rows.is_empty() {
            self.rows = later.rows;
        } else {
            self.rows.extend(later.rows);
        }
    }

    /// The number of rows touched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
