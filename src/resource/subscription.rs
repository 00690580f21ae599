//! `<subscription>` (TS-0001 9.6.8, TS-0004 7.4.8): who is told of what happens to its parent, and how.
//!
//! The parent gets a mark, so that what nobody subscribed to is changed without looking for subscriptions. Each target
//! gets a lane for its notifications. The one surprise: targets are asked before the subscription exists.

use std::sync::Arc;

use super::Behaviour;
use crate::codec::format::Format;
use crate::engine::rules::Privilege;
use crate::engine::{Context, Newborn, Stop, authorise, verify};
use crate::notify::terms::{self, EventType, Terms};
use crate::notify::{self, SUBSCRIPTION};
use crate::primitive::{Rejection, ReleaseVersion, Status};
use crate::schema::ResourceType;
use crate::store::Direction;
use crate::tree::Record;
use crate::value::{Attr, Duration, Map, SmolStr, Value, excerpt};

const PRE_SUBSCRIPTION_NOTIFY: Attr<u64> = Attr::new("psn");
const NOTIFICATION_STATS_INFO: Attr<Vec<Map>> = Attr::new("nsi");
/// Attributes that go with a subscription that blocks updates (TS-0004 7.4.8.2.1); `nct` and `cr` are the CSE's own.
const WITH_BLOCKING: [&str; 4] = ["enc", "nu", "nct", "cr"];
const AE: u32 = 2;
const CONTAINER: u32 = 3;

pub(super) struct Subscription;

impl Behaviour for Subscription {
    fn creating(&self, cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        let parent = born.parent.clone();
        // TS-0004 7.4.8.2.1, Recv-6.3: who may not read it is not told of it.
        authorise::require(cx, &parent, Privilege::RETRIEVE, None)?;
        let parent_type = cx.type_of(&parent)?.clone();
        let wanted = Terms::of(&born.attributes);
        criteria(&parent_type, &parent, &born.attributes, &wanted)?;
        if wanted.blocks_updates() {
            blocking(cx, &parent, &born.attributes, &wanted)?;
        }
        complete(&mut born.attributes, &wanted);
        check_targets(cx, &wanted.targets, &born.attributes)?;
        if let Some(name) = &born.resource_name
            && cx.view.child_named(parent.node, name)?.is_some()
        {
            // Said before anybody is asked in vain.
            return Err(Rejection::conflict(format!("resourceName (rn): \"{name}\" exists already there")).into());
        }
        // TS-0004 7.4.8.2.1: whoever is told of another's wish hears whose it is. From Release 4 on, when it is asked for.
        if cx.request.release_version_indicator < ReleaseVersion::R4 {
            for target in &wanted.targets {
                if !verify::is_originator(cx, target)? {
                    terms::CREATOR.set(&mut born.attributes, cx.originator.clone());
                }
            }
        }
        verify::targets(cx, &born.resource_id, &wanted.targets)
    }

    fn created(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        let parent = cx.parent_of(record)?;
        cx.view.set_watched(&parent, true);
        notify::fit(cx, record.node, &notify::terms(record).targets)?;
        match PRE_SUBSCRIPTION_NOTIFY.get(record.attributes()) {
            Some(most) if parent.resource_type == CONTAINER => notify::earlier(cx, &parent, record, most),
            _ => Ok(()),
        }
    }

    fn updating(&self, cx: &mut Context<'_>, record: &Arc<Record>, wanted: &mut Map) -> Result<(), Stop> {
        let mut next = Map::clone(record.attributes());
        for (name, value) in wanted.iter() {
            if value.is_null() {
                next.remove(name);
            } else {
                next.set(name.clone(), value.clone());
            }
        }
        let after = Terms::of(&next);
        let enc = wanted.get("enc").is_some_and(|enc| !enc.is_null());
        if enc && after.blocks_updates() {
            let reason = "notificationEventType (net): blocking update (7) is chosen when the subscription is created";
            return Err(Rejection::bad_request(reason).into());
        }
        if notify::terms(record).blocks_updates() && wanted.iter().any(|(name, _)| !WITH_BLOCKING.contains(&&**name)) {
            return Err(only_blocking().into());
        }
        let parent = cx.parent_of(record)?;
        criteria(&cx.type_of(&parent)?.clone(), &parent, &next, &after)?;
        check_targets(cx, &after.targets, &next)?;
        if let Some(bn) = wanted.get_mut("bn") {
            default_duration(bn);
        }
        // Release 4: switched on, again or anew, counting begins at nothing; switched off, what was counted stays.
        if wanted.get("nse").is_some_and(|nse| *nse != Value::Bool(false)) {
            notify::reset_counts(cx, record.node)?;
        }
        let before = notify::terms(record);
        let new: Vec<SmolStr> =
            after.targets.iter().filter(|target| !before.targets.contains(target)).cloned().collect();
        verify::targets(cx, &record.resource_id, &new)
    }

    fn updated(&self, cx: &mut Context<'_>, old: &Arc<Record>, new: &Arc<Record>) -> Result<(), Stop> {
        let (before, after) = (notify::terms(old), notify::terms(new));
        if before.targets != after.targets {
            notify::fit(cx, new.node, &after.targets)?;
        }
        notify::terms_changed(cx, new.node, &before, &after)?;
        notify::associations_changed(cx, old, new)
    }

    /// `notificationStatsInfo` (Release 4): what was sent to each target.
    fn volatile(&self, cx: &Context<'_>, record: &Arc<Record>) -> Result<Map, Stop> {
        let mut map = Map::new();
        if terms::NOTIFICATION_STATS_ENABLE.get(record.attributes()).is_some() {
            let stats = notify::statistics(cx, record)?;
            if !stats.is_empty() {
                map.set(NOTIFICATION_STATS_INFO.name(), stats);
            }
        }
        Ok(map)
    }

    fn removing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        // TS-0004 7.4.8.2.4: what still waits is removed with it.
        notify::subscription_gone(cx, record, true)?;
        cx.view.remove(record)?;
        let parent = cx.parent_of(record)?;
        let mut others = cx.view.children(parent.node, Some(SUBSCRIPTION), Direction::Forward)?;
        let watched = others.next().is_some();
        drop(others);
        cx.view.set_watched(&parent, watched);
        Ok(())
    }

    /// It goes with its parent: what was told last of that one is still delivered.
    fn perishing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        notify::subscription_gone(cx, record, false)
    }
}

/// What fits together and what does not (TS-0004 7.4.8.2.1 and 7.4.8.2.3).
fn criteria(parent_type: &ResourceType, parent: &Record, attributes: &Map, terms: &Terms) -> Result<(), Rejection> {
    let criteria = attributes.get("enc").and_then(Value::as_map);
    let has = |name: &str| criteria.is_some_and(|map| map.contains(name));
    if has("net") && has("om") {
        return Err(Rejection::bad_request(
            "eventNotificationCriteria (enc): expected notificationEventType (net) or operationMonitor (om), not both",
        ));
    }
    if terms.monitors.iter().any(|monitor| monitor.operations.is_none() && monitor.originator.is_none()) {
        return Err(Rejection::bad_request(
            "operationMonitor (om): expected operations (ops) or an originator (or) or both",
        ));
    }
    for event in &terms.events {
        match event.0 {
            1..=4 | 7 => {}
            5 if parent.resource_type == CONTAINER => {}
            5 => {
                return Err(Rejection::bad_request(
                    "notificationEventType (net): 5 goes with a container as the subscribed-to resource only",
                ));
            }
            6 if parent.resource_type == AE => {
                let reason = "notificationEventType (net): triggers (6) are not supported by this CSE yet";
                return Err(Rejection::not_implemented(reason));
            }
            6 => {
                let reason = "notificationEventType (net): 6 goes with an AE as the subscribed-to resource only";
                return Err(Rejection::bad_request(reason));
            }
            other => {
                let reason = format!(
                    "notificationEventType (net): {other} goes with a timeSeries as the subscribed-to resource only"
                );
                return Err(Rejection::bad_request(reason));
            }
        }
    }
    if has("md") {
        return Err(Rejection::bad_request(
            "missingData (md): goes with a timeSeries as the subscribed-to resource only",
        ));
    }
    if let Some(types) = &terms.child_types {
        for number in types {
            let known = u32::try_from(*number).is_ok_and(|number| parent_type.may_hold(number));
            if !known {
                let reason = format!("childResourceType (chty): {number} cannot be a child of {}", parent_type.name);
                return Err(Rejection::bad_request(reason));
            }
        }
    }
    content_type(attributes, terms)
}

/// TS-0001 table 9.6.8-4.
fn content_type(attributes: &Map, terms: &Terms) -> Result<(), Rejection> {
    let Some(content_type) = terms::NOTIFICATION_CONTENT_TYPE.get(attributes) else { return Ok(()) };
    let fits = |event: &EventType| match content_type {
        1 | 3 => *event != EventType::BLOCKING_UPDATE,
        2 => matches!(*event, EventType::UPDATE | EventType::BLOCKING_UPDATE),
        _ => false,
    };
    if content_type > 3 {
        let reason = format!("notificationContentType (nct): {content_type} is not supported by this CSE yet");
        return Err(Rejection::not_implemented(reason));
    }
    match terms.events.iter().find(|event| !fits(event)) {
        None => Ok(()),
        Some(EventType(event)) => Err(Rejection::bad_request(format!(
            "notificationContentType (nct): {content_type} does not go with notificationEventType (net) {event}"
        ))),
    }
}

fn blocking(cx: &Context<'_>, parent: &Arc<Record>, attributes: &Map, terms: &Terms) -> Result<(), Stop> {
    let bad = |reason: &'static str| Stop::from(Rejection::bad_request(reason));
    if terms.events.len() > 1 {
        return Err(bad("notificationEventType (net): blocking update (7) is not combined with others"));
    }
    for other in notify::subscriptions(cx, parent)? {
        if notify::terms(&other).blocks_updates() {
            let reason =
                "notificationEventType (net): the resource has a subscription with blocking update (7) already";
            return Err(Rejection::new(Status::BLOCKING_SUBSCRIPTION_ALREADY_EXISTS, reason).into());
        }
    }
    match terms.targets.as_slice() {
        [target] if !target.contains("://") => {}
        [_] => {
            return Err(bad("notificationURI (nu): expected the identifier of an AE for a blocking update, got a URL"));
        }
        _ => return Err(bad("notificationURI (nu): expected one target for a blocking update")),
    }
    let specific = |name: &str| {
        matches!(
            name,
            "exc" | "gpi" | "nfu" | "bn" | "rl" | "psn" | "pn" | "nsp" | "ln" | "nec" | "su" | "acrs" | "nse"
        )
    };
    if attributes.iter().any(|(name, _)| specific(name)) {
        return Err(only_blocking().into());
    }
    let criteria = attributes.get("enc").and_then(Value::as_map);
    if criteria.is_some_and(|map| map.iter().any(|(name, _)| name != "net" && name != "atr")) {
        return Err(bad("eventNotificationCriteria (enc): a blocking update goes with attribute (atr) only"));
    }
    Ok(())
}

fn only_blocking() -> Rejection {
    Rejection::bad_request("a subscription with blocking update (7) has no attributes of its own but enc and nu")
}

fn check_targets(cx: &Context<'_>, targets: &[SmolStr], attributes: &Map) -> Result<(), Rejection> {
    let most = cx.core.config.limits.subscription_targets;
    let others = terms::ASSOCIATED_CROSS_RESOURCE_SUB.get(attributes).map_or(0, |list| list.len());
    for (name, count) in [("notificationURI (nu)", targets.len()), ("associatedCrossResourceSub (acrs)", others)] {
        if count > most {
            return Err(Rejection::unacceptable(format!("{name}: expected at most {most} targets, got {count}")));
        }
    }
    for target in targets {
        if let Some(format) = crate::engine::reach::serialization(target)
            && !Format::parse(format).is_some_and(Format::is_supported)
        {
            let spoken = Format::ALL.into_iter().filter(|format| format.is_supported());
            let spoken = spoken.map(|format| format!("ct={}", format.name())).collect::<Vec<_>>().join(" or ");
            let reason = format!("notificationURI (nu): expected {spoken}, got ct={}", excerpt(format));
            return Err(Rejection::not_implemented(reason));
        }
        if target.is_empty() || target.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Rejection::bad_request("notificationURI (nu): expected URLs or identifiers without spaces"));
        }
    }
    Ok(())
}

/// What the originator left to the CSE.
fn complete(attributes: &mut Map, terms: &Terms) {
    if !terms::NOTIFICATION_CONTENT_TYPE.is_in(attributes) {
        terms::NOTIFICATION_CONTENT_TYPE.set(attributes, if terms.blocks_updates() { 2 } else { 1 });
    }
    if let Some(bn) = attributes.get_mut("bn") {
        default_duration(bn);
    }
}

/// TS-0004 7.4.8.2.1: a batch without a duration gets the default one.
fn default_duration(batch: &mut Value) {
    let Value::Map(map) = batch else { return };
    let given = map.get("dur").and_then(Value::as_text).and_then(Duration::parse);
    if given.is_none() {
        map.set("dur", "PT1M");
    }
}
