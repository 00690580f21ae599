//! What every store must do, told as stories. For whoever writes a store of his own (feature `suite`).
//!
//! ```
//! # #[cfg(feature = "suite")] {
//! use onem2m_cse::store::{memory::MemoryStore, suite};
//!
//! struct Mine;
//!
//! impl suite::StoreBuilder for Mine {
//!     type Store = MemoryStore;
//!     type Guard = ();
//!     fn fresh(&self) -> (MemoryStore, ()) {
//!         (MemoryStore::new(), ())
//!     }
//!     fn reopen(&self, _store: MemoryStore, _guard: ()) -> Option<(MemoryStore, ())> {
//!         None
//!     }
//! }
//!
//! suite::test_all(&Mine);
//! # }
//! ```
//!
//! Each story is a public function of its own, so that a store's tests can name them one by one. A story that is not
//! honoured panics.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test suite speaks by panicking"
)]

use super::{Bytes, ChangeSet, Direction, Durability, KeyRange, Row, Snapshot, Store, Table};

mod commits;
mod model;
mod rows;
mod scans;
mod snapshots;

pub use commits::{
    a_reader_sees_a_commit_whole_or_not_at_all, many_small_commits_add_up, what_was_committed_survives_reopening,
};
pub use model::a_long_random_life_agrees_with_an_ordered_map;
pub use rows::{
    a_deleted_row_can_come_back, a_fresh_store_is_empty, a_row_is_put_read_and_deleted, every_size_and_byte_is_kept,
    tables_do_not_see_each_other, the_last_write_of_a_set_wins,
};
pub use scans::{
    a_prefix_finds_its_rows, a_scan_goes_both_ways, a_scan_pays_only_for_what_is_taken, bounds_are_kept,
    empty_ranges_are_harmless,
};
pub use snapshots::{a_scan_under_way_does_not_notice_commits, a_snapshot_stays_as_it_was};

/// Makes the stores that the suite tests.
pub trait StoreBuilder {
    /// The store under test.
    type Store: Store;
    /// What must live as long as the store, such as its temporary directory.
    type Guard;

    /// An empty store.
    fn fresh(&self) -> (Self::Store, Self::Guard);

    /// Closes the store and opens it again on the same data; `None` for a store that forgets. No snapshot is alive
    /// when this is called.
    fn reopen(&self, store: Self::Store, guard: Self::Guard) -> Option<(Self::Store, Self::Guard)>;
}

/// Runs every story.
pub fn test_all<B: StoreBuilder>(builder: &B) {
    a_fresh_store_is_empty(builder);
    a_row_is_put_read_and_deleted(builder);
    the_last_write_of_a_set_wins(builder);
    tables_do_not_see_each_other(builder);
    a_deleted_row_can_come_back(builder);
    every_size_and_byte_is_kept(builder);
    a_scan_goes_both_ways(builder);
    bounds_are_kept(builder);
    a_prefix_finds_its_rows(builder);
    empty_ranges_are_harmless(builder);
    a_scan_pays_only_for_what_is_taken(builder);
    a_snapshot_stays_as_it_was(builder);
    a_scan_under_way_does_not_notice_commits(builder);
    a_reader_sees_a_commit_whole_or_not_at_all(builder);
    many_small_commits_add_up(builder);
    what_was_committed_survives_reopening(builder);
    a_long_random_life_agrees_with_an_ordered_map(builder);
}

const ROWS: Table = Table { number: 7, name: "rows" };

/// Commits what `fill` writes.
fn write(store: &impl Store, fill: impl FnOnce(&mut ChangeSet)) {
    let mut changes = ChangeSet::new();
    fill(&mut changes);
    let base = store.snapshot().unwrap();
    store.commit(base.as_ref(), &changes, Durability::Synced).unwrap();
}

/// Commits rows whose value is their key.
fn write_keys<const N: usize>(store: &impl Store, keys: [&'static [u8]; N]) {
    write(store, |changes| keys.into_iter().for_each(|key| changes.put(ROWS, key, key)));
}

/// The value of a row right now.
fn read(store: &impl Store, table: Table, key: &[u8]) -> Option<Bytes> {
    store.snapshot().unwrap().get(table, key).unwrap()
}

/// All rows of a scan.
fn rows(snapshot: &dyn Snapshot, table: Table, range: KeyRange, direction: Direction) -> Vec<Row> {
    snapshot.scan(table, range, direction).map(Result::unwrap).collect()
}

/// The keys of a scan forward, which a scan backward must find in reverse.
fn keys(store: &impl Store, range: KeyRange) -> Vec<Bytes> {
    let snapshot = store.snapshot().unwrap();
    let forward = rows(snapshot.as_ref(), ROWS, range.clone(), Direction::Forward);
    let mut backward = rows(snapshot.as_ref(), ROWS, range, Direction::Backward);
    backward.reverse();
    assert_eq!(forward, backward, "both directions see the same rows");
    forward.into_iter().map(|(key, _)| key).collect()
}
