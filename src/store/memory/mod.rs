//! A store that lives in memory: for tests, for trying things out, and for a CSE that may forget.
//!
//! Every row keeps its newest value and those older values that a living snapshot can still see. Opening a snapshot
//! notes a version number and nothing else. A commit takes the write lock once, so it is seen whole or not at all; a
//! scan takes the read lock for a few rows at a time and never while its caller works.
//!
//! Old values go when their row is touched again, or when a later commit comes round to them: each commit looks after
//! more such rows than it can leave behind, so memory follows what is alive.
//!
//! There is one writer, as the store's owner promises: a commit never answers
//! [`StoreError::Conflict`].

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::cell::Cell;
use self::snapshot::MemorySnapshot;
use super::{Bytes, Change, ChangeSet, Durability, Snapshot, Store, StoreError};

mod cell;
mod snapshot;

/// How many rows with old values a commit looks after, besides two for each row that it touches.
const SWEPT: usize = 64;

/// Rows in memory. A clone shares the same rows.
#[derive(Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values are held, counting those that only a snapshot can see and the marks of deleted rows that a
    /// snapshot still sees. For watching memory.
    #[must_use]
    pub fn held_values(&self) -> usize {
        let state = self.shared.read();
        state.tables.values().flat_map(BTreeMap::values).map(|cell| cell.older.len().saturating_add(1)).sum()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        // The read lock keeps commits away until the snapshot is counted as alive.
        let state = self.shared.read();
        let mut living = self.shared.living();
        let count = living.entry(state.version).or_default();
        *count = count.saturating_add(1);
        drop(living);
        Ok(Box::new(MemorySnapshot { shared: self.shared.clone(), version: state.version }))
    }

    fn commit(&self, _base: &dyn Snapshot, changes: &ChangeSet, _durability: Durability) -> Result<(), StoreError> {
        let mut state = self.shared.write();
        let living: Vec<u64> = self.shared.living().keys().copied().collect();
        let version = state.version.saturating_add(1);
        for (table, key, change) in changes.iter() {
            state.apply(table.number, key, change, version, &living);
        }
        state.sweep(changes.len().saturating_mul(2).saturating_add(SWEPT), &living);
        state.version = version;
        Ok(())
    }
}

/// What all clones and snapshots of a store share.
#[derive(Default)]
struct Shared {
    state: RwLock<State>,
    /// How many snapshots are alive, by the version they see. Locked after `state` where both are needed.
    living: Mutex<BTreeMap<u64, usize>>,
}

impl Shared {
    // Nothing is left half done where a lock could be poisoned, so poison tells nothing.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn living(&self) -> MutexGuard<'_, BTreeMap<u64, usize>> {
        self.living.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct State {
    tables: BTreeMap<u8, BTreeMap<Bytes, Cell>>,
    /// The number of the last commit.
    version: u64,
    /// Rows that hold more than their newest value, each once.
    untidy: VecDeque<(u8, Bytes)>,
}

impl State {
    fn apply(&mut self, table: u8, key: &Bytes, change: &Change, version: u64, living: &[u64]) {
        let value = match change {
            Change::Put(value) => Some(value.clone()),
            Change::Delete => None,
        };
        let rows = self.tables.entry(table).or_default();
        let Some(cell) = rows.get_mut(key) else {
            if value.is_some() {
                rows.insert(key.clone(), Cell { since: version, value, older: Vec::new(), untidy: false });
            }
            return;
        };
        cell.replace(version, value, living);
        if cell.is_gone() && !cell.untidy {
            rows.remove(key);
        } else if !cell.older.is_empty() && !cell.untidy {
            cell.untidy = true;
            self.untidy.push_back((table, key.clone()));
        }
    }

    /// Tidies up to `most` rows that hold old values; those still needed are looked at again later.
    fn sweep(&mut self, most: usize, living: &[u64]) {
        for _ in 0..most.min(self.untidy.len()) {
            let Some((table, key)) = self.untidy.pop_front() else { return };
            let Some(rows) = self.tables.get_mut(&table) else { continue };
            let Some(cell) = rows.get_mut(&key) else { continue };
            cell.tidy(living);
            if cell.is_gone() {
                rows.remove(&key);
            } else if cell.older.is_empty() {
                cell.untidy = false;
            } else {
                self.untidy.push_back((table, key));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KeyRange, Table, suite};
    use super::*;

    const ROWS: Table = Table { number: 1, name: "rows" };

    struct Fresh;

    impl suite::StoreBuilder for Fresh {
        type Store = MemoryStore;
        type Guard = ();

        fn fresh(&self) -> (MemoryStore, ()) {
            (MemoryStore::new(), ())
        }

        fn reopen(&self, _store: MemoryStore, _guard: ()) -> Option<(MemoryStore, ())> {
            None
        }
    }

    #[test]
    fn the_memory_store_is_a_store() {
        suite::test_all(&Fresh);
    }

    #[test]
    fn a_clone_shares_the_rows() {
        let store = MemoryStore::new();
        put(&store.clone(), "a");
        assert!(store.snapshot().unwrap().get(ROWS, b"a").unwrap().is_some());
    }

    #[test]
    fn memory_follows_what_is_alive() {
        let store = MemoryStore::new();
        let keys: Vec<String> = (0..1000).map(|n| format!("key {n}")).collect();
        keys.iter().for_each(|key| put(&store, key));
        let witness = store.snapshot().unwrap();
        keys.iter().for_each(|key| delete(&store, key));
        assert_eq!(witness.scan(ROWS, KeyRange::all(), super::super::Direction::Forward).count(), 1000);
        assert_eq!(store.held_values(), 2000, "the witness still sees every row");
        drop(witness);
        (0..40).for_each(|_| put(&store, "something else"));
        assert_eq!(store.held_values(), 2, "one row, and what it was for the base of the last commit");
    }

    #[test]
    fn a_hot_row_does_not_pile_up_behind_an_old_snapshot() {
        let store = MemoryStore::new();
        put(&store, "hot");
        let _witness = store.snapshot().unwrap();
        (0..1000).for_each(|_| put(&store, "hot"));
        assert_eq!(store.held_values(), 3, "now, for the witness, and for the base of the last commit");
    }

    fn put(store: &MemoryStore, key: &str) {
        let mut changes = ChangeSet::new();
        changes.put(ROWS, key.to_owned(), "value");
        commit(store, &changes);
    }

    fn delete(store: &MemoryStore, key: &str) {
        let mut changes = ChangeSet::new();
        changes.delete(ROWS, key.to_owned());
        commit(store, &changes);
    }

    fn commit(store: &MemoryStore, changes: &ChangeSet) {
        let base = store.snapshot().unwrap();
        store.commit(base.as_ref(), changes, Durability::Synced).unwrap();
    }
}
