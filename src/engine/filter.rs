//! Whether a resource meets filter criteria (TS-0004 7.3.3.17).

use std::sync::Arc;

use super::context::{Context, Stop};
use super::rules::glob;
use super::{content_query, labels_query, result};
use crate::primitive::{FilterCriteria, FilterOperation};
use crate::store::Direction;
use crate::tree::Record;
use crate::value::{Attr, Map, SmolStr, Value};

const LABELS: Attr<Vec<SmolStr>> = Attr::new("lbl");
const CONTENT_SIZE: Attr<u64> = Attr::new("cs");
const CONTENT_INFO: Attr<SmolStr> = Attr::new("cnf");
const CONTENT: &str = "con";

/// Holds a resource against all conditions. Without conditions everything matches.
///
/// # Errors
/// When the store fails.
pub fn matches(cx: &Context<'_>, record: &Arc<Record>, fc: &FilterCriteria) -> Result<bool, Stop> {
    let mut join = Join::new(fc.filter_operation);
    own(cx, record, fc, &mut join)?;
    if join.decided() {
        return Ok(join.verdict());
    }
    attributes(cx, record, fc, &mut join)?;
    if join.decided() {
        return Ok(join.verdict());
    }
    parents(cx, record, fc, &mut join)?;
    children(cx, record, fc, &mut join)?;
    Ok(join.verdict())
}

/// Joins the conditions as they come; knows early when more of them cannot change anything.
struct Join {
    operation: FilterOperation,
    conditions: u32,
    held: u32,
}

impl Join {
    const fn new(operation: FilterOperation) -> Self {
        Self { operation, conditions: 0, held: 0 }
    }

    fn add(&mut self, holds: bool) {
        self.conditions = self.conditions.saturating_add(1);
        self.held = self.held.saturating_add(u32::from(holds));
    }

    const fn decided(&self) -> bool {
        match self.operation {
            FilterOperation::And => self.held < self.conditions,
            FilterOperation::Or => self.held > 0,
            FilterOperation::Xor => false,
        }
    }

    const fn verdict(&self) -> bool {
        match self.operation {
            FilterOperation::And => self.held == self.conditions,
            FilterOperation::Or => self.held > 0 || self.conditions == 0,
            FilterOperation::Xor => self.held % 2 == 1 || self.conditions == 0,
        }
    }
}

/// Conditions that the record's head and counters answer.
fn own(cx: &Context<'_>, record: &Arc<Record>, fc: &FilterCriteria, join: &mut Join) -> Result<(), Stop> {
    if !fc.resource_type.is_empty() {
        join.add(fc.resource_type.contains(&record.resource_type));
    }
    interval(join, Some(record.creation_time), fc.created_after, fc.created_before);
    interval(join, Some(record.last_modified_time), fc.modified_since, fc.unmodified_since);
    interval(join, record.expiration_time, fc.expire_after, fc.expire_before);
    if fc.state_tag_bigger.is_some() || fc.state_tag_smaller.is_some() {
        let state_tag = if record.tallied {
            Some(cx.tally(record)?.state_tag)
        } else {
            Attr::<u64>::new("st").get(record.attributes())
        };
        interval(join, state_tag, fc.state_tag_bigger, fc.state_tag_smaller);
    }
    Ok(())
}

/// TS-0004 7.3.3.17.1 and following: the lower bound belongs to the interval, the upper bound does not; both together
/// are one condition.
fn interval<T: PartialOrd>(join: &mut Join, value: Option<T>, from: Option<T>, below: Option<T>) {
    if from.is_none() && below.is_none() {
        return;
    }
    let holds =
        value.is_some_and(|value| from.is_none_or(|from| from <= value) && below.is_none_or(|below| value < below));
    join.add(holds);
}

/// Conditions that look into the attributes.
fn attributes(cx: &Context<'_>, record: &Arc<Record>, fc: &FilterCriteria, join: &mut Join) -> Result<(), Stop> {
    if !fc.labels.is_empty() {
        join.add(has_label(record, &fc.labels));
    }
    if let Some(query) = &fc.labels_query {
        let labels = LABELS.get(record.attributes()).unwrap_or_default();
        join.add(labels_query::holds(query, &labels));
    }
    if fc.size_above.is_some() || fc.size_below.is_some() {
        interval(join, CONTENT_SIZE.get(record.attributes()), fc.size_above, fc.size_below);
    }
    if !fc.content_type.is_empty() {
        let info = CONTENT_INFO.get(record.attributes());
        // TS-0004 7.3.3.17.8: the media type of the content info counts. Peers also name the whole of it.
        let info = info.unwrap_or_default();
        let media = info.split(':').next().unwrap_or_default();
        let wants = |wanted: &SmolStr| glob(wanted, media) || glob(wanted, &info);
        join.add(!info.is_empty() && fc.content_type.iter().any(wants));
    }
    // Different attributes are different conditions; the same one twice is one (TS-0001 8.1.2).
    if !fc.attributes.is_empty() {
        let all = result::all_attributes(cx, record)?;
        for (holds, _) in by_name(&fc.attributes, &all) {
            join.add(holds);
        }
    }
    if let Some(query) = &fc.content_filter.query {
        let content = record.attributes().get(CONTENT);
        join.add(content.is_some_and(|content| content_query::holds(query, content)));
    }
    Ok(())
}

fn parents(cx: &Context<'_>, record: &Arc<Record>, fc: &FilterCriteria, join: &mut Join) -> Result<(), Stop> {
    if fc.parent_labels.is_empty() && fc.parent_resource_type.is_empty() && fc.parent_attributes.is_empty() {
        return Ok(());
    }
    let parent = cx.parent_of(record)?;
    if !fc.parent_labels.is_empty() {
        join.add(has_label(&parent, &fc.parent_labels));
    }
    if !fc.parent_resource_type.is_empty() {
        join.add(fc.parent_resource_type.contains(&parent.resource_type));
    }
    if !fc.parent_attributes.is_empty() {
        let all = result::all_attributes(cx, &parent)?;
        for (holds, _) in by_name(&fc.parent_attributes, &all) {
            join.add(holds);
        }
    }
    Ok(())
}

fn children(cx: &Context<'_>, record: &Arc<Record>, fc: &FilterCriteria, join: &mut Join) -> Result<(), Stop> {
    if !fc.child_resource_type.is_empty() {
        let mut found = false;
        for ty in &fc.child_resource_type {
            found = found || cx.view.children(record.node, Some(*ty), Direction::Forward)?.next().is_some();
        }
        join.add(found);
    }
    if !fc.child_labels.is_empty() {
        join.add(any_child(cx, record, |child| Ok(has_label(child, &fc.child_labels)))?);
    }
    // As with the resource's own: different attributes are different conditions, and another child may meet each.
    if fc.child_attributes.is_empty() {
        return Ok(());
    }
    let mut held: Vec<(bool, &SmolStr)> = by_name(&fc.child_attributes, &Map::new());
    any_child(cx, record, |child| {
        let all = result::all_attributes(cx, child)?;
        for ((held, _), (holds, _)) in held.iter_mut().zip(by_name(&fc.child_attributes, &all)) {
            *held = *held || holds;
        }
        Ok(held.iter().all(|(held, _)| *held))
    })?;
    for (holds, _) in held {
        join.add(holds);
    }
    Ok(())
}

fn any_child(
    cx: &Context<'_>,
    record: &Record,
    mut holds: impl FnMut(&Arc<Record>) -> Result<bool, Stop>,
) -> Result<bool, Stop> {
    for child in cx.view.children(record.node, None, Direction::Forward)? {
        let (_, node) = child?;
        if let Some(child) = cx.view.record(node)?
            && holds(&child)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_label(record: &Record, wanted: &[SmolStr]) -> bool {
    let labels = LABELS.get(record.attributes()).unwrap_or_default();
    wanted.iter().any(|wanted| labels.iter().any(|label| glob(wanted, label)))
}

/// Whether each named attribute has one of the values wanted for it.
fn by_name<'c>(conditions: &'c [(SmolStr, Value)], all: &Map) -> Vec<(bool, &'c SmolStr)> {
    let mut verdicts: Vec<(bool, &SmolStr)> = Vec::new();
    for (name, wanted) in conditions {
        let holds = all.get(name).is_some_and(|value| value_matches(value, wanted));
        match verdicts.iter_mut().find(|(_, seen)| *seen == name) {
            Some((verdict, _)) => *verdict = *verdict || holds,
            None => verdicts.push((holds, name)),
        }
    }
    verdicts
}

/// A query string knows only text: numbers and booleans are compared as they are written; of a list, one item will do.
fn value_matches(value: &Value, wanted: &Value) -> bool {
    if value == wanted {
        return true;
    }
    let text = match wanted {
        Value::Text(text) => text.clone(),
        Value::List(_) | Value::Map(_) => return false,
        other => other.excerpt(),
    };
    match value {
        Value::Text(value) => glob(&text, value),
        Value::Int(_) | Value::Bool(_) | Value::Decimal(_) => glob(&text, &value.excerpt()),
        Value::List(items) => items.iter().any(|item| value_matches(item, wanted)),
        Value::Null | Value::Map(_) => false,
    }
}

/// Used by tests that hold searches against a brute-force reading of the clauses.
#[cfg(test)]
pub(crate) fn in_interval<T: PartialOrd>(value: T, from: Option<T>, below: Option<T>) -> bool {
    let mut join = Join::new(FilterOperation::And);
    interval(&mut join, Some(value), from, below);
    join.verdict()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_joined_as_the_operation_says() {
        let verdict = |operation, held: &[bool]| {
            let mut join = Join::new(operation);
            held.iter().for_each(|holds| join.add(*holds));
            join.verdict()
        };
        assert!(verdict(FilterOperation::And, &[true, true]) && !verdict(FilterOperation::And, &[true, false]));
        assert!(verdict(FilterOperation::Or, &[true, false]) && !verdict(FilterOperation::Or, &[false, false]));
        assert!(verdict(FilterOperation::Xor, &[true, false]) && !verdict(FilterOperation::Xor, &[true, true]));
        for operation in [FilterOperation::And, FilterOperation::Or, FilterOperation::Xor] {
            assert!(verdict(operation, &[]), "without conditions everything matches");
        }
    }

    #[test]
    fn the_lower_bound_belongs_to_the_interval_and_the_upper_does_not() {
        let at = 5;
        assert!(in_interval(at, Some(at), None) && !in_interval(at, None, Some(at)));
    }

    #[test]
    fn values_are_compared_as_a_query_can_write_them() {
        assert!(value_matches(&Value::Int(7), &Value::from("7")));
        assert!(value_matches(&Value::Bool(true), &Value::from("true")));
        assert!(value_matches(&Value::from("CAE1"), &Value::from("C*1")));
        assert!(value_matches(&Value::from(vec!["a", "b"]), &Value::from("b")));
        assert!(!value_matches(&Value::Null, &Value::from("")));
    }
}
