//! A look at the journal before the database opens it.
//!
//! fjall reads a journal until something in it makes no sense, takes that for the end of an interrupted write, and
//! cuts the file there. For the last write before a power cut that is right. For a byte that rotted in the middle it
//! would silently throw away every commit behind it. The other way round, fjall never opens again when a large last
//! write was torn inside a value. So the journal is walked here first:
//! - a journal that was sealed (synced and followed by another) must make sense to its end;
//! - behind the place where the newest journal stops making sense there may be the rest of one write, which is cut
//!   off; more than that is damage, and an error;
//! - sequence numbers must grow, since fjall's checksum does not cover them.
//!
//! Nobody can tell damage to the very last write from a write that was interrupted.
//!
//! ```text
//! start  1 · count u32 · sequence number u64
//! item   2 · kind u8 · compression u8 · keyspace u64 · key length u16 · length u32 · stored length u32 · key · value
//! clear  4 · keyspace u64
//! end    3 · xxh3 of the items and clears u64 · "FJL" 3
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3Default;

use super::directory::io;
use crate::store::StoreError;

const END_MARK: u32 = u32::from_be_bytes(*b"FJL\x03");
const DOING: &str = "checking the journal";

/// Cuts an interrupted last write off the journal. Fails when more is broken than that, unless the loss of everything
/// behind the damage is accepted.
pub(super) fn mend(data: &Path, accept_loss: bool) -> Result<(), StoreError> {
    let journals = journals(data)?;
    let newest = journals.last().map(|(number, _)| *number);
    let mut given_up = false;
    for (number, path) in &journals {
        if given_up {
            cut(path, 0)?;
            continue;
        }
        let mut walk = Walk::open(path).map_err(io(DOING))?;
        let sound = walk.last_sound_write().map_err(io(DOING))?;
        let behind = walk.behind(sound).map_err(io(DOING))?;
        if Some(*number) == newest && behind.ends <= 1 {
            if behind.written {
                cut(path, sound)?;
            }
        } else if behind.written {
            let shown = path.display();
            if !accept_loss {
                let reason = format!(
                    "{shown} is damaged at byte {sound}, and commits lie behind that; \
                     restore the data directory from a copy, or accept their loss in the configuration"
                );
                return Err(StoreError::Io { doing: DOING, reason });
            }
            given_up = true;
            cut(path, sound)?;
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

fn cut(path: &Path, length: u64) -> Result<(), StoreError> {
    tracing::warn!(journal = %path.display(), length, "cutting off what was not written whole");
    let file = OpenOptions::new().write(true).open(path).map_err(io(DOING))?;
    file.set_len(length).and_then(|()| file.sync_all()).map_err(io(DOING))
}

/// A journal being read.
struct Walk {
    file: BufReader<File>,
    last: Option<u64>,
    checksum: Xxh3Default,
}

/// What lies behind the last sound write.
struct Behind {
    /// Whether anything but the unwritten hole does.
    written: bool,
    /// How many ends of writes do.
    ends: usize,
}

impl Walk {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = BufReader::with_capacity(64 * 1024, File::open(path)?);
        Ok(Self { file, last: None, checksum: Xxh3Default::new() })
    }

    /// Reads write after write; answers where the last sound one ends.
    fn last_sound_write(&mut self) -> std::io::Result<u64> {
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
        self.checksum.reset();
        for _ in 0..count {
            match self.bytes()? {
                [2] if self.item()? => {}
                [4] => self.pass(8)?,
                _ => return Ok(false),
            }
        }
        let checksum = self.checksum.digest();
        let [3] = self.bytes()? else { return Ok(false) };
        let whole = u64::from_le_bytes(self.bytes()?) == checksum && u32::from_be_bytes(self.bytes()?) == END_MARK;
        let grows = self.last.is_none_or(|last| sequence > last);
        self.last = Some(sequence);
        Ok(whole && grows)
    }

    fn item(&mut self) -> std::io::Result<bool> {
        let [kind, compression] = self.bytes()?;
        let _keyspace: [u8; 8] = self.bytes()?;
        let key = u16::from_le_bytes(self.bytes()?);
        let plain = u32::from_le_bytes(self.bytes()?);
        let stored = u32::from_le_bytes(self.bytes()?);
        // Values and two kinds of deletion; a value as it is, or compressed by LZ4.
        let makes_sense = kind <= 2 && (compression == 1 || (compression == 0 && plain == stored));
        if makes_sense {
            self.pass(u64::from(key).saturating_add(u64::from(stored)))?;
        }
        Ok(makes_sense)
    }

    fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.checksum.update(&bytes);
        Ok(bytes)
    }

    /// Passes over some bytes without keeping them, however many a damaged length may promise.
    fn pass(&mut self, count: u64) -> std::io::Result<()> {
        let mut rest = self.file.by_ref().take(count);
        while rest.limit() > 0 {
            let chunk = rest.fill_buf()?;
            if chunk.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.checksum.update(chunk);
            let passed = chunk.len();
            rest.consume(passed);
        }
        Ok(())
    }

    fn behind(&mut self, position: u64) -> std::io::Result<Behind> {
        self.file.seek(SeekFrom::Start(position))?;
        let mut found = Behind { written: false, ends: 0 };
        let mut seen = 0;
        loop {
            let chunk = self.file.fill_buf()?;
            if chunk.is_empty() {
                return Ok(found);
            }
            if chunk.iter().all(|byte| *byte == 0) {
                // The unwritten part of a journal is one long hole.
                seen = 0;
            } else {
                found.written = true;
                for byte in chunk {
                    seen = seen << 8 | u32::from(*byte);
                    found.ends = found.ends.saturating_add(usize::from(seen == END_MARK));
                }
            }
            let passed = chunk.len();
            self.file.consume(passed);
        }
    }
}
