//! A look at the journal before the database opens it.
//!
//! fjall reads a journal until something in it makes no sense, takes that for the end of an interrupted write, and
//! cuts the file there. For the last write before a power cut that is right. For a byte that rotted in the middle it
//! would silently throw away every commit behind it. So the journal is walked here first, and what cannot come from an
//! interrupted write is an error:
//! - a journal that was sealed (synced and followed by another) must make sense to its end;
//! - behind the place where the active journal stops making sense there may be the rest of one write, not more;
//! - sequence numbers grow, since fjall's checksum does not cover them.
//!
//! fjall itself checks the checksum over the rows of each write. What nobody can tell from a torn write is damage to
//! the framing of the very last one.
//!
//! ```text
//! start  1 · count u32 · sequence number u64
//! item   2 · kind u8 · compression u8 · keyspace u64 · key length u16 · length u32 · stored length u32 · key · value
//! clear  4 · keyspace u64
//! end    3 · checksum u64 · "FJL" 3
//! ```

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::directory::io;
use crate::store::StoreError;

const END_MARK: u32 = u32::from_be_bytes(*b"FJL\x03");
const DOING: &str = "checking the journal";

/// Fails when the journal files of a database have lost more than an interrupted write explains.
pub(super) fn check(data: &Path) -> Result<(), StoreError> {
    let journals = journals(data)?;
    let newest = journals.last().map(|(number, _)| *number);
    for (number, path) in &journals {
        let mut walk = Walk::open(path).map_err(io(DOING))?;
        let sound = walk.walk().map_err(io(DOING))?;
        let allowed = usize::from(Some(*number) == newest);
        let behind = walk.ends_behind(sound).map_err(io(DOING))?;
        if walk.shrinks || behind > allowed {
            return Err(StoreError::Io {
                doing: DOING,
                reason: format!(
                    "{} is damaged at byte {sound}, and commits lie behind that; \
                     restore the data directory from a copy, or accept their loss in the configuration",
                    path.display()
                ),
            });
        }
    }
    Ok(())
}

/// The journal files by number, oldest first.
fn journals(data: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(data).map_err(io(DOING))? {
        let path = entry.map_err(io(DOING))?.path();
        let number = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".jnl")?.parse().ok());
        found.extend(number.map(|number| (number, path)));
    }
    found.sort();
    Ok(found)
}

/// A journal being read.
struct Walk {
    file: BufReader<File>,
    length: u64,
    /// Whether a sequence number was not larger than the one before.
    shrinks: bool,
    last: Option<u64>,
}

impl Walk {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file: BufReader::with_capacity(64 * 1024, file), length, shrinks: false, last: None })
    }

    /// Reads write after write; answers where the last sound one ends.
    fn walk(&mut self) -> std::io::Result<u64> {
        let mut sound = 0;
        loop {
            match self.write() {
                Ok(true) => sound = self.file.stream_position()?,
                Ok(false) => return Ok(sound),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(sound),
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads one write; false when it makes no sense.
    fn write(&mut self) -> std::io::Result<bool> {
        let [1] = self.bytes()? else { return Ok(false) };
        let count = u32::from_le_bytes(self.bytes()?);
        let sequence = u64::from_le_bytes(self.bytes()?);
        for _ in 0..count {
            let sound = match self.bytes()? {
                [2] => self.item()?,
                [4] => self.skip(8)?,
                _ => false,
            };
            if !sound {
                return Ok(false);
            }
        }
        let [3] = self.bytes()? else { return Ok(false) };
        let _checksum: [u8; 8] = self.bytes()?;
        if u32::from_be_bytes(self.bytes()?) != END_MARK {
            return Ok(false);
        }
        self.shrinks |= self.last.is_some_and(|last| sequence <= last);
        self.last = Some(sequence);
        Ok(true)
    }

    fn item(&mut self) -> std::io::Result<bool> {
        let [kind, compression] = self.bytes()?;
        let _keyspace: [u8; 8] = self.bytes()?;
        let key = u16::from_le_bytes(self.bytes()?);
        let plain = u32::from_le_bytes(self.bytes()?);
        let stored = u32::from_le_bytes(self.bytes()?);
        // Values and two kinds of deletion; a value as it is, or compressed by LZ4.
        let sense = kind <= 2 && (compression == 1 || (compression == 0 && plain == stored));
        Ok(sense && self.skip(u64::from(key) + u64::from(stored))?)
    }

    fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Passes over some bytes; false when there are not so many.
    fn skip(&mut self, count: u64) -> std::io::Result<bool> {
        let target = self.file.stream_position()?.saturating_add(count);
        let Ok(count) = i64::try_from(count) else { return Ok(false) };
        if target > self.length {
            return Ok(false);
        }
        self.file.seek_relative(count)?;
        Ok(true)
    }

    /// How many ends of writes lie behind a position.
    fn ends_behind(&mut self, position: u64) -> std::io::Result<usize> {
        self.file.seek(SeekFrom::Start(position))?;
        let mut seen = 0;
        let mut ends = 0;
        loop {
            let chunk = self.file.fill_buf()?;
            if chunk.is_empty() {
                return Ok(ends);
            }
            if chunk.iter().all(|byte| *byte == 0) {
                // The unwritten part of a journal is one long hole.
                seen = 0;
            } else {
                for byte in chunk {
                    seen = seen << 8 | u32::from(*byte);
                    ends += usize::from(seen == END_MARK);
                }
            }
            let passed = chunk.len();
            self.file.consume(passed);
        }
    }
}
