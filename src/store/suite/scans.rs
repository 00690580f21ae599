//! Ranges of rows.

use super::{Direction, KeyRange, ROWS, Store, StoreBuilder, keys, rows, write, write_keys};

/// How many rows the laziness story scans over, and how often.
const MANY: u32 = 100_000;
const LOOKS: u32 = 2_000;

/// Rows come in the order of their keys' bytes, or in reverse.
pub fn a_scan_goes_both_ways<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    write_keys(&store, [b"b", b"a", b"ab", b"", b"\xff", b"a\0", b"B"]);
    let snapshot = store.snapshot().unwrap();
    let order: [&[u8]; 7] = [b"", b"B", b"a", b"a\0", b"ab", b"b", b"\xff"];
    let forward = rows(snapshot.as_ref(), ROWS, KeyRange::all(), Direction::Forward);
    assert!(forward.iter().map(|(key, _)| &key[..]).eq(order));
    assert!(forward.iter().all(|(key, value)| key == value));
    let backward = rows(snapshot.as_ref(), ROWS, KeyRange::all(), Direction::Backward);
    assert!(backward.iter().rev().eq(forward.iter()));
}

/// The start belongs to a range, the end does not, whether or not rows are there.
pub fn bounds_are_kept<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    write_keys(&store, [b"b", b"d", b"f"]);
    assert_eq!(keys(&store, KeyRange::between("b", "f")), ["b", "d"]);
    assert_eq!(keys(&store, KeyRange::between("b", "f\0")), ["b", "d", "f"]);
    assert_eq!(keys(&store, KeyRange::between("b\0", "f")), ["d"]);
    assert_eq!(keys(&store, KeyRange::between("a", "z")), ["b", "d", "f"]);
    assert_eq!(keys(&store, KeyRange::between("c", "e")), ["d"]);
    assert_eq!(keys(&store, KeyRange { start: "d".into(), end: None }), ["d", "f"]);
    assert_eq!(keys(&store, KeyRange::between("", "d")), ["b"]);
}

/// A prefix finds all keys that begin with it and nothing else, also where no next prefix exists.
pub fn a_prefix_finds_its_rows<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    write_keys(&store, [b"a", b"aa", b"a\xff", b"a\xff\xff", b"b", b"\xfe\xff", b"\xff", b"\xff\0", b"\xff\xff\xff"]);
    let found = |prefix: &'static [u8]| keys(&store, KeyRange::prefix(prefix)).len();
    assert_eq!(found(b""), 9);
    assert_eq!(found(b"a"), 4);
    assert_eq!(found(b"a\xff"), 2);
    assert_eq!(found(b"\xfe"), 1);
    assert_eq!(found(b"\xff"), 3);
    assert_eq!(found(b"\xff\xff"), 1);
    assert_eq!(found(b"c"), 0);
}

/// A range that cannot hold a key yields nothing, and a backward one is no mistake to stumble over.
pub fn empty_ranges_are_harmless<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    write_keys(&store, [b"a", b"b", b"c"]);
    assert!(keys(&store, KeyRange::between("b", "b")).is_empty());
    assert!(keys(&store, KeyRange::between("c", "a")).is_empty());
    assert!(keys(&store, KeyRange::between("", "")).is_empty());
    assert!(keys(&store, KeyRange::between("bb", "bc")).is_empty());
    assert!(keys(&store, KeyRange { start: "d".into(), end: None }).is_empty());
}

/// Taking one row of a hundred thousand does not fetch the others. A store that fetches them all reads half a billion
/// rows here, which does not go unnoticed.
pub fn a_scan_pays_only_for_what_is_taken<B: StoreBuilder>(builder: &B) {
    let (store, _guard) = builder.fresh();
    write(&store, |changes| {
        (0..MANY).for_each(|number| changes.put(ROWS, number.to_be_bytes().to_vec(), "row"));
    });
    let snapshot = store.snapshot().unwrap();
    for look in 0..LOOKS {
        let first = look * (MANY / LOOKS);
        let range = KeyRange { start: first.to_be_bytes().to_vec().into(), end: None };
        let (key, _) = snapshot.scan(ROWS, range.clone(), Direction::Forward).next().unwrap().unwrap();
        assert_eq!(key[..], first.to_be_bytes());
        let (key, _) = snapshot.scan(ROWS, range, Direction::Backward).next().unwrap().unwrap();
        assert_eq!(key[..], (MANY - 1).to_be_bytes());
    }
    assert_eq!(snapshot.scan(ROWS, KeyRange::all(), Direction::Forward).count(), MANY as usize);
}
