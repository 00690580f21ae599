//! Rows of a store with the changes of a change-set laid over them.

use std::cmp::Ordering;
use std::iter::Peekable;

use crate::store::{Bytes, Change, ChangeSet, Direction, KeyRange, Row, Rows, StoreError, Table};

/// Lays `changes` over `rows`, both in the same direction.
pub(crate) fn lay_over<'a>(
    rows: Rows<'a>,
    changes: &'a ChangeSet,
    table: Table,
    range: &KeyRange,
    direction: Direction,
) -> Rows<'a> {
    if changes.is_empty() {
        return rows;
    }
    let changed = changes.range(table, range);
    let changed: Box<dyn Iterator<Item = (&'a Bytes, &'a Change)> + 'a> = match direction {
        Direction::Forward => Box::new(changed),
        Direction::Backward => Box::new(changed.rev()),
    };
    Box::new(Merged { rows: rows.peekable(), changed: changed.peekable(), direction })
}

struct Merged<'a> {
    rows: Peekable<Rows<'a>>,
    changed: Peekable<Box<dyn Iterator<Item = (&'a Bytes, &'a Change)> + 'a>>,
    direction: Direction,
}

impl Iterator for Merged<'_> {
    type Item = Result<Row, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let order = match (self.rows.peek(), self.changed.peek()) {
                (None, None) => return None,
                (Some(_), None) | (Some(Err(_)), _) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(Ok((key, _))), Some((changed, _))) => match self.direction {
                    Direction::Forward => key.cmp(changed),
                    Direction::Backward => (*changed).cmp(key),
                },
            };
            match order {
                Ordering::Less => return self.rows.next(),
                Ordering::Equal => {
                    self.rows.next();
                }
                Ordering::Greater => {}
            }
            if let Some((key, Change::Put(value))) = self.changed.next() {
                return Some(Ok((key.clone(), value.clone())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const T: Table = Table { number: 1, name: "t" };

    proptest! {
        #[test]
        fn a_merged_scan_sees_what_a_commit_would_leave(
            at_rest in prop::collection::btree_map(0_u8..40, any::<u8>(), 0..30),
            changes in prop::collection::vec((0_u8..40, any::<Option<u8>>()), 0..30),
            from in 0_u8..40, to in 0_u8..40, backward: bool,
        ) {
            let mut set = ChangeSet::new();
            let mut expected = at_rest.clone();
            for (key, value) in changes {
                match value {
                    Some(value) => { set.put(T, vec![key], vec![value]); expected.insert(key, value); }
                    None => { set.delete(T, vec![key]); expected.remove(&key); }
                }
            }
            let range = KeyRange::between(vec![from], vec![to]);
            let inside = |map: &BTreeMap<u8, u8>| {
                let mut rows: Vec<Row> = map.iter().filter(|(k, _)| (from..to).contains(k))
                    .map(|(k, v)| (vec![*k].into(), vec![*v].into())).collect();
                if backward { rows.reverse(); }
                rows
            };
            let direction = if backward { Direction::Backward } else { Direction::Forward };
            let rows: Rows<'_> = Box::new(inside(&at_rest).into_iter().map(Ok));
            let merged: Vec<Row> = lay_over(rows, &set, T, &range, direction).map(Result::unwrap).collect();
            prop_assert_eq!(merged, inside(&expected));
        }
    }
}
