//! The program is killed under load, at any instant, again and again: what it acknowledged is there.
//!
//! `KILL_ROUNDS` says how often (60, and 20 with notifications), `KILL_SEED` which dice: the seed is printed, and the same one brings the same
//! operations and delays. Which of them the kill meets is up to the machine.
#![cfg(all(unix, feature = "server"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test speaks by panicking"
)]

mod client;
mod dice;
mod http;
mod listener;
mod notify;
mod process;
mod round;
mod shared;
mod tree;
mod verify;

use std::time::Duration;

use client::Client;
use dice::Dice;
use process::{Running, check};
use shared::Board;

/// How many clients knock at once.
const CLIENTS: usize = 8;
/// Rounds on one data directory; then a new one begins, as the journal to be read at each start grows.
const LIFE: usize = 20;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: expected a number")))
}

#[test]
fn whatever_was_acknowledged_survives_any_kill() {
    let rounds = number("KILL_ROUNDS").unwrap_or(60);
    let mut dice = Dice::from_seed(number("KILL_SEED"));
    let mut tally = round::Tally::default();
    for begun in (0..rounds).step_by(LIFE) {
        let rounds = (rounds - begun).min(LIFE as u64);
        life(rounds, &mut dice, &mut tally);
    }
    println!("{rounds} rounds: {tally:?}");
    assert!(tally.acknowledged > rounds, "there was load");
}

/// The life of one data directory.
fn life(rounds: u64, dice: &mut Dice, tally: &mut round::Tally) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut clients: Vec<Client> = (0..CLIENTS).map(|number| Client::new(number, dice.fork())).collect();
    let mut boards: Vec<Board> = Vec::new();
    for round in 0..rounds {
        if dice.one_in(5) {
            // Nobody says that only a CSE that is up can be killed.
            Running::spawn(&data).kill_after(Duration::from_millis(dice.below(60)));
        }
        let running = Running::start(&data);
        verify::everything(&running, &mut clients, &mut boards, tally);
        round::play(round, running, &mut clients, &mut boards, dice, tally);
        if round % 10 == 9 {
            check(&data);
        }
    }
    let running = Running::start(&data);
    verify::everything(&running, &mut clients, &mut boards, tally);
    running.terminate();
    check(&data);
}

#[test]
fn every_event_reaches_every_target_in_order_in_spite_of_any_kill() {
    let dice = Dice::from_seed(number("KILL_SEED"));
    notify::every_event_reaches_every_target(number("KILL_ROUNDS").unwrap_or(20), dice);
}

#[test]
fn a_directory_whose_making_was_interrupted_is_made_again() {
    let mut dice = Dice::from_seed(number("KILL_SEED"));
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        for _ in 0..dice.below(3) + 1 {
            Running::spawn(&data).kill_after(Duration::from_millis(dice.below(80)));
        }
        drop(Running::start(&data));
        check(&data);
    }
}

#[test]
fn a_second_process_is_refused_and_sigterm_ends_the_first_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Running::start(&data);
    let second = Running::spawn(&data).refused();
    assert!(second.contains(data.to_str().unwrap()), "it names the directory: {second}");
    let checked = process::program().args(["check", "--data"]).arg(&data).output().unwrap();
    assert!(!checked.status.success(), "nor is it checked while it changes");
    assert_eq!(http::Client::connect(&first.address).unwrap().get("/cse-in").unwrap().code, 2000, "the first goes on");
    first.terminate();
    check(&data);
}
