//! What a run found out, and the ways to show it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::exceptions::Known;
use crate::log::Entry;
use crate::plan::Step;
use crate::subject::Subject;
use crate::verdict::Verdict;

pub mod compare;
pub mod html;
pub mod junit;
pub mod summary;
pub mod support;

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The subject's name.
    pub subject: String,
    /// Where it was asked.
    pub address: String,
    /// The profile.
    pub profile: String,
    /// The release whose expectations applied.
    pub release: String,
    /// The format of contents.
    pub format: String,
    /// Seconds that the run took.
    pub seconds: f64,
    /// The identifiers that pass although they are known to fail.
    #[serde(default)]
    pub mended: Vec<String>,
    /// One for each purpose of the catalogue, and for each test of our own.
    pub items: Vec<Item>,
}

/// What became of one purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The identifier.
    pub id: String,
    /// The group.
    pub group: String,
    /// The resource types that are involved.
    pub types: Vec<String>,
    /// What is tested.
    pub summary: String,
    /// The clauses behind it.
    pub clause: String,
    /// The status that was expected.
    pub expected: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The sentence behind it; empty for a pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How it was tested otherwise than the purpose says, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departure: Option<String>,
    /// What is known of this failure. Of a pass, the failure that it had and has not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// How long it took.
    #[serde(default)]
    pub milliseconds: u64,
    /// What was said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Entry>,
}

impl Item {
    /// The item of a step that has not been done.
    #[must_use]
    pub fn of(step: &Step) -> Self {
        let purpose = &step.purpose;
        let departure = step.departure.as_ref();
        Self {
            id: purpose.id.clone(),
            group: purpose.group(),
            types: purpose.types.clone(),
            summary: purpose.summary.clone(),
            clause: purpose.clause.clone(),
            expected: step.status.clone(),
            verdict: Verdict::NotAsked,
            reason: String::new(),
            departure: departure.map(|departure| format!("{}: {}", departure.clause, departure.reason)),
            known: None,
            milliseconds: 0,
            exchanges: Vec::new(),
        }
    }

    /// Whether nobody has explained why this is no pass.
    #[must_use]
    pub const fn is_unexplained(&self) -> bool {
        matches!(self.verdict, Verdict::Fail | Verdict::Inconclusive) && self.known.is_none()
    }

    /// Whether it passes although it is known to fail: whatever says so is out of date.
    #[must_use]
    pub const fn is_mended(&self) -> bool {
        matches!(self.verdict, Verdict::Pass) && self.known.is_some()
    }

    /// Whether it does not pass, and somebody has explained why.
    #[must_use]
    pub const fn is_explained(&self) -> bool {
        !matches!(self.verdict, Verdict::Pass) && self.known.is_some()
    }
}

impl Report {
    /// The report of a run.
    #[must_use]
    pub fn new(subject: &Subject, seconds: f64, items: Vec<Item>) -> Self {
        Self {
            subject: subject.pics.subject.name.clone(),
            address: subject.address.clone(),
            profile: subject.pics.subject.profile.clone(),
            release: subject.pics.subject.release.clone(),
            format: subject.format.name().to_owned(),
            seconds,
            mended: items.iter().filter(|item| item.is_mended()).map(|item| item.id.clone()).collect(),
            items,
        }
    }

    /// How many items have a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.items.iter().filter(|item| item.verdict == verdict).count()
    }

    /// Failures and inconclusive tests that nobody has explained.
    pub fn unexplained(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.is_unexplained())
    }

    /// What passes although it is known to fail.
    pub fn mended(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.is_mended())
    }

    /// Whether everything is as it is written down: nothing failed that nobody has explained, and nothing passed that is
    /// known to fail.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        self.unexplained().next().is_none() && self.mended().next().is_none()
    }

    /// How many items of each verdict a group or a type has, by name.
    #[must_use]
    pub fn by(&self, names: impl Fn(&Item) -> Vec<String>) -> BTreeMap<String, [usize; 5]> {
        let mut table: BTreeMap<String, [usize; 5]> = BTreeMap::new();
        for item in &self.items {
            for name in names(item) {
                let row = table.entry(name).or_default();
                if let Some(cell) = row.get_mut(item.verdict as usize) {
                    *cell = cell.saturating_add(1);
                }
            }
        }
        table
    }
}
