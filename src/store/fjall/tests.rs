use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use super::super::{Direction, KeyRange, suite};
use super::*;

const ROWS: Table = Table { number: 9, name: "rows" };

struct Temporary;

impl suite::StoreBuilder for Temporary {
    type Store = FjallStore;
    type Guard = tempfile::TempDir;

    fn fresh(&self) -> (FjallStore, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        (open(directory.path()).unwrap(), directory)
    }

    fn reopen(&self, store: FjallStore, guard: tempfile::TempDir) -> Option<(FjallStore, tempfile::TempDir)> {
        drop(store);
        Some((open(guard.path()).unwrap(), guard))
    }
}

#[test]
fn the_fjall_store_is_a_store() {
    suite::test_all(&Temporary);
}

#[test]
fn an_open_directory_is_locked_until_the_last_snapshot_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    assert!(matches!(open(directory.path()), Err(StoreError::Locked { .. })));
    let snapshot = store.snapshot().unwrap();
    drop(store);
    assert!(matches!(open(directory.path()), Err(StoreError::Locked { .. })));
    drop(snapshot);
    open(directory.path()).unwrap();
}

#[test]
fn a_directory_of_another_format_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for (found, advice) in [("onem2m-cse 2\n", "version"), ("a photo album", "another directory"), ("", "another")] {
        fs::write(directory.path().join("FORMAT"), found).unwrap();
        let error = open(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::Format { .. }), "{error}");
        assert!(error.to_string().contains(advice), "{error}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing was written there");
}

#[test]
fn somebody_elses_directory_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("holiday.jpg"), "").unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(error.to_string().contains("holiday.jpg"), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn an_interrupted_creation_is_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("LOCK"), "").unwrap();
    fs::write(directory.path().join("FORMAT.new"), "onem").unwrap();
    fs::create_dir(directory.path().join("lost+found")).unwrap();
    drop(open(directory.path()).unwrap());
    fs::rename(directory.path().join("data"), directory.path().join("data.new")).unwrap();
    fs::remove_file(directory.path().join("data.new/version")).unwrap();
    let store = open(directory.path()).unwrap();
    put(&store, 1);
    assert!(store.disk_space().unwrap() > 0);
    assert!(!directory.path().join("data.new").exists());
}

#[test]
fn a_row_that_is_too_large_is_refused_and_harms_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let mut changes = ChangeSet::new();
    changes.put(ROWS, vec![0; LONGEST_KEY + 1], "");
    commit(&store, &changes, Durability::Synced).unwrap_err();
    let mut changes = ChangeSet::new();
    changes.put(ROWS, vec![0; LONGEST_KEY], "");
    commit(&store, &changes, Durability::Synced).unwrap();
}

#[test]
fn what_was_synced_is_there_after_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    for number in 0..200 {
        put(&store, number);
        if number % 50 == 49 {
            let copy = copy(directory.path());
            assert_eq!(count(&open(copy.path()).unwrap()), Ok(number + 1));
        }
    }
}

#[test]
fn a_torn_last_write_is_dropped_and_the_rest_is_there() {
    let (directory, journal) = journal_of_a_crashed_store(20);
    let written = written_length(&journal);
    for cut in [1, 5, 20] {
        let copy = copy(directory.path());
        let path = copy.path().join("data").join(journal.file_name().unwrap());
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(written - cut).unwrap();
        assert_eq!(count(&open(copy.path()).unwrap()), Ok(19));
    }
}

/// Whatever byte of the journal rots: the store does not open, or shows a prefix that lacks at most the last commit.
#[test]
fn a_rotten_journal_is_noticed() {
    const COMMITS: u32 = 5;
    let (directory, journal) = journal_of_a_crashed_store(COMMITS);
    let written = written_length(&journal);
    let mut refused = 0;
    for (position, bit) in (0..written).zip([0, 3, 7].into_iter().cycle()) {
        let copy = copy_without_holes(directory.path(), written);
        flip(&copy.path().join("data").join(journal.file_name().unwrap()), position, bit);
        let left = catch_unwind(|| open(copy.path()).map(|store| count(&store))).expect("no panic");
        match left {
            Ok(left) => assert!(left >= Ok(COMMITS - 1), "byte {position}, bit {bit}: {left:?} left"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 0);
}

#[test]
fn a_damaged_journal_can_be_given_up_behind_the_damage() {
    let (directory, journal) = journal_of_a_crashed_store(20);
    flip(&journal, 0, 6);
    let error = open(directory.path()).unwrap_err();
    assert!(error.to_string().contains("damaged at byte 0"), "{error}");
    let config = FjallConfig { accept_lost_commits: true, ..FjallConfig::small() };
    assert_eq!(count(&FjallStore::open(directory.path(), &config).unwrap()), Ok(0));
}

/// Whatever byte of the other files rots: opening or reading fails, or the rows are all there. Never a panic.
#[test]
fn rotten_files_are_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let (rows, width) = (60, 4000);
    for number in 0..rows {
        put_wide(&store, number, width);
    }
    store.inner.rows.rotate_memtable_and_wait().unwrap();
    drop(store);
    // Opening once cuts the unwritten hole off the journal, which makes copies small.
    drop(open(directory.path()).unwrap());
    let mut noticed = 0;
    for file in files(&directory.path().join("data")) {
        if file.extension().is_some_and(|extension| extension == "jnl") {
            continue;
        }
        let length = fs::metadata(&file).unwrap().len();
        for position in (0..length).step_by((length / 40).max(1) as usize) {
            let copy = copy(directory.path());
            flip(&copy.path().join(file.strip_prefix(directory.path()).unwrap()), position, 4);
            let left = catch_unwind(|| open(copy.path()).map(|store| count(&store))).expect("no panic");
            match left {
                Ok(Ok(left)) => assert_eq!(left, rows, "{}, byte {position}", file.display()),
                _ => noticed += 1,
            }
        }
    }
    assert!(noticed > 0);
}

/// How fast commits are here: `cargo test --release store::fjall::tests::commits_per_second -- --ignored --nocapture`.
#[test]
#[ignore = "measures this machine"]
fn commits_per_second() {
    for (name, config) in [("default", FjallConfig::default()), ("small", FjallConfig::small())] {
        for (requests, rows) in [(1, 1), (1, 8), (16, 8)] {
            let directory = tempfile::tempdir_in(".").unwrap();
            let store = FjallStore::open(directory.path(), &config).unwrap();
            let (begin, mut commits, mut slowest) = (std::time::Instant::now(), 0_u32, std::time::Duration::ZERO);
            while begin.elapsed().as_secs() < 3 {
                let mut changes = ChangeSet::new();
                for row in 0..requests * rows {
                    let key = u64::from(commits) << 32 | row;
                    changes.put(ROWS, key.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes().to_vec(), vec![7; 150]);
                }
                let commit_begin = std::time::Instant::now();
                commit(&store, &changes, Durability::Synced).unwrap();
                slowest = slowest.max(commit_begin.elapsed());
                commits += 1;
            }
            let rate = f64::from(commits) / begin.elapsed().as_secs_f64();
            println!("{name}: {requests} x {rows} rows: {rate:.0} commits/s, slowest {slowest:?}");
        }
    }
}

fn open(path: &Path) -> Result<FjallStore, StoreError> {
    FjallStore::open(path, &FjallConfig::small())
}

fn put(store: &FjallStore, number: u32) {
    put_wide(store, number, 40);
}

fn put_wide(store: &FjallStore, number: u32, width: usize) {
    let mut changes = ChangeSet::new();
    changes.put(ROWS, number.to_be_bytes().to_vec(), vec![number as u8; width]);
    commit(store, &changes, Durability::Synced).unwrap();
}

fn commit(store: &FjallStore, changes: &ChangeSet, durability: Durability) -> Result<(), StoreError> {
    store.commit(store.snapshot()?.as_ref(), changes, durability)
}

/// How many rows there are, which must be the first ones, each as it was written.
fn count(store: &FjallStore) -> Result<u32, String> {
    let snapshot = store.snapshot().unwrap();
    let mut expected = 0;
    for row in snapshot.scan(ROWS, KeyRange::all(), Direction::Forward) {
        let (key, value) = row.map_err(|error| error.to_string())?;
        assert_eq!(key[..], u32::to_be_bytes(expected));
        assert!(value.iter().all(|byte| *byte == expected as u8));
        assert_eq!(snapshot.get(ROWS, &key).map_err(|error| error.to_string())?, Some(value));
        expected += 1;
    }
    Ok(expected)
}

fn journal_of_a_crashed_store(commits: u32) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    (0..commits).for_each(|number| put(&store, number));
    let crashed = copy(directory.path());
    let journal = files(crashed.path()).into_iter().find(|file| file.to_string_lossy().ends_with(".jnl")).unwrap();
    (crashed, journal)
}

/// Where the unwritten hole of a journal begins.
fn written_length(journal: &Path) -> u64 {
    let bytes = fs::read(journal).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1
}

fn flip(file: &Path, position: u64, bit: u8) {
    let mut bytes = fs::read(file).unwrap();
    bytes[position as usize] ^= 1 << bit;
    fs::write(file, bytes).unwrap();
}

fn copy(from: &Path) -> tempfile::TempDir {
    copy_without_holes(from, u64::MAX)
}

/// Copies a data directory as a crash would leave it, journals cut to what was written.
fn copy_without_holes(from: &Path, journal_length: u64) -> tempfile::TempDir {
    use std::io::Read;
    let to = tempfile::tempdir().unwrap();
    for file in files(from) {
        let target = to.path().join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let mut bytes = Vec::new();
        fs::File::open(&file).unwrap().take(journal_length).read_to_end(&mut bytes).unwrap();
        fs::write(target, bytes).unwrap();
    }
    to
}

fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
