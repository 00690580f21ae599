//! Single rows.

use super::{ChangeSet, Direction, KeyRange, ROWS, Store, StoreBuilder, Table, keys, read, rows, write};

/// Nothing is in a fresh store, wherever one looks.
pub fn a_fresh_store_is_empty<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    assert_eq!(read(&store, ROWS, b""), None);
    assert_eq!(read(&store, ROWS, b"key"), None);
    assert!(keys(&store, KeyRange::all()).is_empty());
    write(&store, |_nothing| {});
    write(&store, |changes| changes.delete(ROWS, "never there"));
    assert!(keys(&store, KeyRange::all()).is_empty());
}

/// A row is there from the commit that puts it to the commit that deletes it.
pub fn a_row_is_put_read_and_deleted<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    write(&store, |changes| changes.put(ROWS, "key", "value"));
    assert_eq!(read(&store, ROWS, b"key").unwrap(), "value");
    assert_eq!(read(&store, ROWS, b"ke"), None);
    assert_eq!(read(&store, ROWS, b"key "), None);
    write(&store, |changes| changes.put(ROWS, "key", "another"));
    assert_eq!(read(&store, ROWS, b"key").unwrap(), "another");
    write(&store, |changes| changes.delete(ROWS, "key"));
    assert_eq!(read(&store, ROWS, b"key"), None);
}

/// Within one change-set the last word on a row counts, also between change-sets that were joined.
pub fn the_last_write_of_a_set_wins<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    let mut later = ChangeSet::new();
    later.delete(ROWS, "c");
    later.put(ROWS, "d", "2");
    write(&store, |changes| {
        changes.put(ROWS, "a", "1");
        changes.put(ROWS, "a", "2");
        changes.put(ROWS, "b", "1");
        changes.delete(ROWS, "b");
        changes.put(ROWS, "c", "1");
        changes.delete(ROWS, "d");
        changes.absorb(later);
    });
    assert_eq!(read(&store, ROWS, b"a").unwrap(), "2");
    assert_eq!(read(&store, ROWS, b"d").unwrap(), "2");
    assert_eq!(keys(&store, KeyRange::all()), ["a", "d"]);
}

/// The same key in another table is another row, and no scan leaves its table, not even the first or last one's.
pub fn tables_do_not_see_each_other<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    let table = |number| Table { number, name: "neighbour" };
    let numbers = [0, 1, 127, 128, 254, 255];
    let edges: [&'static [u8]; 4] = [b"", b"\0", b"key", b"\xff\xff"];
    write(&store, |changes| {
        for number in numbers {
            edges.iter().for_each(|key| changes.put(table(number), *key, vec![number]));
        }
    });
    let snapshot = store.snapshot().unwrap();
    for number in numbers {
        for direction in [Direction::Forward, Direction::Backward] {
            let found = rows(snapshot.as_ref(), table(number), KeyRange::all(), direction);
            assert_eq!(found.len(), edges.len(), "table {number} has its own rows only");
            assert!(found.iter().all(|(_, value)| value[..] == [number]));
        }
        let last = rows(snapshot.as_ref(), table(number), KeyRange::prefix("\u{7f}"), Direction::Forward);
        assert!(last.is_empty());
    }
    assert!(rows(snapshot.as_ref(), table(2), KeyRange::all(), Direction::Forward).is_empty());
    drop(snapshot);
    write(&store, |changes| changes.delete(table(255), "key"));
    assert_eq!(read(&store, table(255), b"key"), None);
    assert_eq!(read(&store, table(254), b"key").unwrap()[..], [254]);
}

/// A deleted row is as if it had never been, and can be put again.
pub fn a_deleted_row_can_come_back<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    for round in 0..20_u8 {
        write(&store, |changes| changes.put(ROWS, "phoenix", vec![round]));
        assert_eq!(read(&store, ROWS, b"phoenix").unwrap()[..], [round]);
        write(&store, |changes| changes.delete(ROWS, "phoenix"));
        assert!(keys(&store, KeyRange::all()).is_empty());
    }
}

/// Keys up to 1 KiB and values up to 1 MiB come back byte for byte, and so do empty ones.
pub fn every_size_and_byte_is_kept<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    let lengths = [0, 1, 2, 127, 128, 255, 256, 1023, 1024];
    let key = |length| (0..length).map(|n| if n % 3 == 0 { 0 } else { (n % 256) as u8 }).collect::<Vec<u8>>();
    let value = |length| (0..length).map(|n| (n % 251) as u8).collect::<Vec<u8>>();
    write(&store, |changes| lengths.iter().for_each(|length| changes.put(ROWS, key(*length), value(length * length))));
    for length in lengths {
        assert_eq!(read(&store, ROWS, &key(length)).unwrap(), value(length * length));
    }
    assert_eq!(keys(&store, KeyRange::all()).len(), lengths.len());
}
