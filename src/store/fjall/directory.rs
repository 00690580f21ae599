//! The data directory: whose it is, in which format, and who has it open.
//!
//! ```text
//! FORMAT     one line: onem2m-cse 1
//! LOCK       locked for as long as a store is open
//! data/      the database; complete from the moment it has this name
//! data.new/  a database whose creation was interrupted; it never held a row
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// What the mark of this program's directories says.
const FORMAT: &str = "onem2m-cse 1";
const MARK: &str = "FORMAT";
const NEW_MARK: &str = "FORMAT.new";
const LOCK: &str = "LOCK";
/// Names that do not make a directory somebody else's.
const HARMLESS: [&str; 3] = [LOCK, NEW_MARK, "lost+found"];

/// A data directory that is ours alone.
pub(super) struct Directory {
    path: PathBuf,
    /// The lock goes when the file is closed.
    _lock: File,
}

impl Directory {
    /// Makes sure that a directory is ours or nobody's, locks it and marks it. Nothing is written before that is sure.
    pub(super) fn claim(path: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(path).map_err(io("creating the data directory"))?;
        is_marked(path)?;
        let lock = lock(path)?;
        // Asked again: another process may have been here in between.
        if !is_marked(path)? {
            mark(path)?;
        }
        Ok(Self { path: path.to_path_buf(), _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Gives the database its name once `create` has made it elsewhere. An interrupted creation leaves nothing that
    /// would be taken for a database.
    pub(super) fn create_data(&self, create: impl FnOnce(&Path) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let new = self.path.join("data.new");
        if new.try_exists().map_err(io("looking into the data directory"))? {
            fs::remove_dir_all(&new).map_err(io("removing a half-made database"))?;
        }
        create(&new)?;
        fs::rename(&new, self.data()).map_err(io("naming the new database"))?;
        sync(&self.path)
    }
}

/// Whether the directory carries a mark of this program.
pub(super) fn is_ours(path: &Path) -> bool {
    read_mark(path).is_ok_and(|mark| mark.is_some_and(|mark| mark.starts_with("onem2m-cse ")))
}

/// Whether the directory carries our mark. A directory that is neither ours nor empty is an error.
fn is_marked(path: &Path) -> Result<bool, StoreError> {
    let format = |found: String, remedy: &str| StoreError::Format {
        path: path.display().to_string(),
        found,
        expected: FORMAT.to_owned(),
        remedy: remedy.to_owned(),
    };
    if let Some(found) = read_mark(path)? {
        return match found.strip_prefix("onem2m-cse ") {
            _ if found == FORMAT => Ok(true),
            Some(_) => Err(format(found, "open it with the version of this program that wrote it")),
            None => Err(format(found, "it belongs to something else: choose another directory")),
        };
    }
    for entry in fs::read_dir(path).map_err(io("looking into the data directory"))? {
        let name = entry.map_err(io("looking into the data directory"))?.file_name();
        if !HARMLESS.iter().any(|harmless| name == *harmless) {
            let found = format!("no {MARK} file, but \"{}\"", name.display());
            return Err(format(found, "choose an empty directory, or empty this one if nothing in it is needed"));
        }
    }
    Ok(false)
}

fn read_mark(path: &Path) -> Result<Option<String>, StoreError> {
    let file = match File::open(path.join(MARK)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("reading the format mark")(error)),
    };
    let mut text = Vec::new();
    file.take(80).read_to_end(&mut text).map_err(io("reading the format mark"))?;
    Ok(Some(String::from_utf8_lossy(&text).trim().to_owned()))
}

fn mark(path: &Path) -> Result<(), StoreError> {
    let doing = "writing the format mark";
    let new = path.join(NEW_MARK);
    let mut file = File::create(&new).map_err(io(doing))?;
    writeln!(file, "{FORMAT}").and_then(|()| file.sync_all()).map_err(io(doing))?;
    fs::rename(&new, path.join(MARK)).map_err(io(doing))?;
    sync(path)
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let doing = "locking the data directory";
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(path.join(LOCK)).map_err(io(doing))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: path.display().to_string() }),
        Err(TryLockError::Error(error)) => Err(io(doing)(error)),
    }
}

/// Makes the names in a directory durable.
fn sync(path: &Path) -> Result<(), StoreError> {
    if cfg!(windows) {
        // There a directory cannot be opened for syncing, and renaming is durable by itself.
        return Ok(());
    }
    File::open(path).and_then(|directory| directory.sync_all()).map_err(io("syncing the data directory"))
}

/// Says what was being done when the file system failed.
pub(super) fn io(doing: &'static str) -> impl Fn(std::io::Error) -> StoreError {
    move |error| StoreError::Io { doing, reason: error.to_string() }
}
