//! Crashes and rotten bytes.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use super::super::{FjallConfig, FjallStore};
use super::{copy, copy_without_holes, count, files, open, put, put_wide};
use crate::store::StoreError;

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

#[test]
fn a_last_write_torn_inside_a_large_value_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    (0..3).for_each(|number| put_wide(&store, number, 64 * 1024));
    let crashed = copy(directory.path());
    let journal = journal_of(crashed.path());
    let written = written_length(&journal);
    // A page in the middle of the last value never reached the disk; its end did.
    let mut bytes = fs::read(&journal).unwrap();
    let page = written as usize / 4096 * 4096 - 8 * 4096;
    bytes[page..page + 4096].fill(0);
    fs::write(&journal, bytes).unwrap();
    assert_eq!(count(&open(crashed.path()).unwrap()), Ok(2));
}

#[test]
fn a_lost_list_of_table_files_does_not_make_an_empty_store() {
    for tree in ["0", "1"] {
        let directory = tempfile::tempdir().unwrap();
        put(&open(directory.path()).unwrap(), 0);
        let current = directory.path().join("data/keyspaces").join(tree).join("current");
        let kept = fs::read(&current).unwrap();
        fs::remove_file(&current).unwrap();
        assert!(matches!(open(directory.path()), Err(StoreError::Io { .. })));
        fs::write(&current, kept).unwrap();
        assert_eq!(count(&open(directory.path()).unwrap()), Ok(1), "and nothing was removed");
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

fn journal_of_a_crashed_store(commits: u32) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    (0..commits).for_each(|number| put(&store, number));
    let crashed = copy(directory.path());
    let journal = journal_of(crashed.path());
    (crashed, journal)
}

fn journal_of(directory: &Path) -> PathBuf {
    files(directory).into_iter().find(|file| file.extension().is_some_and(|extension| extension == "jnl")).unwrap()
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
