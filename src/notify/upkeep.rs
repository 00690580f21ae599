//! What becomes of lanes when their subscription, its schedule or their target changes or goes.

use super::compose;
use super::lanes::{self, Gate};
use super::terms::{self, Pending, Terms};
use crate::engine::{Context, Stop};
use crate::tree::{Node, Record};
use crate::value::{Map, SmolStr, Value};

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

/// A crossResourceSubscription that is named no longer hears that it has lost this subscription (TS-0004 7.4.8.2.3).
///
/// # Errors
/// When the store fails.
pub fn associations_changed(cx: &mut Context<'_>, old: &Record, new: &Record) -> Result<(), Stop> {
    let of = |record: &Record| terms::ASSOCIATED_CROSS_RESOURCE_SUB.get(record.attributes()).unwrap_or_default();
    let kept = of(new);
    for target in of(old).into_iter().filter(|target| !kept.contains(target)) {
        let creator = terms::CREATOR.get(new.attributes());
        let text = compose::deletion(&cx.core.config, &new.resource_id, creator.as_deref());
        lanes::once(cx, new.node, &target, text)?;
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
