//! A look at the lists of table files before the database opens them.
//!
//! Each tree of the database names its current list of table files in a file `current`, with the list's checksum.
//! fjall writes that checksum and never reads it. A rotten list makes it panic in a way that stops the whole process,
//! or forget table files and remove them; without its `current`, it takes a tree for new and removes what it held. A
//! rotten length in a table file's contents makes it ask for more memory than there is, which stops the process too.
//! So all three are checked here first. An interrupted creation cannot look like that: see `directory.rs`.
//!
//! ```text
//! current    number of the list u64 · xxh3 of the list u128 · kind of checksum u8 (0 is xxh3)
//! list       sections · contents · trailer, of which the section "tables" matters here
//! tables     levels u8 · { runs u8 · { tables u32 · { number u64 · kind u8 · xxh3 u128 · sequence number u64 } } }
//! table      sections · contents · trailer
//! contents   "TOC!" · count u32 · { position u64 · length u64 · name length u16 · name }
//! trailer    "SFA!" 1 0 · xxh3 of the contents u128 · position of the contents u64 · unused u64
//! ```

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_128;

use super::directory::io;
use crate::store::StoreError;

const DOING: &str = "checking the lists of table files";
/// The tree of fjall's own settings, and the one of our rows.
const TREES: [&str; 2] = ["0", "1"];
/// Bytes of a trailer.
const TRAILER: usize = 38;
/// The contents of a table file name some ten sections; more bytes than this they never have.
const MOST_CONTENTS: u64 = 64 * 1024;

/// Fails when a tree of the database has lost its list of table files, or the list or a table's contents have changed.
pub(super) fn check(data: &Path) -> Result<(), StoreError> {
    for tree in TREES {
        let tree = data.join("keyspaces").join(tree);
        let current = fs::read(tree.join("current")).map_err(io(DOING))?;
        let (number, checksum) = current_list(&current).ok_or_else(|| damaged(&tree))?;
        let list = fs::read(tree.join(format!("v{number}"))).map_err(io(DOING))?;
        if xxh3_128(&list) != checksum {
            return Err(damaged(&tree));
        }
        for number in tables(&list).ok_or_else(|| damaged(&tree))? {
            let table = tree.join("tables").join(number.to_string());
            if !has_sound_contents(&table).map_err(io(DOING))? {
                return Err(damaged(&table));
            }
        }
    }
    Ok(())
}

fn damaged(path: &Path) -> StoreError {
    let reason = format!("{} is damaged; restore the data directory from a copy", path.display());
    StoreError::Io { doing: DOING, reason }
}

fn current_list(current: &[u8]) -> Option<(u64, u128)> {
    let mut current = Fields(current);
    Some((u64::from_le_bytes(current.take()?), u128::from_le_bytes(current.take()?)))
}

/// The numbers of the table files that a list names.
fn tables(list: &[u8]) -> Option<Vec<u64>> {
    let (_, position) = trailer(list.last_chunk()?)?;
    let mut contents = Fields(list.get(usize::try_from(position).ok()?..)?);
    let [.., a, b, c, d] = contents.take::<8>()?;
    let mut found = Vec::new();
    for _ in 0..u32::from_le_bytes([a, b, c, d]) {
        let position = usize::try_from(u64::from_le_bytes(contents.take()?)).ok()?;
        let _length: [u8; 8] = contents.take()?;
        let name = u16::from_le_bytes(contents.take()?);
        if contents.slice(name.into())? != b"tables" {
            continue;
        }
        let mut section = Fields(list.get(position..)?);
        for _ in 0..section.byte()? {
            for _ in 0..section.byte()? {
                for _ in 0..u32::from_le_bytes(section.take()?) {
                    found.push(u64::from_le_bytes(section.take()?));
                    section.slice(1 + 16 + 8)?;
                }
            }
        }
    }
    Some(found)
}

/// The checksum and position of the contents.
fn trailer(trailer: &[u8; TRAILER]) -> Option<(u128, u64)> {
    let mut fields = Fields(trailer);
    let sound = fields.take()? == *b"SFA!\x01\x00";
    let found = (u128::from_le_bytes(fields.take()?), u64::from_le_bytes(fields.take()?));
    sound.then_some(found)
}

fn has_sound_contents(table: &Path) -> std::io::Result<bool> {
    let mut file = File::open(table)?;
    let Some(end) = file.metadata()?.len().checked_sub(TRAILER as u64) else { return Ok(false) };
    let mut bytes = [0; TRAILER];
    file.seek(SeekFrom::Start(end))?;
    file.read_exact(&mut bytes)?;
    let Some((checksum, position)) = trailer(&bytes) else { return Ok(false) };
    let Some(length) = end.checked_sub(position).filter(|length| *length <= MOST_CONTENTS) else { return Ok(false) };
    let mut contents = Vec::new();
    file.seek(SeekFrom::Start(position))?;
    file.take(length).read_to_end(&mut contents)?;
    Ok(xxh3_128(&contents) == checksum)
}

/// Bytes, read field after field.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}
