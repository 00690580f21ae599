//! A range of keys within one table.

use std::ops::Bound;

use super::Bytes;

/// Keys from `start` (inclusive) to `end` (exclusive; `None` is the end of the table).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// The first key that belongs to the range.
    pub start: Bytes,
    /// The first key that no longer does.
    pub end: Option<Bytes>,
}

impl KeyRange {
    /// Every key of the table.
    #[must_use]
    pub fn all() -> Self {
        Self { start: Bytes::new(), end: None }
    }

    /// Every key that begins with `prefix`.
    #[must_use]
    pub fn prefix(prefix: impl Into<Bytes>) -> Self {
        let start = prefix.into();
        let end = successor(&start);
        Self { start, end }
    }

    /// Keys from `start` up to, not including, `end`.
    #[must_use]
    pub fn between(start: impl Into<Bytes>, end: impl Into<Bytes>) -> Self {
        Self { start: start.into(), end: Some(end.into()) }
    }

    /// Whether a key lies within.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= &self.start[..] && self.end.as_ref().is_none_or(|end| key < &end[..])
    }

    /// Whether no key can lie within.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }

    /// The bounds for an ordered map. A backward range would make the map panic; it is simply empty.
    pub(super) fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        let end = match &self.end {
            Some(_) if self.is_empty() => Bound::Excluded(&self.start[..]),
            Some(end) => Bound::Excluded(&end[..]),
            None => Bound::Unbounded,
        };
        (Bound::Included(&self.start[..]), end)
    }
}

/// The smallest key greater than every key with this prefix, or `None` when there is none.
fn successor(prefix: &[u8]) -> Option<Bytes> {
    let mut next = prefix.to_vec();
    while let Some(last) = next.last_mut() {
        if let Some(byte) = last.checked_add(1) {
            *last = byte;
            return Some(next.into());
        }
        next.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Table;

    #[test]
    fn a_prefix_of_all_ones_reaches_the_end_of_the_table() {
        assert_eq!(KeyRange::prefix(vec![0xff, 0xff]).end, None);
        assert_eq!(KeyRange::prefix(vec![1, 0xff]).end, Some(Bytes::from_static(&[2])));
    }

    #[test]
    fn a_backward_range_is_empty_and_harmless() {
        let range = KeyRange::between(vec![9], vec![3]);
        assert!(range.is_empty());
        let changes = super::super::ChangeSet::new();
        assert_eq!(changes.range(Table { number: 1, name: "t" }, &range).count(), 0);
    }

    #[test]
    fn the_last_table_has_an_end_too() {
        let last = Table { number: 255, name: "last" };
        let mut changes = super::super::ChangeSet::new();
        changes.put(last, vec![0xff; 3], "v");
        assert_eq!(changes.range(last, &KeyRange::all()).count(), 1);
    }
}
