//! Enumerations: numbers that mean something (TS-0004 6.3.4).

use crate::value::SmolStr;

/// A named set of numbers with their meanings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enumeration {
    name: SmolStr,
    /// Ranges in ascending order; most are one number wide.
    ranges: Vec<(i64, i64, SmolStr)>,
}

impl Enumeration {
    /// An enumeration of inclusive ranges, each with its meaning.
    pub(super) fn new(name: SmolStr, mut ranges: Vec<(i64, i64, SmolStr)>) -> Self {
        ranges.sort();
        Self { name, ranges }
    }

    /// The name with its prefix: `m2m:cseTypeID`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a number means; `None` when it is not in the set.
    #[must_use]
    pub fn meaning(&self, number: i64) -> Option<&str> {
        let after = self.ranges.partition_point(|(from, _, _)| *from <= number);
        let (_, to, meaning) = self.ranges.get(after.checked_sub(1)?)?;
        (number <= *to).then_some(meaning)
    }

    /// The number with that meaning.
    #[must_use]
    pub fn number(&self, meaning: &str) -> Option<i64> {
        self.ranges.iter().find(|(_, _, m)| m == meaning).map(|(from, _, _)| *from)
    }

    /// The inclusive ranges in ascending order.
    pub fn ranges(&self) -> impl Iterator<Item = (i64, i64, &str)> {
        self.ranges.iter().map(|(from, to, meaning)| (*from, *to, meaning.as_str()))
    }
}
