//! What has happened is held against the terms of each subscription, and put into the lanes of those it concerns.

use std::sync::Arc;

use super::event::Event;
use super::lanes::{self, Gate};
use super::schedule::Schedule;
use super::terms::{EventType, Terms};
use super::{GROUP, IMMEDIATE, SUBSCRIPTION, compose};
use crate::engine::{Context, Stop, references, representation};
use crate::primitive::Operation;
use crate::store::Direction;
use crate::tree::{Node, Record};
use crate::value::{Map, SmolStr, Value};

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

fn group(cx: &Context<'_>, target: &str) -> Result<Option<Arc<Record>>, Stop> {
    if target.contains("://") {
        return Ok(None);
    }
    Ok(references::find(cx, target)?.filter(|record| record.resource_type == GROUP))
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
