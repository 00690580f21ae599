//! What can be broken, and who has to notice.

use super::{answers, notifications, requests};
use crate::support::proxy::Turn;

/// One fault.
pub struct Fault {
    /// What is wrong, in a few words.
    pub name: &'static str,
    /// The tests that have to fail, each of them: identifiers without `TP/oneM2M/CSE/`.
    pub caught_by: &'static [&'static str],
    /// How it is broken.
    pub turn: Turn,
}

impl Fault {
    pub const fn new(name: &'static str, caught_by: &'static [&'static str], turn: Turn) -> Self {
        Self { name, caught_by, turn }
    }

    /// The whole identifiers.
    pub fn identifiers(&self) -> Vec<String> {
        self.caught_by.iter().map(|short| identifier(short)).collect()
    }
}

/// The whole identifier of a short one.
pub fn identifier(short: &str) -> String {
    if short.starts_with("TS-") { short.to_owned() } else { format!("TP/oneM2M/CSE/{short}") }
}

/// All faults.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    answers::FAULTS.iter().chain(requests::FAULTS).chain(notifications::FAULTS)
}
