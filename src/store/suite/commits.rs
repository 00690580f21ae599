//! Whole commits, and what stays of them.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Direction, KeyRange, ROWS, Store, StoreBuilder, Table, keys, read, rows, write};

/// Two rows that are always written together are always read together.
pub fn a_reader_sees_a_commit_whole_or_not_at_all<B: StoreBuilder>(builder: &B) {
    const OTHER: Table = Table { number: 200, name: "other" };
    let (store, _guard) = builder.fresh();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut looks = 0_u32;
            while looks == 0 || !done.load(Ordering::Acquire) {
                let snapshot = store.snapshot().unwrap();
                let (left, right) = (snapshot.get(ROWS, b"left").unwrap(), snapshot.get(OTHER, b"right").unwrap());
                assert_eq!(left, right);
                let scanned = rows(snapshot.as_ref(), OTHER, KeyRange::all(), Direction::Backward);
                assert_eq!(scanned.into_iter().next().map(|(_, value)| value), left);
                looks += 1;
            }
        });
        for round in 0..400_u32 {
            write(&store, |changes| {
                changes.put(ROWS, "left", round.to_be_bytes().to_vec());
                changes.put(OTHER, "right", round.to_be_bytes().to_vec());
            });
            if reader.is_finished() {
                break;
            }
        }
        done.store(true, Ordering::Release);
    });
}

/// Hundreds of commits of one row each leave hundreds of rows.
pub fn many_small_commits_add_up<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    for number in 0..500_u16 {
        write(&store, |changes| changes.put(ROWS, number.to_be_bytes().to_vec(), "row"));
    }
    let expected: Vec<_> = (0..500_u16).map(|number| number.to_be_bytes().to_vec()).collect();
    assert_eq!(keys(&store, KeyRange::all()), expected);
}

/// A store that keeps its rows keeps exactly those that were committed, time after time.
pub fn what_was_committed_survives_reopening<B: StoreBuilder>(builder: &B) {
    let (mut store, mut guard) = builder.fresh();
    let large = vec![0xa5; 1024 * 1024];
    write(&store, |changes| changes.put(ROWS, "large", large.clone()));
    for round in 1..=4_u8 {
        write(&store, |changes| {
            changes.put(ROWS, "round", vec![round]);
            changes.put(ROWS, vec![b'k', round], "kept");
            changes.put(ROWS, vec![b'd', round], "deleted in the next round");
            changes.delete(ROWS, vec![b'd', round - 1]);
        });
        let Some(reopened) = builder.reopen(store, guard) else { return };
        (store, guard) = reopened;
        assert_eq!(read(&store, ROWS, b"round").unwrap()[..], [round]);
        assert_eq!(keys(&store, KeyRange::prefix("k")).len(), usize::from(round));
        assert_eq!(keys(&store, KeyRange::prefix("d")), [vec![b'd', round]]);
        assert_eq!(read(&store, ROWS, b"large").unwrap(), large);
    }
}
