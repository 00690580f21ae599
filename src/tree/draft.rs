//! What one request, or all requests of one commit, want changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::{Node, Record, Tally};
use crate::store::{ChangeSet, Table};
use crate::value::Timestamp;

/// Changed rows, and the decoded form of those that the next reader will want decoded.
#[derive(Debug, Default)]
pub struct Draft {
    pub(super) rows: ChangeSet,
    pub(super) records: BTreeMap<Node, Option<Arc<Record>>>,
    pub(super) tallies: BTreeMap<Node, Option<Tally>>,
    created: Vec<(Node, Timestamp)>,
    /// The lists of subscriptions and lanes that are different now: see `attended`.
    pub(super) lists: BTreeSet<u64>,
}

type Parts = (ChangeSet, BTreeMap<Node, Option<Arc<Record>>>, BTreeMap<Node, Option<Tally>>);

impl Draft {
    /// Nothing changed yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rows: ChangeSet::new(),
            records: BTreeMap::new(),
            tallies: BTreeMap::new(),
            created: Vec::new(),
            lists: BTreeSet::new(),
        }
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.tallies.is_empty() && self.records.is_empty()
    }

    /// Roughly how much is waiting, in rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len().saturating_add(self.tallies.len())
    }

    /// Takes over a later draft, which wins where both change something.
    pub fn absorb(&mut self, later: Self) {
        self.rows.absorb(later.rows);
        self.records.extend(later.records);
        self.tallies.extend(later.tallies);
        self.created.extend(later.created);
        self.lists.extend(later.lists);
    }

    /// The resources created, in order, taken out.
    pub(crate) fn take_created(&mut self) -> Vec<(Node, Timestamp)> {
        std::mem::take(&mut self.created)
    }

    /// The earliest instant in keys put into a table whose keys begin with one.
    pub(crate) fn armed(&self, table: Table) -> Option<Timestamp> {
        let all = crate::store::KeyRange::all();
        let mut puts =
            self.rows.range(table, &all).filter(|(_, change)| matches!(change, crate::store::Change::Put(_)));
        let micros = super::tables::number_at(puts.next()?.0, 0)?;
        Some(Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX)))
    }

    pub(super) fn put(&mut self, table: Table, key: Bytes, value: impl Into<Bytes>) {
        self.rows.put(table, key, value);
    }

    pub(super) fn delete(&mut self, table: Table, key: Bytes) {
        self.rows.delete(table, key);
    }

    pub(super) fn note_created(&mut self, node: Node, at: Timestamp) {
        self.created.push((node, at));
    }

    /// Rows, records and tallies. A tally or record becomes a row only here: however often the requests of one commit
    /// change a container's counters, one row is written.
    pub(super) fn into_parts(mut self) -> Parts {
        use super::tables::{Key, RECORD, TALLY};
        for (node, tally) in &self.tallies {
            let key = Key::new().node(*node).done();
            match tally {
                Some(tally) => self.rows.put(TALLY, key, tally.encode()),
                None => self.rows.delete(TALLY, key),
            }
        }
        for (node, record) in &self.records {
            let key = Key::new().node(*node).done();
            match record {
                Some(record) => self.rows.put(RECORD, key, record.encode()),
                None => self.rows.delete(RECORD, key),
            }
        }
        (self.rows, self.records, self.tallies)
    }
}
