//! Whether a data directory is in order: every index agrees with its records, every counter with its children, every
//! lane of notifications with what waits in it.

mod lanes;

use std::collections::BTreeSet;

use bytes::Bytes;

use super::due::{Due, DueKind};
use super::index::{child_key, is_instance, label_keys, modified_key, type_key};
use super::tables::{
    ALIAS, CHILD, CREATED, DUE, Key, LABEL, META, MODIFIED, NAME, RECORD, TALLY, TYPE, last_node, number_at,
};
use super::{Node, Record, SnapshotCell, Tally, View, node_of};
use crate::store::{Direction, KeyRange, StoreError, Table};
use crate::value::{Attr, FromValue};

/// The type of a request resource.
const REQUEST: u32 = 17;
const CONTENT_SIZE: Attr<u64> = Attr::new("cs");
const SUBSCRIPTION: u32 = 23;
const SCHEDULE: u32 = 18;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which resource.
    pub node: Node,
    /// What is wrong, in one sentence.
    pub what: String,
}

/// The outcome of a check.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Resources that can be read.
    pub resources: u64,
    /// Of these, resources below a deleted one that are still to be cleared away.
    pub to_be_cleared: u64,
    /// Lanes: one for each target of each subscription, and what is left of those that are gone.
    pub lanes: u64,
    /// Notifications that wait in them.
    pub waiting: u64,
    /// What is wrong; at most a thousand findings are kept.
    pub findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, node: Node, what: impl Into<String>) {
        if self.findings.len() < 1000 {
            self.findings.push(Finding { node, what: what.into() });
        }
    }
}

/// Reads every record and every index row once and compares. `progress` is told the number of records read so far.
///
/// # Errors
/// When the store cannot be read at all; a corrupt record is a finding.
pub fn check(cell: &SnapshotCell<'_>, mut progress: impl FnMut(u64)) -> Result<Report, StoreError> {
    let view = View::new(cell);
    let mut report = Report::default();
    let next = view.get(META, b"next")?.as_deref().and_then(|row| number_at(row, 0)).unwrap_or(0);
    for row in view.scan(RECORD, KeyRange::all(), Direction::Forward)? {
        let (key, value) = match row {
            Ok(row) => row,
            Err(error) => {
                report.add(Node(0), format!("records cannot be read on: {error}"));
                break;
            }
        };
        let Some(node) = last_node(&key) else { continue };
        let record = match Record::decode(node, &value) {
            Ok(record) => record,
            Err(error) => {
                report.add(node, error.to_string());
                continue;
            }
        };
        report.resources = report.resources.saturating_add(1);
        if report.resources.is_multiple_of(10_000) {
            progress(report.resources);
        }
        if node.0 >= next {
            report.add(node, format!("has a number that was not given yet (next is {next})"));
        }
        if view.lives(&record)? {
            check_rows(&view, &record, &mut report)?;
            check_mark(&view, &record, &mut report)?;
            if record.tallied {
                check_tally(&view, &record, &mut report)?;
            }
        } else {
            report.to_be_cleared = report.to_be_cleared.saturating_add(1);
            if !will_be_cleared(&view, &record)? {
                report.add(node, "lies below a deleted resource and nothing will clear it away");
            }
        }
    }
    check_strays(&view, &mut report)?;
    check_requests(&view, &mut report)?;
    lanes::check(&view, next, &mut report)?;
    Ok(report)
}

/// Every row that a record must have is there.
fn check_rows(view: &View<'_>, record: &Record, report: &mut Report) -> Result<(), StoreError> {
    let mut must = |table: Table, key: &[u8], what: &str| -> Result<(), StoreError> {
        if view.get(table, key)?.is_none() {
            report.add(record.node, format!("{}: {what} is missing", record.resource_id));
        }
        Ok(())
    };
    if record.node != Node::ROOT {
        must(CHILD, &child_key(record), "its row among the parent's children")?;
        if !record.self_named {
            must(NAME, &Key::new().node(record.parent).text(&record.resource_name).done(), "its name")?;
        }
    }
    if !is_instance(record.resource_type) {
        must(TYPE, &type_key(record), "its row in the type index")?;
    }
    if node_of(&record.resource_id) != Some(record.node) {
        must(ALIAS, record.resource_id.as_bytes(), "its identifier")?;
    }
    for key in label_keys(record) {
        must(LABEL, &key, "a label")?;
    }
    if let Some(key) = modified_key(record) {
        must(MODIFIED, &key, "its row in the index of modifications")?;
    }
    let second = u64::try_from(record.creation_time.as_seconds()).unwrap_or(0);
    let rows = view.scan(CREATED, Key::new().number(second).prefix(), Direction::Forward)?;
    let covered = rows.flatten().any(|(key, value)| {
        let range = number_at(&key, 8).zip(number_at(&value, 0));
        range.is_some_and(|(start, end)| (start..end).contains(&record.node.0))
    });
    if !covered {
        report.add(record.node, format!("{}: its row in the index of creation times is missing", record.resource_id));
    }
    Ok(())
}

/// A resource is marked as watched when it has subscriptions; a subscription, when it has a schedule.
fn check_mark(view: &View<'_>, record: &Record, report: &mut Report) -> Result<(), StoreError> {
    // There may be very many instances, and they can have neither.
    if is_instance(record.resource_type) && !record.watched {
        return Ok(());
    }
    let by = if record.resource_type == SUBSCRIPTION { SCHEDULE } else { SUBSCRIPTION };
    let has = view.children(record.node, Some(by), Direction::Forward)?.next().transpose()?.is_some();
    if has != record.watched {
        let what = if has { "is not marked as watched, and is" } else { "is marked as watched, and is not" };
        report.add(record.node, format!("{}: {what}", record.resource_id));
    }
    Ok(())
}

/// Counters agree with the children they count.
fn check_tally(view: &View<'_>, record: &Record, report: &mut Report) -> Result<(), StoreError> {
    let tally = view.tally(record.node)?;
    let (mut count, mut bytes, mut oldest, mut latest) = (0_u64, 0_u64, None, None);
    for child in view.children(record.node, Some(4), Direction::Forward)? {
        let (_, node) = child?;
        if tally.withdrawn.is_some_and(|last| node <= last) {
            continue;
        }
        count = count.saturating_add(1);
        oldest = oldest.or(Some(node));
        latest = Some(node);
        if let Ok(Some(child)) = view.record(node) {
            let size = child.attributes().get(CONTENT_SIZE.name()).and_then(u64::from_value);
            bytes = bytes.saturating_add(size.unwrap_or(0));
        }
    }
    let found = Tally { current_nr_of_instances: count, current_byte_size: bytes, oldest, latest, ..tally };
    if found != tally {
        report.add(record.node, format!("{}: counters {tally:?} disagree with children {found:?}", record.resource_id));
    }
    Ok(())
}

/// Somewhere up the line of dead ancestors a row of the due index waits to clear this away.
fn will_be_cleared(view: &View<'_>, record: &Record) -> Result<bool, StoreError> {
    let mut parent = record.parent;
    loop {
        let due = Due { at: crate::value::Timestamp::from_micros(0), kind: DueKind::Reap, node: parent };
        if view.get(DUE, &due.key())?.is_some() {
            return Ok(true);
        }
        match view.record(parent)? {
            Some(record) if record.node != Node::ROOT => parent = record.parent,
            _ => return Ok(false),
        }
    }
}

/// No index row points to a record that is gone or that has no such row.
fn check_strays(view: &View<'_>, report: &mut Report) -> Result<(), StoreError> {
    for table in [CHILD, TYPE, LABEL, MODIFIED, NAME, ALIAS, TALLY] {
        for row in view.scan(table, KeyRange::all(), Direction::Forward)? {
            let (key, value) = row?;
            let in_value = table == NAME || table == ALIAS;
            let Some(node) = last_node(if in_value { &value } else { &key }) else {
                report.add(Node(0), format!("a row of table {} cannot be read", table.name));
                continue;
            };
            let right = match view.record(node) {
                Ok(Some(record)) => expected_keys(&record, table).contains(&key),
                Ok(None) => false,
                Err(_) => true,
            };
            if !right {
                report.add(node, format!("a row of table {} points to what is not there", table.name));
            }
        }
    }
    Ok(())
}

/// The counter of request resources agrees with their number.
fn check_requests(view: &View<'_>, report: &mut Report) -> Result<(), StoreError> {
    let rows = view.scan(TYPE, Key::new().resource_type(REQUEST).prefix(), Direction::Forward)?;
    let (counted, found) = (view.request_resources()?, u64::try_from(rows.count()).unwrap_or(u64::MAX));
    if counted != found {
        report.add(Node::ROOT, format!("{counted} request resources are counted, and there are {found}"));
    }
    Ok(())
}

fn expected_keys(record: &Record, table: Table) -> BTreeSet<Bytes> {
    let one = |key: Bytes| BTreeSet::from([key]);
    match table {
        CHILD => one(child_key(record)),
        TYPE => one(type_key(record)),
        LABEL => label_keys(record),
        MODIFIED => modified_key(record).into_iter().collect(),
        NAME => one(Key::new().node(record.parent).text(&record.resource_name).done()),
        ALIAS => one(Bytes::copy_from_slice(record.resource_id.as_bytes())),
        _ => one(Key::new().node(record.node).done()),
    }
}
