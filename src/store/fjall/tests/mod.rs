use std::fs;
use std::path::{Path, PathBuf};

use super::super::{Direction, KeyRange, suite};
use super::*;

mod damage;

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
