//! Lanes of an owner: opened with it, filled by events, closed with it.

use bytes::Bytes;

use super::terms::{Pending, Terms};
use crate::engine::{Context, Stop, reach, references};
use crate::tree::{Lane, Node};
use crate::value::SmolStr;

/// Opens a lane for a target. Its number is one of the numbers of resources, so that it is never used again.
pub fn open(cx: &mut Context<'_>, owner: Node, target: &SmolStr) -> Result<(Node, Lane), Stop> {
    let number = cx.new_node();
    let mut lane = Lane::new(owner, target.clone());
    lane.wakes_with = entity(cx, target)?;
    cx.view.open_lane(number, &lane);
    Ok((number, lane))
}

/// The AE of ours that a target is.
pub fn entity(cx: &Context<'_>, target: &str) -> Result<Option<Node>, Stop> {
    if target.contains("://") {
        return Ok(None);
    }
    let found = references::find(cx, &reach::without_serialization(target))?;
    Ok(found.filter(|record| record.resource_type == 2).map(|record| record.node))
}

/// The lane of an owner for a target, opened when there is none.
pub fn of_target(cx: &mut Context<'_>, owner: Node, target: &SmolStr) -> Result<(Node, Lane), Stop> {
    for (number, other) in cx.view.lanes_of(owner)?.iter() {
        if other == target
            && let Some(lane) = cx.view.lane(*number)?
        {
            return Ok((*number, lane));
        }
    }
    open(cx, owner, target)
}

/// What an event finds at a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// The schedule lets notifications out, or there is none.
    Open,
    /// It does not, now.
    Closed,
}

/// Puts a notification into a lane, as far as the subscriber's terms want it kept.
pub fn put(
    cx: &mut Context<'_>,
    number: Node,
    mut lane: Lane,
    terms: &Terms,
    gate: Gate,
    notification: Bytes,
) -> Result<(), Stop> {
    if terms.counts {
        lane.events = lane.events.saturating_add(1);
    }
    match (gate, terms.pending) {
        // TS-0004 7.5.1.2.2 step 4: without pendingNotification, what cannot be sent on schedule is discarded.
        (Gate::Closed, Pending::None) => {
            lane.dropped = lane.dropped.saturating_add(1);
            cx.view.set_lane(number, &lane);
            return Ok(());
        }
        (Gate::Closed, Pending::SendLatest) => drop_oldest(cx, number, &mut lane, 0)?,
        _ => {}
    }
    let most = u64::try_from(cx.core.config.limits.notifications_per_target).unwrap_or(u64::MAX).max(1);
    drop_oldest(cx, number, &mut lane, most.saturating_sub(1))?;
    if lane.waiting == 0 {
        lane.batch_began = Some(cx.now);
    }
    cx.view.push_notification(number, &mut lane, notification);
    if lane.due.is_none() {
        // Should the program end before anything leaves, this row brings it back.
        let now = cx.now;
        cx.view.schedule_lane(number, &mut lane, Some(now));
    }
    cx.view.set_lane(number, &lane);
    cx.talk.lanes.push(number);
    Ok(())
}

/// Gives up the oldest until at most so many wait. The caller keeps the lane.
pub fn drop_oldest(cx: &mut Context<'_>, number: Node, lane: &mut Lane, most: u64) -> Result<(), Stop> {
    while lane.waiting > most {
        let excess = usize::try_from(lane.waiting.saturating_sub(most)).unwrap_or(usize::MAX);
        let oldest = cx.view.oldest_notifications(number, lane, excess.min(1024))?;
        if oldest.is_empty() {
            lane.waiting = 0;
        }
        for (sequence, _) in oldest {
            cx.view.take_notification(number, lane, sequence);
            lane.dropped = lane.dropped.saturating_add(1);
        }
    }
    Ok(())
}

/// Makes the lanes of a subscription those of its targets.
pub fn fit(cx: &mut Context<'_>, owner: Node, targets: &[SmolStr]) -> Result<(), Stop> {
    let mut missing: Vec<&SmolStr> = targets.iter().collect();
    for (number, target) in cx.view.lanes_of(owner)?.iter().cloned() {
        if let Some(place) = missing.iter().position(|wanted| **wanted == target) {
            missing.swap_remove(place);
        } else if let Some(lane) = cx.view.lane(number)? {
            cx.view.close_lane(number, &lane)?;
        }
    }
    for target in missing {
        open(cx, owner, target)?;
    }
    Ok(())
}

/// Counting begins anew (Release 4, `notificationStatsEnable`).
pub fn reset_counts(cx: &mut Context<'_>, owner: Node) -> Result<(), Stop> {
    for (number, _) in cx.view.lanes_of(owner)?.iter().cloned() {
        if let Some(mut lane) = cx.view.lane(number)? {
            (lane.events, lane.sent, lane.answered) = (0, 0, 0);
            cx.view.set_lane(number, &lane);
        }
    }
    Ok(())
}

/// The owner is gone. What waits is forgotten with it, or told before the lane goes.
pub fn abandon(cx: &mut Context<'_>, owner: Node, forget: bool) -> Result<(), Stop> {
    for (number, _) in cx.view.lanes_of(owner)?.iter().cloned() {
        let Some(mut lane) = cx.view.lane(number)? else { continue };
        if forget || lane.waiting == 0 {
            cx.view.close_lane(number, &lane)?;
        } else {
            lane.closing = true;
            cx.view.set_lane(number, &lane);
            cx.talk.lanes.push(number);
        }
    }
    Ok(())
}

/// Tells one thing to a target of an owner that is gone, or that has no terms: the lane goes with it.
pub fn once(cx: &mut Context<'_>, owner: Node, target: &SmolStr, notification: Bytes) -> Result<(), Stop> {
    let (number, mut lane) = open(cx, owner, target)?;
    lane.closing = true;
    put(cx, number, lane, &Terms::of(&crate::value::Map::new()), Gate::Open, notification)
}
