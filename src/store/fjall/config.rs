//! What an operator may decide about the durable store.

use ::fjall::{CompressionType, Database, DatabaseBuilder, KeyspaceCreateOptions};
use std::path::Path;

/// Least bytes of journal that the database works with.
const LEAST_JOURNAL: u64 = 64 * MIB;
/// Least open table files that the database works with.
const LEAST_OPEN_FILES: usize = 10;
const MIB: u64 = 1024 * 1024;

/// How much memory, disk and how many threads a [`FjallStore`](super::FjallStore) takes.
///
/// Values below what the database can work with are raised to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FjallConfig {
    /// Bytes of fresh rows kept in memory before they are written to a table file. Small ones give short stalls and
    /// little memory; up to five of them can exist for a moment. Fixed when the data directory is created: a later
    /// value is not looked at. Default 8 MiB.
    pub memtable_bytes: u64,
    /// Bytes of table blocks kept in memory for reading. Default 16 MiB.
    pub block_cache_bytes: u64,
    /// Threads that write and merge table files. Default 1.
    pub worker_threads: usize,
    /// Whether rows of 4 KiB and more are compressed in the journal. Costs time on each commit. Default no.
    pub compress_journal: bool,
    /// Bytes of journal kept on disk before the database hurries to empty it. Each journal file takes 64 MiB, sparse
    /// at first; that is also the least. Default 128 MiB.
    pub max_journal_bytes: u64,
    /// Table files kept open at a time. Default 256, least 10.
    pub max_open_files: usize,
    /// Opens a data directory although its journal is damaged in the middle, and gives up every commit behind the
    /// damage. For rescuing what is left; never leave it on. Default no.
    pub accept_lost_commits: bool,
}

impl Default for FjallConfig {
    fn default() -> Self {
        Self {
            memtable_bytes: 8 * MIB,
            block_cache_bytes: 16 * MIB,
            worker_threads: 1,
            compress_journal: false,
            max_journal_bytes: 2 * LEAST_JOURNAL,
            max_open_files: 256,
            accept_lost_commits: false,
        }
    }
}

impl FjallConfig {
    /// For a gateway with little memory: 1 MiB of fresh rows, 2 MiB of cache, 64 MiB of journal, 64 open files.
    #[must_use]
    pub fn small() -> Self {
        Self {
            memtable_bytes: MIB,
            block_cache_bytes: 2 * MIB,
            max_journal_bytes: LEAST_JOURNAL,
            max_open_files: 64,
            ..Self::default()
        }
    }

    pub(super) fn database(&self, path: &Path) -> DatabaseBuilder<Database> {
        Database::builder(path)
            .cache_size(self.block_cache_bytes)
            .worker_threads(self.worker_threads.max(1))
            .journal_compression(if self.compress_journal { CompressionType::Lz4 } else { CompressionType::None })
            .max_journaling_size(self.max_journal_bytes.max(LEAST_JOURNAL))
            .max_cached_files(Some(self.max_open_files.max(LEAST_OPEN_FILES)))
            // Each commit says itself whether it is synced.
            .manual_journal_persist(true)
    }

    pub(super) fn keyspace(&self) -> KeyspaceCreateOptions {
        KeyspaceCreateOptions::default().max_memtable_size(self.memtable_bytes).manual_journal_persist(true)
    }
}
