//! A store that fails when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use onem2m_cse::store::memory::MemoryStore;
use onem2m_cse::store::{ChangeSet, Durability, Snapshot, Store, StoreError};

/// A store in memory whose commits may fail. A commit that fails is not applied at all, as with a disk that is full; none
/// is ever applied by half.
#[derive(Debug, Default)]
pub struct Faulty {
    inner: MemoryStore,
    /// The number of the commit that fails, counted down; 0 for none.
    fuse: AtomicU32,
    failed: AtomicU32,
}

impl Faulty {
    /// A sound one.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The `n`-th commit from now on fails.
    pub fn light(&self, n: u32) {
        self.fuse.store(n, Ordering::Relaxed);
    }

    /// How many commits have failed since the last look.
    pub fn failures(&self) -> u32 {
        self.failed.swap(0, Ordering::Relaxed)
    }
}

/// A way to a [`Faulty`] store for an engine.
#[derive(Clone, Debug)]
pub struct Way(pub Arc<Faulty>);

impl Store for Way {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.0.inner.snapshot()
    }

    fn commit(&self, base: &dyn Snapshot, changes: &ChangeSet, durability: Durability) -> Result<(), StoreError> {
        let left = self.0.fuse.load(Ordering::Relaxed);
        if left > 0 {
            self.0.fuse.store(left - 1, Ordering::Relaxed);
            if left == 1 {
                self.0.failed.fetch_add(1, Ordering::Relaxed);
                return Err(StoreError::Io { doing: "writing", reason: "the disk is gone".into() });
            }
        }
        self.0.inner.commit(base, changes, durability)
    }
}
