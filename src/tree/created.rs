//! The index of creation times.
//!
//! Numbers rise with time, so one row per second says which numbers were given in it. A clock that was set back opens a
//! further row for a second that has one already; both are found.
//!
//! A row outlives the resources that it was written for; a broom takes it away later, so that rows stay as few as there are
//! resources, and a few more.

use bytes::Bytes;

use super::View;
use super::tables::{CREATED, Key, LANE, META, Node, RECORD, last_node, node_key, number_at};
use crate::store::{ChangeSet, Direction, KeyRange, StoreError};
use crate::value::Timestamp;

const OPEN: u64 = u64::MAX;

/// Rows looked at for each new row. More than one, so that sweeping is faster than littering.
const STROKE: usize = 4;

/// The second in which resources are being created, and the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    second: u64,
    start: Node,
}

/// Continues the run over newly created resources, closing it and opening the next where the second changes.
pub(crate) fn advance(run: &mut Option<Run>, created: &[(Node, Timestamp)], rows: &mut ChangeSet) {
    for (node, at) in created {
        let second = u64::try_from(at.as_seconds()).unwrap_or(0);
        if run.is_some_and(|run| run.second == second) {
            continue;
        }
        if let Some(open) = *run {
            rows.put(CREATED, key(open), node.0.to_be_bytes().to_vec());
        }
        let next = Run { second, start: *node };
        rows.put(CREATED, key(next), OPEN.to_be_bytes().to_vec());
        rows.put(META, &b"run"[..], key(next));
        *run = Some(next);
    }
}

/// The run that was open when the CSE stopped.
pub(crate) fn open_run(view: &View<'_>) -> Result<Option<Run>, StoreError> {
    let Some(row) = view.get(META, b"run")? else { return Ok(None) };
    Ok(number_at(&row, 0).zip(number_at(&row, 8)).map(|(second, start)| Run { second, start: Node(start) }))
}

/// Goes round and round through the rows, a few at a time, and takes those away behind which no resource lives.
#[derive(Debug, Default)]
pub(crate) struct Broom {
    at: Bytes,
}

impl Broom {
    /// One stroke. `view` shows what is committed.
    pub(crate) fn sweep(&mut self, view: &View<'_>, changes: &mut ChangeSet) -> Result<(), StoreError> {
        let range = KeyRange { start: std::mem::take(&mut self.at), end: None };
        for (place, row) in view.scan(CREATED, range, Direction::Forward)?.enumerate() {
            let (key, value) = row?;
            if place == STROKE {
                self.at = key;
                break;
            }
            let (Some(first), Some(end)) = (number_at(&key, 8), number_at(&value, 0)) else { continue };
            // Numbers are never given twice: nothing can come to live behind a closed row.
            if end != OPEN && view.is_deserted(Node(first), Node(end))? {
                changes.delete(CREATED, key);
            }
        }
        Ok(())
    }
}

impl View<'_> {
    /// The number to be given next.
    ///
    /// # Errors
    /// When the store fails, or has something with that number or a later one: numbers are never given twice, and what is found
    /// under an old one would be taken for another.
    pub(crate) fn next_number(&self) -> Result<u64, StoreError> {
        let next = self.get(META, b"next")?.as_deref().and_then(|row| number_at(row, 0)).unwrap_or(1);
        for table in [RECORD, LANE] {
            let last = self.scan(table, KeyRange::all(), Direction::Backward)?.next().transpose()?;
            if let Some(last) = last.and_then(|(key, _)| last_node(&key)).filter(|last| last.0 >= next) {
                let reason =
                    format!("the next number would be {next}, and table {} has {} already", table.name, last.0);
                return Err(StoreError::Corrupt { table: "meta", reason });
            }
        }
        Ok(next)
    }

    fn is_deserted(&self, first: Node, end: Node) -> Result<bool, StoreError> {
        let (start, end) = (node_key(first).to_vec().into(), node_key(end).to_vec().into());
        let mut living = self.scan(RECORD, KeyRange { start, end: Some(end) }, Direction::Forward)?;
        Ok(living.next().transpose()?.is_none())
    }

    /// The smallest range of numbers that holds every resource created within `from ≤ ct ≤ to` (whole seconds).
    ///
    /// # Errors
    /// When the store fails.
    pub fn created_between(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Option<(Node, Node)>, StoreError> {
        let second = |at: Timestamp| u64::try_from(at.as_seconds()).unwrap_or(0);
        let start = Key::new().number(from.map_or(0, second)).done();
        let end = to.map(|to| Key::new().number(second(to).saturating_add(1)).done());
        let mut found: Option<(Node, Node)> = None;
        for row in self.scan(CREATED, KeyRange { start, end }, Direction::Forward)? {
            let (key, value) = row?;
            let (Some(first), Some(end)) = (number_at(&key, 8), number_at(&value, 0)) else { continue };
            found = Some(match found {
                None => (Node(first), Node(end)),
                Some((low, high)) => (low.min(Node(first)), high.max(Node(end))),
            });
        }
        Ok(found)
    }
}

fn key(run: Run) -> bytes::Bytes {
    Key::new().number(run.second).node(run.start).done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_one_row_however_many_are_created_in_it() {
        let (mut run, mut rows) = (None, ChangeSet::new());
        let at = |second: i64| Timestamp::from_micros(second * 1_000_000);
        let created: Vec<_> = (1..1000).map(|n| (Node(n), at(i64::try_from(n / 500).unwrap_or(0)))).collect();
        advance(&mut run, &created, &mut rows);
        assert_eq!(rows.iter().filter(|(table, _, _)| *table == CREATED).count(), 2);
        assert_eq!(run, Some(Run { second: 1, start: Node(500) }));
    }
}
