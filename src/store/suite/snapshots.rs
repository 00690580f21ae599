//! Frozen views.

use super::{Direction, KeyRange, ROWS, Store, StoreBuilder, read, rows, write};

/// A snapshot shows what was committed when it was opened, however much is committed later.
pub fn a_snapshot_stays_as_it_was<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    let mut held = vec![store.snapshot().unwrap()];
    for round in 1..=10_u8 {
        write(&store, |changes| {
            changes.put(ROWS, "counter", vec![round]);
            changes.put(ROWS, format!("round {round:02}"), "kept");
            changes.delete(ROWS, format!("round {:02}", round - 1));
        });
        held.push(store.snapshot().unwrap());
    }
    let check = |round: u8, snapshot: &dyn super::Snapshot| {
        let found = rows(snapshot, ROWS, KeyRange::all(), Direction::Forward);
        if round == 0 {
            assert!(found.is_empty());
        } else {
            assert_eq!(found.len(), 2, "the counter and this round's row");
            assert_eq!(found[0].1[..], [round]);
            assert_eq!(found[1].0, format!("round {round:02}"));
            assert_eq!(snapshot.get(ROWS, b"counter").unwrap().unwrap()[..], [round]);
        }
    };
    (0..).zip(&held).for_each(|(round, snapshot)| check(round, snapshot.as_ref()));
    // Letting go of some leaves the others as they were.
    let mut held: Vec<_> = (0..).zip(held).filter(|(round, _)| round % 3 == 1).collect();
    write(&store, |changes| changes.delete(ROWS, "counter"));
    held.iter().for_each(|(round, snapshot)| check(*round, snapshot.as_ref()));
    held.clear();
    assert_eq!(read(&store, ROWS, b"counter"), None);
}

/// A scan goes on over the rows it began with, while rows are put and deleted before and behind it.
pub fn a_scan_under_way_does_not_notice_commits<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    let key = |number: u16| number.to_be_bytes().to_vec();
    write(&store, |changes| (0..2000).step_by(2).for_each(|number| changes.put(ROWS, key(number), "old")));
    for direction in [Direction::Forward, Direction::Backward] {
        let snapshot = store.snapshot().unwrap();
        let expected = rows(snapshot.as_ref(), ROWS, KeyRange::all(), direction);
        let mut scan = snapshot.scan(ROWS, KeyRange::all(), direction);
        let mut seen: Vec<_> = scan.by_ref().take(20).map(Result::unwrap).collect();
        write(&store, |changes| {
            for number in (0..2000).step_by(3) {
                changes.delete(ROWS, key(number));
                changes.put(ROWS, key(number + 1), "new");
            }
        });
        seen.extend(scan.map(Result::unwrap));
        assert_eq!(seen, expected);
    }
}
