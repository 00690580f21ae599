//! What happens when something falls due.

use std::sync::Arc;

use super::context::{ChangeKind, Context, Stop};
use super::delete;
use crate::notify;
use crate::store::{Direction, StoreError};
use crate::tree::due::{Due, DueKind};
use crate::tree::{Node, Record, Tally};
use crate::value::{Attr, Timestamp};

const MAX_INSTANCE_AGE: Attr<u64> = Attr::new("mia");
const INSTANCE: u32 = 4;

/// Does what is due, a bounded piece of it. What remains keeps its row.
///
/// # Errors
/// When the store fails.
pub fn carry_out(cx: &mut Context<'_>, due: Due) -> Result<(), Stop> {
    let step = cx.core.config.limits.clearing_step;
    match due.kind {
        DueKind::Reap => reap(cx, due, step)?,
        DueKind::Expire => expire(cx, due)?,
        DueKind::Sweep => sweep(cx, due, step)?,
        DueKind::Age => age(cx, due, step)?,
        DueKind::Purge => clear_withdrawn(cx, due, step)?,
        // Both are the round's business: see `round`.
        DueKind::Deliver | DueKind::Execute => {}
    }
    Ok(())
}

/// Sees to it that the age of a container's instances is looked at from `at` on.
///
/// # Errors
/// When the store fails.
pub fn arm_age(cx: &mut Context<'_>, container: &Record, at: Timestamp) -> Result<(), Stop> {
    let mut tally = cx.tally(container)?;
    let due = |micros: u64| Due {
        at: Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX)),
        kind: DueKind::Age,
        node: container.node,
    };
    if tally.age_due != 0 {
        cx.view.disarm(due(tally.age_due));
    }
    tally.age_due = u64::try_from(at.as_micros()).unwrap_or(1).max(1);
    cx.view.arm(due(tally.age_due));
    cx.view.set_tally(container.node, tally);
    Ok(())
}

/// Removes all instances of a container: a step of them now. The rest is withdrawn from everybody's sight at once, and
/// cleared away as what is due.
///
/// # Errors
/// When the store fails.
pub fn purge(cx: &mut Context<'_>, container: &Arc<Record>) -> Result<(), Stop> {
    for _ in 0..cx.core.config.limits.clearing_step {
        let Some(oldest) = cx.tally(container)?.oldest else { return Ok(()) };
        let Some(oldest) = cx.view.record(oldest)? else { break };
        delete::remove(cx, &oldest, ChangeKind::Deleted)?;
    }
    let mut tally = cx.tally(container)?;
    if tally.latest.is_some() {
        tally = Tally { withdrawn: tally.latest, latest: None, oldest: None, ..tally };
        (tally.current_nr_of_instances, tally.current_byte_size) = (0, 0);
        cx.view.set_tally(container.node, tally);
        cx.view.arm(Due { at: cx.now, kind: DueKind::Purge, node: container.node });
    }
    Ok(())
}

/// Clears away a step of what lies below a deleted resource. Whatever goes says so first: its subscribers have not heard
/// yet, and its own children are put on the list of what is due, so nothing is recursive and a restart loses nothing.
fn reap(cx: &mut Context<'_>, due: Due, step: usize) -> Result<(), Stop> {
    let children = cx.view.children(due.node, None, Direction::Forward)?.take(step.max(1));
    let children: Vec<_> = children.collect::<Result<_, _>>()?;
    for (resource_type, child) in &children {
        match cx.view.record(*child) {
            Ok(Some(record)) => {
                if record.watched && record.resource_type != notify::SUBSCRIPTION {
                    notify::deleting(cx, &record)?;
                }
                cx.core.behaviours.of(record.resource_type).perishing(cx, &record)?;
                cx.view.remove(&record)?;
            }
            // A record that cannot be read, or is gone already, must not keep the others: its row here goes.
            Ok(None) | Err(StoreError::Corrupt { .. }) => cx.view.forget_child(due.node, *resource_type, *child),
            Err(error) => return Err(error.into()),
        }
    }
    if children.len() < step.max(1) {
        cx.view.disarm(due);
    }
    Ok(())
}

/// Clears away a step of the instances that were withdrawn.
fn clear_withdrawn(cx: &mut Context<'_>, due: Due, step: usize) -> Result<(), Stop> {
    cx.view.disarm(due);
    let Some(container) = cx.view.record(due.node)?.filter(|record| record.tallied) else { return Ok(()) };
    let mut tally = cx.tally(&container)?;
    let Some(last) = tally.withdrawn.filter(|_| cx.view.lives(&container).unwrap_or(false)) else { return Ok(()) };
    let children = cx.view.children(container.node, Some(INSTANCE), Direction::Forward)?;
    let children: Vec<_> = children.take(step.max(1)).collect::<Result<_, _>>()?;
    let mut cleared = 0_usize;
    for (_, node) in children.into_iter().filter(|(_, node)| *node <= last) {
        cleared = cleared.saturating_add(1);
        if let Some(instance) = cx.view.record(node)? {
            delete::remove(cx, &instance, ChangeKind::Deleted)?;
        }
    }
    if cleared < step.max(1) {
        tally.withdrawn = None;
        cx.view.set_tally(container.node, tally);
    } else {
        cx.view.arm(due);
    }
    Ok(())
}

/// A resource has reached its expiration time (TS-0001 9.6.1.3.2).
fn expire(cx: &mut Context<'_>, due: Due) -> Result<(), Stop> {
    cx.view.disarm(due);
    if let Some(record) = cx.view.record(due.node)?
        && record.expiration_time.is_some_and(|at| at <= cx.now)
        && cx.view.lives(&record)?
    {
        delete::remove(cx, &record, ChangeKind::Expired)?;
    }
    Ok(())
}

/// Children that were to go together with their parent, whose own expiration time was put off since.
fn sweep(cx: &mut Context<'_>, due: Due, step: usize) -> Result<(), Stop> {
    let mut gone = 0_usize;
    if let Some(parent) = cx.view.record(due.node)?
        && cx.view.lives(&parent)?
    {
        for node in children(cx, due.node)? {
            let Some(record) = cx.view.record(node)? else { continue };
            if record.expiration_time.is_some_and(|at| at <= cx.now) {
                delete::remove(cx, &record, ChangeKind::Expired)?;
                gone = gone.saturating_add(1);
                if gone >= step {
                    return Ok(());
                }
            }
        }
    }
    cx.view.disarm(due);
    Ok(())
}

/// The maximum age of a container's instances was lowered after they had come.
fn age(cx: &mut Context<'_>, due: Due, step: usize) -> Result<(), Stop> {
    cx.view.disarm(due);
    let Some(container) = cx.view.record(due.node)?.filter(|record| record.tallied) else { return Ok(()) };
    if !cx.view.lives(&container)? {
        return Ok(());
    }
    let mut tally = cx.tally(&container)?;
    tally.age_due = 0;
    cx.view.set_tally(container.node, tally);
    let Some(age) = MAX_INSTANCE_AGE.get(container.attributes()) else { return Ok(()) };
    let age = i64::try_from(age).unwrap_or(i64::MAX);
    for _ in 0..step {
        let Some(oldest) = cx.tally(&container)?.oldest else { return Ok(()) };
        let Some(instance) = cx.view.record(oldest)? else { return Ok(()) };
        let until = instance.creation_time.plus_seconds(age);
        if until > cx.now {
            // The rest knows its own time if it came after the change; if not, it is this one's turn next.
            return if instance.expiration_time.is_some_and(|at| at <= until) {
                Ok(())
            } else {
                arm_age(cx, &container, until)
            };
        }
        delete::remove(cx, &instance, ChangeKind::Expired)?;
    }
    let now = cx.now;
    arm_age(cx, &container, now)
}

fn children(cx: &Context<'_>, parent: Node) -> Result<Vec<Node>, Stop> {
    // Instances last: there may be many, and most go with their container.
    let all = cx.view.children(parent, None, Direction::Forward)?;
    let mut nodes = Vec::new();
    for child in all {
        let (ty, node) = child?;
        nodes.push((ty == INSTANCE, node));
    }
    nodes.sort_unstable();
    Ok(nodes.into_iter().map(|(_, node)| node).collect())
}
