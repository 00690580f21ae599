//! What can go wrong inside the database, in our words.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ::fjall::{Error, LsmError};

use crate::store::{StoreError, Table};

/// A failure of the database: one that it reported, or a panic that it should not have had.
pub(super) enum Trouble {
    Reported(Error),
    Panicked(String),
}

impl Trouble {
    /// The failure of something that concerns the whole database.
    pub(super) fn whole(self, doing: &'static str, path: &str) -> StoreError {
        match self {
            Self::Reported(Error::Locked) => StoreError::Locked { path: path.to_owned() },
            Self::Reported(Error::InvalidVersion(found)) => StoreError::Format {
                path: path.to_owned(),
                found: found.map_or_else(|| "unreadable".to_owned(), |version| format!("database {version:?}")),
                expected: "database V3".to_owned(),
                remedy: "open it with the version of this program that wrote it, or restore it from a copy".to_owned(),
            },
            Self::Reported(Error::Poisoned) => StoreError::Io {
                doing,
                reason: "an earlier write or merge failed; nothing more is written until the store is opened again"
                    .to_owned(),
            },
            other => StoreError::Io { doing, reason: other.reason() },
        }
    }

    /// The failure of reading rows of a table.
    pub(super) fn reading(self, table: Table) -> StoreError {
        match self {
            Self::Reported(Error::Io(_) | Error::Storage(LsmError::Io(_))) => {
                StoreError::Io { doing: "reading rows", reason: self.reason() }
            }
            // What is neither a failing file system nor a healthy block is a block that has changed.
            _ => StoreError::Corrupt { table: table.name, reason: self.reason() },
        }
    }

    fn reason(&self) -> String {
        match self {
            Self::Reported(error) => error.to_string(),
            Self::Panicked(message) => format!("the database gave up: {message}"),
        }
    }
}

/// Runs something inside the database, which panics on some damaged files where it should report them.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Trouble> {
    // What the work leaves behind is either dropped at once or the database itself, whose locks are poisoned by a
    // panic and turn every later use into another guarded failure.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(outcome) => outcome.map_err(Trouble::Reported),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(Trouble::Panicked(text.unwrap_or_default()))
        }
    }
}
