//! The durable store: [fjall](https://docs.rs/fjall), a log-structured database in pure Rust.
//!
//! **One keyspace.** All tables live in one keyspace, the table's number as first byte of the key. A keyspace of its
//! own per table would cost a memtable each (many times the memory on a gateway), and a table that is seldom written
//! would hold back the journal of all. A commit is atomic either way. The prefix byte also lets a row have an empty
//! key, which fjall itself refuses.
//!
//! **A commit** is one fjall batch: one journal write with one checksum, synced before the commit returns when that is
//! asked for. A commit that failed may or may not be found when the store is opened again, so from then on the store
//! refuses to write; it still reads.
//!
//! **Who notices damage.**
//!
//! | what is damaged | who notices | what happens |
//! |---|---|---|
//! | a block of a table file | fjall: a checksum over each block and its header | the read fails, [`StoreError::Corrupt`] |
//! | the same, when table files are merged | fjall | writing stops, reading goes on |
//! | the journal, anywhere but in its last write | this module, see `journal.rs` | the store does not open |
//! | the last write of the journal | nobody can tell it from an interrupted write | that write is gone |
//! | a list of table files, or a table file's contents | this module, see `manifest.rs` | the store does not open |
//! | fjall's other files and settings | fjall reports or panics; a panic is caught here | the store does not open |
//!
//! When a merge meets damage at the very moment that a commit waits for merging to catch up, that commit waits for
//! ever: fjall has no way out of that wait.
//!
//! A panic can only be caught where panics unwind: a program built with `panic = "abort"` stops instead.
//!
//! **Memory.** Values and keys are handed on without copying. A value that was read shares its memory with a block of
//! some 4 KiB; who keeps small values for long should copy them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::fjall::{Database, Keyspace, PersistMode};

use self::directory::{Directory, io};
use self::snapshot::{FjallSnapshot, row_key};
use self::trouble::{Trouble, guarded};
use super::{Bytes, Change, ChangeSet, Durability, Snapshot, Store, StoreError, Table};

pub use self::config::FjallConfig;

mod config;
mod directory;
mod journal;
mod manifest;
mod snapshot;
#[cfg(test)]
mod tests;
mod trouble;

/// The keyspace that holds all rows.
const ROWS: &str = "rows";
/// The longest key of a row; one byte more is the table's number.
const LONGEST_KEY: usize = u16::MAX as usize - 1;

/// Rows on disk. A clone is the same store.
///
/// The data directory stays locked until every clone and every snapshot is gone; then what was only handed to the
/// operating system is synced too.
#[derive(Clone)]
pub struct FjallStore {
    inner: Arc<Inner>,
}

impl FjallStore {
    /// Opens a data directory, or makes one where there is nothing yet.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when it is open already, [`StoreError::Format`] when it is not ours or not of this
    /// format, [`StoreError::Io`] when the file system fails or the database is damaged beyond opening.
    pub fn open(path: impl AsRef<Path>, config: &FjallConfig) -> Result<Self, StoreError> {
        let directory = Directory::claim(path.as_ref())?;
        let shown = directory.path().display().to_string();
        let data = directory.data();
        if !data.try_exists().map_err(io("looking into the data directory"))? {
            directory.create_data(|new| {
                guarded(|| config.database(new).open()?.keyspace(ROWS, || config.keyspace()))
                    .map(drop)
                    .map_err(|trouble| trouble.whole("creating the database", &shown))
            })?;
        }
        manifest::check(&data)?;
        journal::mend(&data, config.accept_lost_commits)?;
        let (database, rows) = guarded(|| {
            let database = config.database(&data).open()?;
            // A keyspace that is gone must not come back empty.
            if !database.keyspace_exists(ROWS) {
                return Err(::fjall::Error::Unrecoverable);
            }
            let rows = database.keyspace(ROWS, || config.keyspace())?;
            Ok((database, rows))
        })
        .map_err(|trouble| trouble.whole("opening the database", &shown))?;
        let failed = AtomicBool::new(false);
        Ok(Self { inner: Arc::new(Inner { rows, database, path: shown, failed, _directory: directory }) })
    }

    /// Whether there is a data directory of this store at `path`, of whatever format version. Opens and makes nothing.
    #[must_use]
    pub fn is_at(path: impl AsRef<Path>) -> bool {
        directory::is_ours(path.as_ref())
    }

    /// The bytes that the database takes on disk. A journal file counts in full, although it begins as a hole.
    ///
    /// # Errors
    /// When the file system fails.
    pub fn disk_space(&self) -> Result<u64, StoreError> {
        guarded(|| self.inner.database.disk_space())
            .map_err(|trouble| trouble.whole("measuring the database", &self.inner.path))
    }
}

impl fmt::Debug for FjallStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FjallStore").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

impl Store for FjallStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let snapshot = guarded(|| Ok(self.inner.database.snapshot()))
            .map_err(|trouble| trouble.whole("opening a snapshot", &self.inner.path))?;
        Ok(Box::new(FjallSnapshot { snapshot, inner: self.inner.clone() }))
    }

    fn commit(&self, _base: &dyn Snapshot, changes: &ChangeSet, durability: Durability) -> Result<(), StoreError> {
        for (table, key, change) in changes.iter() {
            check_size(table, key, change)?;
        }
        self.inner.commit(changes, durability).map_err(|trouble| trouble.whole("committing", &self.inner.path))
    }
}

/// What the clones and snapshots of a store share. The fields go in this order when the last of them is gone.
struct Inner {
    rows: Keyspace,
    database: Database,
    path: String,
    /// Whether a commit failed, so that nobody knows what is on disk.
    failed: AtomicBool,
    _directory: Directory,
}

impl Inner {
    fn commit(&self, changes: &ChangeSet, durability: Durability) -> Result<(), Trouble> {
        if self.failed.load(Ordering::Acquire) {
            return Err(Trouble::Reported(::fjall::Error::Poisoned));
        }
        let mode = match durability {
            Durability::Synced => PersistMode::SyncData,
            Durability::Buffered => PersistMode::Buffer,
        };
        guarded(|| {
            let mut batch = self.database.batch().durability(Some(mode));
            for (table, key, change) in changes.iter() {
                let key = row_key(table, key);
                match change {
                    Change::Put(value) => batch.insert(&self.rows, key, value.clone()),
                    Change::Delete => batch.remove(&self.rows, key),
                }
            }
            batch.commit()
        })
        .inspect_err(|_| self.failed.store(true, Ordering::Release))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Err(trouble) = guarded(|| self.database.persist(PersistMode::SyncAll)) {
            let error = trouble.whole("closing the database", &self.path);
            tracing::error!(%error, "what was committed without syncing may be lost");
        }
    }
}

/// Refuses what the database cannot hold before anything is written.
fn check_size(table: Table, key: &Bytes, change: &Change) -> Result<(), StoreError> {
    let value = match change {
        Change::Put(value) => value.len(),
        Change::Delete => 0,
    };
    if key.len() <= LONGEST_KEY && u32::try_from(value).is_ok() {
        return Ok(());
    }
    let reason = format!("table {table:?}: a key of {} and a value of {value} bytes is too large", key.len());
    Err(StoreError::Io { doing: "committing", reason })
}
