//! The resource tree laid over tables.
//!
//! A [`Tree`] is a store and the caches before it. Whoever reads takes a [`View`]; whoever writes fills the view's
//! [`Draft`], and sees its own changes from then on. All indexes are written here, in the same change-set as the
//! resource, alike on every store.
//!
//! This folder knows nothing of requests, access control or what a resource type means beyond its number.

mod attended;
mod cache;
mod check;
pub(crate) mod created;
mod draft;
pub(crate) mod due;
mod id;
mod index;
mod instances;
mod lane;
mod merged;
mod outbox;
mod path;
mod reap;
mod record;
pub mod tables;
mod tally;
mod view;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{ChangeSet, Durability, Store, StoreError};
use crate::value::SmolStr;

use cache::{Cache, Epoch};
pub use check::{Finding, Report, check};
pub use draft::Draft;
pub(crate) use id::{base32, node_of};
pub(crate) use index::label_prefix;
pub use lane::Lane;
pub(crate) use record::Parts;
pub use record::Record;
pub use tables::Node;
pub use tally::Tally;
pub use view::{Layer, SnapshotCell, View};

/// Representations larger than this are not cached, so that the cache is bounded in bytes as well as in entries.
const CACHED_BYTES: usize = 4096;

/// A store and the caches before it; shared by all readers and the one writer.
pub struct Tree {
    store: Arc<dyn Store>,
    records: Cache<u64, Arc<Record>>,
    tallies: Cache<u64, Tally>,
    paths: Cache<SmolStr, Node>,
    /// For the writer alone: the instances of a container that follow the first one named, in order.
    successors: Cache<u64, (Node, Arc<[Node]>)>,
    /// Subscriptions of resources, lanes of subscriptions.
    lists: Cache<u64, attended::List>,
    epoch: Epoch,
    /// Whether an originator has ever given a name that looks like one of the CSE's own identifiers.
    lookalikes: AtomicBool,
    /// Whether an instance has ever been given a child.
    fertile_instances: AtomicBool,
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Tree {
    /// A tree over a store, with caches of at most about so many entries each.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, cache_entries: usize) -> Self {
        Self {
            store,
            records: Cache::new(cache_entries),
            tallies: Cache::new(cache_entries),
            paths: Cache::new(cache_entries),
            successors: Cache::new(cache_entries),
            lists: Cache::new(cache_entries),
            epoch: Epoch::default(),
            lookalikes: AtomicBool::new(true),
            fertile_instances: AtomicBool::new(true),
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Whether a name made from a number can be taken already. While nobody has given such a name, it need not be looked
    /// up with every instance that comes without one.
    #[must_use]
    pub fn generated_names_can_be_taken(&self) -> bool {
        self.lookalikes.load(Ordering::Acquire)
    }

    /// Reads what the tree remembers about names and instances, once, before anything is created. Both spare the hot path
    /// a look-up for what hardly ever is.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn recall(&self, view: &View<'_>) -> Result<(), StoreError> {
        self.lookalikes.store(view.get(tables::META, b"lookalikes")?.is_some(), Ordering::Release);
        self.fertile_instances.store(view.get(tables::META, b"fertile")?.is_some(), Ordering::Release);
        Ok(())
    }

    /// A place for a snapshot that is opened when first needed.
    #[must_use]
    pub fn snapshot(&self) -> SnapshotCell<'_> {
        SnapshotCell::new(self)
    }

    /// Commits what a draft wants changed, then corrects the caches. When this returns, every reader that comes sees
    /// the changes.
    ///
    /// # Errors
    /// Whatever the store says; then nothing is changed.
    pub fn commit(
        &self,
        base: &SnapshotCell<'_>,
        mut draft: Draft,
        extra: ChangeSet,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let lists = std::mem::take(&mut draft.lists);
        let (mut rows, records, tallies) = draft.into_parts();
        rows.absorb(extra);
        self.store.commit(base.get()?, &rows, durability)?;
        self.epoch.raise();
        lists.iter().for_each(|list| self.lists.remove(list));
        for (node, record) in records {
            match record {
                Some(record) if record.json.len() <= CACHED_BYTES => self.records.put(node.0, record),
                _ => self.records.remove(&node.0),
            }
        }
        for (node, tally) in tallies {
            match tally {
                Some(tally) => self.tallies.put(node.0, tally),
                None => self.tallies.remove(&node.0),
            }
        }
        Ok(())
    }

    /// Forgets all that is cached; for when the store was emptied underneath.
    pub(crate) fn forget(&self) {
        self.epoch.raise();
        self.records.clear();
        self.tallies.clear();
        self.paths.clear();
        self.successors.clear();
        self.lists.clear();
    }
}
