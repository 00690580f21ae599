//! Where a CSE rests: tables of bytes in key order.
//!
//! A store knows nothing of resources, requests or time. It keeps rows `(table, key) → bytes`, hands out
//! [`Snapshot`]s that never change under their reader, and applies a [`ChangeSet`] whole or not at all.
//! Two traits with two methods each are all that a new database has to bring; [`suite`] (feature `suite`)
//! says whether it brings them right.

use std::any::Any;
use std::cmp::Ordering;
use std::fmt;

pub use bytes::Bytes;

#[cfg(feature = "fjall")]
pub mod fjall;
pub mod memory;
#[cfg(any(test, feature = "suite"))]
pub mod suite;

mod change_set;
mod error;
mod range;

pub use change_set::{Change, ChangeSet};
pub use error::StoreError;
pub use range::KeyRange;

/// A named table. The number is what rests on disk; the name is for people and for databases that have real tables.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Table {
    /// The number that identifies the table at rest. It never changes once released.
    pub number: u8,
    /// A short lower-case name.
    pub name: &'static str,
}

/// By number alone: two tables of one number are one table.
impl PartialOrd for Table {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Table {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Which end of a range a scan begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the smallest key upwards.
    Forward,
    /// From the largest key downwards.
    Backward,
}

/// A row as a scan yields it: key and value.
pub type Row = (Bytes, Bytes);

/// The rows of a scan, in order. Dropping it early costs nothing.
pub type Rows<'a> = Box<dyn Iterator<Item = Result<Row, StoreError>> + 'a>;

/// How much a commit promises when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// On disk: survives a power cut. The default, and the only mode in which an acknowledged write is safe.
    #[default]
    Synced,
    /// Handed to the operating system: survives a crash of the program, not a power cut.
    Buffered,
}

/// A database that can hold a CSE.
///
/// Implementations are shared between threads. There is one committing thread per CSE unless the store says otherwise
/// by answering [`StoreError::Conflict`], upon which the request walks again.
pub trait Store: Send + Sync + fmt::Debug + 'static {
    /// Everything committed so far, frozen. Cheap: it is called for every read that misses a cache.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Applies all changes or none. `base` is the snapshot that the changes were computed on, so that a store with
    /// several writers can refuse what has been overtaken.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another writer was faster; anything else when the changes are not applied.
    fn commit(&self, base: &dyn Snapshot, changes: &ChangeSet, durability: Durability) -> Result<(), StoreError>;
}

/// A frozen view of a [`Store`].
pub trait Snapshot: Send + Sync + Any {
    /// The value at a key.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read back as it was written.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// The rows of a range, in key order, from the end that `direction` names. Lazy: a caller that stops early
    /// has not paid for the rest.
    fn scan(&self, table: Table, range: KeyRange, direction: Direction) -> Rows<'_>;
}
