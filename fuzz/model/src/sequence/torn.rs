//! A machine whose power goes while its journal is written: the last write is there in part. What was acknowledged before
//! it has to be there, and of that write all or nothing.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
use onem2m_cse::store::{ChangeSet, Durability, Snapshot, Store, StoreError};

use super::{Deed, Stage};
use crate::fixture::{Fixture, in_order, rows_of};

/// How far a write may reach beyond the last, as far as it is looked for.
const WRITE: u64 = 1 << 20;

/// The state after a commit.
#[derive(Clone, Debug)]
struct Mark {
    /// How long the journal was.
    length: u64,
    rows: Vec<(u8, Vec<u8>, Vec<u8>)>,
}

/// A store on disk that knows what it held after each commit.
#[derive(Debug)]
struct Ledger {
    inner: FjallStore,
    folder: PathBuf,
    marks: Arc<Mutex<Vec<Mark>>>,
}

impl Store for Ledger {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.inner.snapshot()
    }

    fn commit(&self, base: &dyn Snapshot, changes: &ChangeSet, durability: Durability) -> Result<(), StoreError> {
        self.inner.commit(base, changes, durability)?;
        let mut marks = self.marks.lock().unwrap();
        let before = marks.last().map_or(0, |mark| mark.length);
        let length = written(&journal(&self.folder).expect("one journal"), before);
        marks.push(Mark { length, rows: rows(&self.inner) });
        Ok(())
    }
}

/// Plays a day over files in `folder`, and then cuts the journal at as many places as `cuts` gives. Each number chooses a
/// place between the first commit and the last; the number's lowest bit says whether what is cut off reads as zeros.
///
/// # Errors
/// When the day goes wrong, or what is found after a cut is not the state of all commits before it.
pub fn torn(deeds: &[Deed], folder: &Path, cuts: &[u32]) -> Result<usize, String> {
    let marks = Arc::new(Mutex::new(Vec::new()));
    let played = folder.join("played");
    let inner = FjallStore::open(&played, &FjallConfig::small()).map_err(|error| error.to_string())?;
    let store = Ledger { inner, folder: played.clone(), marks: marks.clone() };
    let mut stage = Stage::over(Arc::new(store), None, &[]);
    for deed in deeds {
        stage.happen(*deed)?;
    }
    // As it lies there while the machine runs.
    let marks = marks.lock().unwrap().clone();
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else { return Ok(0) };
    for (place, cut) in cuts.iter().enumerate() {
        let length = first.length + u64::from(cut >> 1) % (last.length - first.length + 1);
        let copy = folder.join(format!("cut{place}"));
        copy_cut(&played, &copy, length, cut & 1 == 1)?;
        let expected = marks.iter().rev().find(|mark| mark.length <= length).unwrap_or(first);
        let store = FjallStore::open(&copy, &FjallConfig::small())
            .map_err(|error| format!("cut at {length} of {}: {error}", last.length))?;
        let found = rows(&store);
        if found != expected.rows {
            let (found, expected) = (found.len(), expected.rows.len());
            return Err(format!("cut at {length} of {}: {found} rows, not the {expected} of the commit", last.length));
        }
        // And a CSE goes on with it.
        let mut world = Fixture::shared().over(Arc::new(store)).map_err(|error| error.to_string())?;
        in_order(&mut world);
    }
    Ok(marks.len())
}

fn rows(store: &dyn Store) -> Vec<(u8, Vec<u8>, Vec<u8>)> {
    rows_of(store).into_iter().map(|row| (row.table.number, row.key, row.value)).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn journal(folder: &Path) -> Option<PathBuf> {
    let mut journals = files(folder).into_iter().filter(|file| file.extension().is_some_and(|end| end == "jnl"));
    journals.next().filter(|_| journals.next().is_none())
}

/// Where the unwritten part of a journal begins, which lies there as zeros.
fn written(journal: &Path, before: u64) -> u64 {
    let mut file = File::open(journal).unwrap();
    file.seek(SeekFrom::Start(before)).unwrap();
    let mut bytes = Vec::new();
    file.take(WRITE).read_to_end(&mut bytes).unwrap();
    before + bytes.iter().rposition(|byte| *byte != 0).map_or(0, |place| place as u64 + 1)
}

fn copy_cut(from: &Path, to: &Path, length: u64, zeros: bool) -> Result<(), String> {
    let journal = journal(from).ok_or("one journal")?;
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let most = if file == journal { length } else { u64::MAX };
        let mut bytes = Vec::new();
        File::open(&file).unwrap().take(most).read_to_end(&mut bytes).unwrap();
        if file == journal && zeros {
            bytes.resize(bytes.len() + 4096, 0);
        }
        fs::write(target, bytes).unwrap();
    }
    Ok(())
}
