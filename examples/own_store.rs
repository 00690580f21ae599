//! A store of one's own: four methods over an ordered map, held to the suite that every store must pass.
//!
//! Run `cargo run --features suite --example own_store`. It takes some seconds and prints "a store".

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use onem2m_cse::store::suite::{StoreBuilder, test_all};
use onem2m_cse::store::{
    Bytes, Change, ChangeSet, Direction, Durability, KeyRange, Rows, Snapshot, Store, StoreError, Table,
};

type Map = BTreeMap<(u8, Bytes), Bytes>;

/// The rows. A commit changes a copy if a snapshot still looks at them.
#[derive(Debug, Default)]
struct OwnStore(Mutex<Arc<Map>>);

struct OwnSnapshot(Arc<Map>);

impl Store for OwnStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(OwnSnapshot(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())))
    }

    // One writer and nothing on disk: there is no conflict to look for in the snapshot, and nothing to sync.
    fn commit(&self, _: &dyn Snapshot, changes: &ChangeSet, _: Durability) -> Result<(), StoreError> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let map = Arc::make_mut(&mut *shared);
        for (table, key, change) in changes.iter() {
            match change {
                Change::Put(value) => drop(map.insert((table.number, key.clone()), value.clone())),
                Change::Delete => drop(map.remove(&(table.number, key.clone()))),
            }
        }
        Ok(())
    }
}

impl Snapshot for OwnSnapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.0.get(&(table.number, Bytes::copy_from_slice(key))).cloned())
    }

    fn scan(&self, table: Table, range: KeyRange, direction: Direction) -> Rows<'_> {
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        let end = match (range.end, table.number.checked_add(1)) {
            (Some(end), _) => Bound::Excluded((table.number, end)),
            (None, Some(next)) => Bound::Excluded((next, Bytes::new())),
            (None, None) => Bound::Unbounded,
        };
        let rows = self.0.range((Bound::Included((table.number, range.start)), end));
        let rows = rows.map(|((_, key), value)| Ok((key.clone(), value.clone())));
        if direction == Direction::Forward { Box::new(rows) } else { Box::new(rows.rev()) }
    }
}

struct Own;

impl StoreBuilder for Own {
    type Store = OwnStore;
    type Guard = ();

    fn fresh(&self) -> (OwnStore, ()) {
        Default::default()
    }

    // A store that keeps its rows opens them again here.
    fn reopen(&self, _: OwnStore, (): ()) -> Option<(OwnStore, ())> {
        None
    }
}

fn main() {
    test_all(&Own);
    println!("a store");
}
