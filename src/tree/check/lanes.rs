//! Lanes of notifications agree with their rows, and requests kept for later with their resources.

use std::collections::BTreeSet;

use super::super::due::{Due, DueKind};
use super::super::tables::{AWAIT, DUE, Key, LANE, ORDER, OUTBOX, OWNER, last_node, number_at};
use super::super::{Lane, Node, View};
use super::{Report, SUBSCRIPTION};
use crate::store::{Direction, KeyRange, StoreError};

pub(super) fn check(view: &View<'_>, next: u64, report: &mut Report) -> Result<(), StoreError> {
    for row in view.scan(LANE, KeyRange::all(), Direction::Forward)? {
        let (key, value) = row?;
        let Some((number, lane)) = last_node(&key).zip(Lane::decode(&value)) else {
            report.add(last_node(&key).unwrap_or(Node(0)), "the row of a lane cannot be read");
            continue;
        };
        report.lanes = report.lanes.saturating_add(1);
        report.waiting = report.waiting.saturating_add(lane.waiting);
        if number.0 >= next {
            report.add(lane.owner, format!("lane {} has a number that was not given yet (next is {next})", number.0));
        }
        check_rows(view, number, &lane, report)?;
        check_outbox(view, number, &lane, report)?;
    }
    check_strays(view, report)?;
    let orders = check_due(view, report)?;
    check_orders(view, &orders, report)
}

/// Every row that a lane must have is there.
fn check_rows(view: &View<'_>, number: Node, lane: &Lane, report: &mut Report) -> Result<(), StoreError> {
    let mut wrong = |what: &str| report.add(lane.owner, format!("lane {} to {}: {what}", number.0, lane.target));
    let target = view.get(OWNER, &Key::new().node(lane.owner).node(number).done())?;
    if target.is_none_or(|target| target != lane.target.as_bytes()) {
        wrong("its row among the owner's lanes is missing or names another target");
    }
    if let Some(entity) = lane.wakes_with
        && view.get(AWAIT, &Key::new().node(entity).node(number).done())?.is_none()
    {
        wrong("its row among the lanes that wake with its AE is missing");
    }
    if let Some(at) = lane.due
        && view.get(DUE, &Due { at, kind: DueKind::Deliver, node: number }.key())?.is_none()
    {
        wrong("its row in the index of what is due is missing");
    }
    // An owner that cannot be read is a finding already.
    let Ok(owner) = view.record(lane.owner) else { return Ok(()) };
    if owner.is_none() && !lane.closing {
        wrong("its owner is gone, and it is not closing");
    }
    // Only a schedule that never opens again lets a lane wait for nothing.
    let scheduled = owner.is_some_and(|owner| owner.resource_type == SUBSCRIPTION && owner.watched) && !lane.closing;
    if lane.waiting > 0 && lane.due.is_none() && !scheduled {
        wrong("something waits, and nothing will deliver it");
    }
    Ok(())
}

/// What waits in a lane is as much as it says, and lies where it looks.
fn check_outbox(view: &View<'_>, number: Node, lane: &Lane, report: &mut Report) -> Result<(), StoreError> {
    let (mut count, mut outside) = (0_u64, 0_u64);
    for row in view.scan(OUTBOX, Key::new().node(number).prefix(), Direction::Forward)? {
        let (key, _) = row?;
        count = count.saturating_add(1);
        let within = number_at(&key, 8).is_some_and(|sequence| (lane.first..lane.next).contains(&sequence));
        outside = outside.saturating_add(u64::from(!within));
    }
    let mut wrong = |what: String| report.add(lane.owner, format!("lane {} to {}: {what}", number.0, lane.target));
    if count != lane.waiting {
        wrong(format!("{count} notifications wait, and it counts {}", lane.waiting));
    }
    if outside > 0 {
        wrong(format!("{outside} notifications lie outside {} to {}", lane.first, lane.next));
    }
    Ok(())
}

/// No row names a lane that is gone or has no such row.
fn check_strays(view: &View<'_>, report: &mut Report) -> Result<(), StoreError> {
    for table in [OWNER, AWAIT, OUTBOX] {
        // Many rows of the outbox have one lane.
        let mut known = None;
        for row in view.scan(table, KeyRange::all(), Direction::Forward)? {
            let (key, _) = row?;
            let Some((first, second)) = number_at(&key, 0).zip(number_at(&key, 8)) else {
                report.add(Node(0), format!("a row of table {} cannot be read", table.name));
                continue;
            };
            let number = Node(if table == OUTBOX { first } else { second });
            if known.as_ref().is_none_or(|(last, _)| *last != number) {
                // One that cannot be read is a finding already.
                let Ok(lane) = view.lane(number) else { continue };
                known = Some((number, lane));
            }
            let lane = known.as_ref().and_then(|(_, lane)| lane.as_ref());
            let right = lane.is_some_and(|lane| match table {
                OWNER => lane.owner == Node(first),
                AWAIT => lane.wakes_with == Some(Node(first)),
                _ => true,
            });
            if !right {
                report.add(number, format!("a row of table {} belongs to a lane that is not there", table.name));
            }
        }
    }
    Ok(())
}

/// Whatever is due to be delivered names a lane that is due at that instant. Answers the requests that will be looked at.
fn check_due(view: &View<'_>, report: &mut Report) -> Result<BTreeSet<Node>, StoreError> {
    let mut orders = BTreeSet::new();
    for row in view.scan(DUE, KeyRange::all(), Direction::Forward)? {
        let Some(due) = Due::from_key(&row?.0) else {
            report.add(Node(0), "a row of table due cannot be read");
            continue;
        };
        match due.kind {
            DueKind::Execute => drop(orders.insert(due.node)),
            DueKind::Deliver => {
                let Ok(lane) = view.lane(due.node) else { continue };
                if lane.is_none_or(|lane| lane.due != Some(due.at)) {
                    report.add(due.node, "a row of table due belongs to a lane that is not due then");
                }
            }
            _ => {}
        }
    }
    Ok(orders)
}

/// What is kept for later belongs to a request resource, or is going to be looked at and cleared away.
fn check_orders(view: &View<'_>, orders: &BTreeSet<Node>, report: &mut Report) -> Result<(), StoreError> {
    for row in view.scan(ORDER, KeyRange::all(), Direction::Forward)? {
        let Some(node) = last_node(&row?.0) else {
            report.add(Node(0), "a row of table order cannot be read");
            continue;
        };
        if matches!(view.record(node), Ok(None)) && !orders.contains(&node) {
            report.add(node, "a row of table order belongs to a request that is not there");
        }
    }
    Ok(())
}
