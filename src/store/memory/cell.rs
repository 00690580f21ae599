//! One row of the memory store, with what of its past is still seen.

use crate::store::Bytes;

/// A row through time.
pub(super) struct Cell {
    /// The commit that brought the newest value.
    pub(super) since: u64,
    /// The newest value; `None` when the row is deleted.
    pub(super) value: Option<Bytes>,
    /// Older values that some snapshot sees, oldest first, each with the commit that brought it.
    pub(super) older: Vec<(u64, Option<Bytes>)>,
    /// Whether the row is queued for tidying.
    pub(super) untidy: bool,
}

impl Cell {
    /// The value that a snapshot of this version sees.
    pub(super) fn seen_at(&self, version: u64) -> Option<&Bytes> {
        if self.since <= version {
            return self.value.as_ref();
        }
        let (_, value) = self.older.iter().rev().find(|(since, _)| *since <= version)?;
        value.as_ref()
    }

    /// Brings a newer value, or deletes the row.
    pub(super) fn replace(&mut self, version: u64, value: Option<Bytes>, living: &[u64]) {
        let former = std::mem::replace(&mut self.value, value);
        self.older.push((self.since, former));
        self.since = version;
        self.tidy(living);
    }

    /// Forgets the values that no living snapshot sees. `living` is in ascending order.
    pub(super) fn tidy(&mut self, living: &[u64]) {
        let mut until = self.since;
        let mut index = self.older.len();
        while let Some(before) = index.checked_sub(1) {
            index = before;
            let Some((since, _)) = self.older.get(index) else { return };
            let since = *since;
            let next_reader = living.partition_point(|version| *version < since);
            if living.get(next_reader).is_none_or(|version| *version >= until) {
                self.older.remove(index);
            }
            until = since;
        }
    }

    /// Whether the row is deleted for everybody.
    pub(super) fn is_gone(&self) -> bool {
        self.value.is_none() && self.older.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_that_somebody_sees_are_kept() {
        let mut cell = Cell { since: 1, value: Some("one".into()), older: Vec::new(), untidy: false };
        let living = [1, 3];
        for (version, value) in [(2, "two"), (3, "three"), (4, "four"), (5, "five")] {
            cell.replace(version, Some(value.into()), &living);
        }
        let kept: Vec<u64> = cell.older.iter().map(|(since, _)| *since).collect();
        assert_eq!(kept, [1, 3]);
        assert_eq!(cell.seen_at(1).unwrap(), "one");
        assert_eq!(cell.seen_at(3).unwrap(), "three");
        assert_eq!(cell.seen_at(9).unwrap(), "five");
        cell.tidy(&[3]);
        assert_eq!(cell.older.len(), 1);
        assert_eq!(cell.seen_at(3).unwrap(), "three");
    }
}
