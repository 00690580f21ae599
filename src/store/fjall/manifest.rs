//! A look at the lists of table files before the database opens them.
//!
//! Each tree of the database names its current list of table files in a file `current`, with the list's checksum.
//! fjall writes that checksum and never reads it. A rotten list makes it panic in a way that stops the whole process,
//! or forget table files and remove them; without its `current`, it takes a tree for new and removes what it held. So
//! both are checked here first. An interrupted creation cannot look like that: see `directory.rs`.
//!
//! ```text
//! current  number of the list u64 · xxh3 of the list u128 · kind of checksum u8 (0 is xxh3)
//! ```

use std::fs;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_128;

use super::directory::io;
use crate::store::StoreError;

const DOING: &str = "checking the lists of table files";
/// The tree of fjall's own settings, and the one of our rows.
const TREES: [&str; 2] = ["0", "1"];

/// Fails when a tree of the database has lost its list of table files, or the list has changed.
pub(super) fn check(data: &Path) -> Result<(), StoreError> {
    for tree in TREES {
        let tree = data.join("keyspaces").join(tree);
        let current = fs::read(tree.join("current")).map_err(io(DOING))?;
        let damaged = || StoreError::Io {
            doing: DOING,
            reason: format!("{} is damaged; restore the data directory from a copy", tree.display()),
        };
        let (number, rest) = current.split_first_chunk().ok_or_else(damaged)?;
        let (checksum, _kind) = rest.split_first_chunk().ok_or_else(damaged)?;
        let list = fs::read(tree.join(format!("v{}", u64::from_le_bytes(*number)))).map_err(io(DOING))?;
        if xxh3_128(&list) != u128::from_le_bytes(*checksum) {
            return Err(damaged());
        }
    }
    Ok(())
}
