//! How a store fails.

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the data directory open.
    #[error("the data directory {path} is in use by another process; stop that process or choose another directory")]
    Locked {
        /// The directory.
        path: String,
    },
    /// The data was written by another version of this program, or by something else.
    #[error("the data directory {path} holds format {found}, this program reads format {expected}; {remedy}")]
    Format {
        /// The directory.
        path: String,
        /// What was found there.
        found: String,
        /// What this program reads and writes.
        expected: String,
        /// What to do about it.
        remedy: String,
    },
    /// Another writer changed what this change-set was computed on.
    #[error("another writer was faster")]
    Conflict,
    /// A row could not be read back as it was written.
    #[error("a row of table {table} is corrupt: {reason}")]
    Corrupt {
        /// The table's name.
        table: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The database or the file system failed.
    #[error("{doing}: {reason}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What went wrong.
        reason: String,
    },
}
