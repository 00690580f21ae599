//! The rows that one or more requests want changed, in one piece.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Bytes, KeyRange, Table};

/// What happens to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The row gets this value.
    Put(Bytes),
    /// The row goes away, if it is there.
    Delete,
}

/// Changed rows, by table and in key order. A later change of the same row replaces an earlier one.
///
/// A reader may lay a change-set over a snapshot and see its own writes before they are committed.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet {
    tables: BTreeMap<Table, BTreeMap<Bytes, Change>>,
}

impl ChangeSet {
    /// An empty change-set.
    #[must_use]
    pub const fn new() -> Self {
        Self { tables: BTreeMap::new() }
    }

    /// Writes a row.
    pub fn put(&mut self, table: Table, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.tables.entry(table).or_default().insert(key.into(), Change::Put(value.into()));
    }

    /// Removes a row.
    pub fn delete(&mut self, table: Table, key: impl Into<Bytes>) {
        self.tables.entry(table).or_default().insert(key.into(), Change::Delete);
    }

    /// What this change-set does to a row, or `None` when it leaves the row alone.
    #[must_use]
    pub fn get(&self, table: Table, key: &[u8]) -> Option<&Change> {
        self.tables.get(&table)?.get(key)
    }

    /// All changes, by table and key.
    pub fn iter(&self) -> impl Iterator<Item = (Table, &Bytes, &Change)> {
        self.tables.iter().flat_map(|(table, rows)| rows.iter().map(|(key, change)| (*table, key, change)))
    }

    /// The changes between two bounds of one table's keys, in key order.
    pub fn range(
        &self,
        table: Table,
        range: &KeyRange,
    ) -> impl DoubleEndedIterator<Item = (&Bytes, &Change)> + use<'_> {
        let rows = self.tables.get(&table).map(|rows| rows.range::<[u8], _>(range.bounds()));
        rows.into_iter().flatten()
    }

    /// Takes over all changes of `later`, which win where both change a row.
    pub fn absorb(&mut self, later: Self) {
        for (table, rows) in later.tables {
            match self.tables.entry(table) {
                Entry::Vacant(place) => drop(place.insert(rows)),
                Entry::Occupied(mut place) => place.get_mut().extend(rows),
            }
        }
    }

    /// The number of rows touched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tables.values().map(BTreeMap::len).sum()
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}
