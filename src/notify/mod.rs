//! From a change to a delivered notification (TS-0001 10.2.10, TS-0004 7.5.1).
//!
//! ```text
//! a change ─▶ event ─▶ terms of each subscription ─▶ compose ─▶ lane        in the change-set of its cause
//!                                                                 │
//!            deleted when answered ◀─ answered ◀─ call ◀─ look_at ┘         after the commit, again and again
//! ```
//! A notification is a row in the store from the moment of its cause until it was answered or given up, and every one
//! that is given up is counted. Each target of each subscription has a [lane](crate::tree::Lane) of its own: order is
//! kept within it, and a dead target delays nobody else.

mod compose;
mod deliver;
mod event;
mod lanes;
mod schedule;
pub mod terms;

use std::sync::Arc;

pub use compose::{sp_relative, verification};
pub use deliver::{answered, look_at};
use event::Event;
use lanes::Gate;
pub use lanes::{abandon, fit, reset_counts};
pub use schedule::SCHEDULE;
use schedule::Schedule;
use terms::{EventType, Pending, Terms};

use crate::engine::{Context, Stop, references, representation};
use crate::primitive::Operation;
use crate::store::Direction;
use crate::tree::{Node, Record};
use crate::value::{Map, SmolStr, Value};

/// The type of a subscription.
pub const SUBSCRIPTION: u32 = 23;
/// The type of a group.
const GROUP: u32 = 9;

/// The subscriptions of a resource.
///
/// # Errors
/// When the store fails.
pub fn subscriptions(cx: &Context<'_>, record: &Record) -> Result<Vec<Arc<Record>>, Stop> {
    if !record.watched || record.resource_type == SUBSCRIPTION {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for subscription in cx.view.subscriptions_of(record.node)? {
        found.extend(cx.view.record(subscription)?);
    }
    Ok(found)
}

/// The terms of a subscription.
#[must_use]
pub fn terms(subscription: &Record) -> Arc<Terms> {
    subscription.compiled(Terms::of)
}

/// A resource was created.
///
/// # Errors
/// When the store fails.
pub fn created(cx: &mut Context<'_>, parent: &Arc<Record>, record: &Arc<Record>) -> Result<(), Stop> {
    tell(cx, parent, record, EventType::CREATE_CHILD, None)
}

/// A resource was updated; `sent` is what the UPDATE named.
///
/// # Errors
/// When the store fails.
pub fn updated(cx: &mut Context<'_>, before: &Record, record: &Arc<Record>, sent: &Map) -> Result<(), Stop> {
    if !record.watched {
        return Ok(());
    }
    let mut modified = difference(before.attributes(), record.attributes());
    // What an UPDATE names is updated, even if it gets the value that it had.
    for (name, _) in sent.iter().filter(|(name, _)| record.attributes().contains(name)) {
        if let Some(value) = record.attributes().get(name) {
            modified.set(name.clone(), value.clone());
        }
    }
    if let Some(tag) = cx.core.behaviours.of(record.resource_type).volatile(cx, record)?.get("st") {
        modified.set("st", tag.clone());
    }
    tell(cx, record, record, EventType::UPDATE, Some(&modified))
}

/// A resource is about to be deleted.
///
/// # Errors
/// When the store fails.
pub fn deleting(cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
    tell(cx, record, record, EventType::DELETE, None)?;
    match cx.view.record(record.parent)? {
        Some(parent) if parent.watched => tell(cx, &parent, record, EventType::DELETE_CHILD, None),
        _ => Ok(()),
    }
}

/// A container was asked for children that it does not have.
///
/// # Errors
/// When the store fails; [`Stop::Wait`] for a reader that would have to tell somebody.
pub fn found_empty(cx: &mut Context<'_>, container: &Arc<Record>) -> Result<(), Stop> {
    tell(cx, container, container, EventType::RETRIEVE_EMPTY, None)
}

/// Somebody has tried to do something with a resource, successfully or not.
///
/// # Errors
/// When the store fails; [`Stop::Wait`] for a reader that would have to tell somebody.
pub fn accessed(cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
    tell_all(cx, record, record, None, None)
}

fn tell(
    cx: &mut Context<'_>,
    subscribed: &Arc<Record>,
    record: &Arc<Record>,
    kind: EventType,
    modified: Option<&Map>,
) -> Result<(), Stop> {
    tell_all(cx, subscribed, record, Some(kind), modified)
}

fn tell_all(
    cx: &mut Context<'_>,
    subscribed: &Arc<Record>,
    record: &Arc<Record>,
    kind: Option<EventType>,
    modified: Option<&Map>,
) -> Result<(), Stop> {
    let subscriptions = subscriptions(cx, subscribed)?;
    let mut facts = None;
    for subscription in subscriptions {
        let terms = terms(&subscription);
        // Most subscriptions are not about this kind of event: nothing is read for those.
        let kind_matters = match kind {
            Some(kind) => terms.events.contains(&kind),
            None => !terms.monitors.is_empty(),
        };
        if !kind_matters || subscription.node == record.node {
            continue;
        }
        // Counters are of interest to conditions only.
        let attributes = match terms.conditions.is_empty() {
            true => record.attributes().clone(),
            false => Arc::new(representation::all_attributes(cx, record)?),
        };
        let originator = cx.originator.clone();
        let access = Some((cx.request.operation, &originator)).filter(|_| kind.is_none());
        let event = Event { kind, record, attributes: &attributes, modified, access };
        if !event.concerns(&terms) {
            continue;
        }
        if cx.is_reader() {
            return Err(Stop::Wait);
        }
        let (object, root) = match &facts {
            Some(facts) => facts,
            None => facts.insert((representation::object(cx, record)?, cx.type_of(record)?.root.clone())),
        };
        let text = compose::event(&cx.core.config, &terms, &subscription.resource_id, &event, root, object);
        enqueue(cx, &subscription, &terms, &text)?;
    }
    Ok(())
}

fn enqueue(cx: &mut Context<'_>, subscription: &Record, terms: &Terms, text: &bytes::Bytes) -> Result<(), Stop> {
    // TS-0004 7.5.1.2.2 step 3: what is immediate does not mind the subscription's own schedule.
    let immediate = terms.category == Some(IMMEDIATE);
    let closed = !immediate && !Schedule::of(cx, subscription)?.allows(cx.now);
    let gate = if closed { Gate::Closed } else { Gate::Open };
    for target in &terms.targets {
        if let Some(forwarding) = &terms.forwarding
            && let Some(group) = group(cx, target)?
        {
            // TS-0004 7.5.1.2.6: what goes to a group of ours is gathered there.
            let (number, lane) = lanes::of_target(cx, group.node, forwarding)?;
            let of_group = group.compiled(Terms::of_group);
            lanes::put(cx, number, lane, &of_group, gate, text.clone())?;
            continue;
        }
        let (number, lane) = lanes::of_target(cx, subscription.node, target)?;
        lanes::put(cx, number, lane, terms, gate, text.clone())?;
    }
    Ok(())
}

/// `m2m:eventCat` 2: at once, whatever the schedule says.
const IMMEDIATE: u32 = 2;
/// `m2m:eventCat` 4: only the latest matters.
const LATEST: u32 = 4;

fn group(cx: &Context<'_>, target: &str) -> Result<Option<Arc<Record>>, Stop> {
    if target.contains("://") {
        return Ok(None);
    }
    Ok(references::find(cx, target)?.filter(|record| record.resource_type == GROUP))
}

/// Tells a target the result of what a request resource stood for (TS-0004 7.5.1.2.5).
///
/// # Errors
/// When the store fails.
pub fn result(cx: &mut Context<'_>, owner: Node, target: &str, content: &Value) -> Result<(), Stop> {
    lanes::once(cx, owner, &target.into(), crate::codec::json::encode(content).into())
}

/// A subscription is gone: its target for such news hears of it, whatever waits is told or forgotten.
///
/// # Errors
/// When the store fails.
pub fn subscription_gone(cx: &mut Context<'_>, subscription: &Record, forget: bool) -> Result<(), Stop> {
    let lanes = cx.view.lanes_of(subscription.node)?;
    lanes::abandon(cx, subscription.node, forget)?;
    let attributes = subscription.attributes();
    let others: Vec<SmolStr> = terms::ASSOCIATED_CROSS_RESOURCE_SUB.get(attributes).unwrap_or_default();
    let targets = terms::SUBSCRIBER_URI.get(attributes).into_iter().chain(others);
    for target in targets.collect::<Vec<_>>() {
        let creator = terms::CREATOR.get(attributes);
        let text = compose::deletion(&cx.core.config, &subscription.resource_id, creator.as_deref());
        let own = lanes.iter().find(|(_, other)| *other == target).filter(|_| !forget);
        match own.map(|(number, _)| cx.view.lane(*number).map(|lane| (*number, lane))).transpose()? {
            // Behind what the same target is still to be told, not beside it.
            Some((number, Some(lane))) => lanes::put(cx, number, lane, &Terms::of(&Map::new()), Gate::Open, text)?,
            _ => lanes::once(cx, subscription.node, &target, text)?,
        }
    }
    Ok(())
}

/// A subscription has other terms now: what waits is kept as far as the new ones want it, and looked at again.
///
/// # Errors
/// When the store fails.
pub fn terms_changed(cx: &mut Context<'_>, owner: Node, before: &Terms, after: &Terms) -> Result<(), Stop> {
    for (number, _) in cx.view.lanes_of(owner)?.iter().cloned() {
        let Some(mut lane) = cx.view.lane(number)? else { continue };
        // TS-0004 7.4.8.2.3: what was pending by a policy that is gone goes with it.
        let most = match (before.pending, after.pending) {
            (Pending::SendAll | Pending::SendLatest, Pending::None) => Some(0),
            (Pending::SendAll, Pending::SendLatest) => Some(1),
            _ => None,
        };
        if let Some(most) = most {
            lanes::drop_oldest(cx, number, &mut lane, most)?;
            cx.view.set_lane(number, &lane);
        }
        cx.talk.lanes.push(number);
    }
    Ok(())
}

/// Whatever kept notifications of an owner back may have changed.
///
/// # Errors
/// When the store fails.
pub fn look_again(cx: &mut Context<'_>, owner: Node) -> Result<(), Stop> {
    let lanes = cx.view.lanes_of(owner)?;
    cx.talk.lanes.extend(lanes.iter().map(|(number, _)| *number));
    Ok(())
}

/// An AE can be reached again, or in another way.
///
/// # Errors
/// When the store fails.
pub fn entity_changed(cx: &mut Context<'_>, entity: Node) -> Result<(), Stop> {
    let lanes = cx.view.lanes_awaiting(entity, WAKING)?;
    cx.talk.lanes.extend(lanes);
    Ok(())
}

/// The most lanes that are woken at once with an AE; the others find out when they are due.
const WAKING: usize = 256;

/// What was sent to each target (`m2m:setOfNotificationStatsInfo`).
///
/// # Errors
/// When the store fails.
pub fn statistics(cx: &Context<'_>, subscription: &Record) -> Result<Vec<Map>, Stop> {
    let mut all = Vec::new();
    for (number, target) in cx.view.lanes_of(subscription.node)?.iter().cloned() {
        let Some(lane) = cx.view.lane(number)?.filter(|lane| lane.events.max(lane.sent) > 0) else { continue };
        all.push(Map::from_iter([
            ("tg", Value::from(target)),
            ("rqs", lane.sent.into()),
            ("rsr", lane.answered.into()),
            ("noec", lane.events.into()),
        ]));
    }
    Ok(all)
}

/// The latest instances of a container, as if they had just come, for a subscriber that wants to know what was before
/// (`preSubscriptionNotify`).
///
/// # Errors
/// When the store fails.
pub fn earlier(cx: &mut Context<'_>, parent: &Arc<Record>, subscription: &Arc<Record>, most: u64) -> Result<(), Stop> {
    const INSTANCE: u32 = 4;
    let most = usize::try_from(most).unwrap_or(usize::MAX).min(cx.core.config.limits.notifications_per_target);
    let terms = terms(subscription);
    let children = cx.view.children(parent.node, Some(INSTANCE), Direction::Backward)?;
    let mut nodes: Vec<Node> = children.take(most).map(|child| Ok(child?.1)).collect::<Result<_, Stop>>()?;
    nodes.reverse();
    for node in nodes {
        let Some(record) = cx.view.record(node)? else { continue };
        let attributes = representation::all_attributes(cx, &record)?;
        let event = Event {
            kind: Some(EventType::CREATE_CHILD),
            record: &record,
            attributes: &attributes,
            modified: None,
            access: None::<(Operation, &SmolStr)>,
        };
        if event.concerns(&terms) {
            let root = cx.type_of(&record)?.root.clone();
            let object = representation::object(cx, &record)?;
            let text = compose::event(&cx.core.config, &terms, &subscription.resource_id, &event, &root, &object);
            enqueue(cx, subscription, &terms, &text)?;
        }
    }
    Ok(())
}

/// What is different; what is gone is null.
#[must_use]
pub fn difference(before: &Map, after: &Map) -> Map {
    let mut different: Map = after
        .iter()
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, _) in before.iter().filter(|(name, _)| !after.contains(name)) {
        different.set(name.clone(), Value::Null);
    }
    different
}
