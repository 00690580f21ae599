//! Filter criteria.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::now_and_then;
use crate::primitive::{FilterCriteria, FilterOperation};
use crate::value::{SmolStr, Timestamp, Value};

const LABELS: [&str; 5] = ["a", "key:value", "b*", "none", "*"];
const TYPES: [u32; 6] = [2, 3, 4, 1, 9, 23];

fn some<'a, T>(u: &mut Unstructured<'a>, make: impl FnOnce(&mut Unstructured<'a>) -> Result<T>) -> Result<Option<T>> {
    now_and_then(u, 8)?.then(|| make(u)).transpose()
}

fn list<T: Clone>(u: &mut Unstructured<'_>, of: &[T]) -> Result<Vec<T>> {
    let length = if now_and_then(u, 6)? { u.int_in_range(1..=3)? } else { 0 };
    (0..length).map(|_| u.choose(of).cloned()).collect()
}

fn labels(u: &mut Unstructured<'_>) -> Result<Vec<SmolStr>> {
    list(u, &LABELS.map(SmolStr::new_static))
}

fn attributes(u: &mut Unstructured<'_>) -> Result<Vec<(SmolStr, Value)>> {
    let pairs =
        [("mni", Value::Int(3)), ("rn", "n*".into()), ("cr", "Cae1".into()), ("con", "*".into()), ("api", "Na".into())];
    list(u, &pairs.map(|(name, value)| (SmolStr::new_static(name), value)))
}

/// A few conditions out of all but those that need a feature or a semantic engine. Without a usage.
impl<'a> Arbitrary<'a> for FilterCriteria {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let operations = [FilterOperation::And, FilterOperation::Or, FilterOperation::Xor];
        Ok(Self {
            created_before: some(u, Timestamp::arbitrary)?,
            created_after: some(u, Timestamp::arbitrary)?,
            modified_since: some(u, Timestamp::arbitrary)?,
            unmodified_since: some(u, Timestamp::arbitrary)?,
            expire_before: some(u, Timestamp::arbitrary)?,
            expire_after: some(u, Timestamp::arbitrary)?,
            state_tag_smaller: some(u, |u| u.int_in_range(1..=20))?,
            state_tag_bigger: some(u, |u| u.int_in_range(0..=20))?,
            size_above: some(u, |u| u.int_in_range(0..=40))?,
            size_below: some(u, |u| u.int_in_range(1..=40))?,
            labels: labels(u)?,
            child_labels: labels(u)?,
            parent_labels: labels(u)?,
            resource_type: list(u, &TYPES)?,
            child_resource_type: list(u, &TYPES)?,
            parent_resource_type: list(u, &TYPES)?,
            content_type: list(u, &["text/plain", "application/json"].map(SmolStr::new_static))?,
            attributes: attributes(u)?,
            child_attributes: attributes(u)?,
            parent_attributes: attributes(u)?,
            filter_operation: *u.choose(&operations)?,
            limit: some(u, |u| u.int_in_range(1..=20))?,
            level: some(u, |u| u.int_in_range(1..=4))?,
            offset: some(u, |u| u.int_in_range(0..=20))?,
            ..Self::default()
        })
    }
}
