//! What a test comes to.

use serde::{Deserialize, Serialize};

/// The verdict of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The subject did what the purpose asks.
    Pass,
    /// It did not.
    Fail,
    /// What had to be there before the test could not be made, so nothing was learnt.
    Inconclusive,
    /// The subject does not claim it.
    NotApplicable,
    /// Nobody asked.
    NotAsked,
}

impl Verdict {
    /// All of them, in the order in which reports show them.
    pub const ALL: [Self; 5] = [Self::Pass, Self::Fail, Self::Inconclusive, Self::NotApplicable, Self::NotAsked];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::NotApplicable => "not applicable",
            Self::NotAsked => "not asked",
        }
    }
}

/// Why a test ends before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The subject is wrong: what was expected, and what came.
    Fail(String),
    /// The test could not be prepared.
    Inconclusive(String),
    /// The subject does not claim what the test needs.
    NotApplicable(String),
}

impl Stop {
    /// The verdict, and the sentence behind it.
    #[must_use]
    pub fn into_verdict(self) -> (Verdict, String) {
        match self {
            Self::Fail(reason) => (Verdict::Fail, reason),
            Self::Inconclusive(reason) => (Verdict::Inconclusive, reason),
            Self::NotApplicable(reason) => (Verdict::NotApplicable, reason),
        }
    }
}

/// What a test returns: nothing more to say, or why it stopped.
pub type Outcome = Result<(), Stop>;

/// A failed expectation, unless the condition holds.
///
/// # Errors
/// [`Stop::Fail`] with the sentence.
pub fn ensure(holds: bool, expectation: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(Stop::Fail(expectation())) }
}

/// Ends a test of something that the subject does not claim.
///
/// # Errors
/// Always: [`Stop::NotApplicable`].
pub fn not_applicable<T>(reason: &str) -> Result<T, Stop> {
    Err(Stop::NotApplicable(reason.to_owned()))
}
