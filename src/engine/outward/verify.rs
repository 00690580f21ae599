//! Asking a target before it is told anything (TS-0004 7.4.8.2.1, 7.5.1.2.3), and before a resource is changed
//! (7.5.1.2.19).

use std::sync::Arc;

use super::call::Failure;
use super::reach;
use crate::engine::context::{Context, Stop};
use crate::engine::rules::{Privilege, Verdict};
use crate::engine::{authorise, references};
use crate::notify;
use crate::notify::terms::EventType;
use crate::primitive::{Operation, Rejection, Request, Response, Status};
use crate::tree::Record;
use crate::value::{Map, SmolStr, Value, excerpt};

const AE: u32 = 2;

/// Asks those targets that are not the originator itself whether they want to be told. All are asked at once.
///
/// # Errors
/// 4101 and 5204; [`Stop::Wait`] until all have answered.
pub fn targets(cx: &mut Context<'_>, subscription: &str, targets: &[SmolStr]) -> Result<(), Stop> {
    let mut waits = false;
    for (place, target) in targets.iter().enumerate() {
        if is_originator(cx, target)? || is_local_group(cx, target)? {
            continue;
        }
        may_be_told(cx, target)?;
        let content = notify::verification(&cx.core.config, subscription, &cx.originator);
        let request = request(cx, target, &format!("v{place}"), content)?;
        match cx.ask(&format!("verify/{place}"), target, request) {
            Ok(outcome) => verified(target, &outcome)?,
            Err(Stop::Wait) => waits = true,
            Err(stop) => return Err(stop),
        }
    }
    if waits { Err(Stop::Wait) } else { Ok(()) }
}

fn verified(target: &str, outcome: &super::ask::Outcome) -> Result<(), Rejection> {
    let target = excerpt(target);
    let reason = match outcome {
        Ok(response) if response.status.is_success() => return Ok(()),
        // TS-0004 7.5.1.2.3: what the target says of privileges is what the subscriber hears.
        Ok(response)
            if matches!(
                response.status,
                Status::SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE | Status::SUBSCRIPTION_HOST_HAS_NO_PRIVILEGE
            ) =>
        {
            let reason = format!("notificationURI (nu): \"{target}\" does not want these notifications");
            return Err(Rejection::new(response.status, reason));
        }
        Ok(response) => {
            format!("notificationURI (nu): \"{target}\" answered {} when asked", response.status.code())
        }
        Err(failure) => format!("notificationURI (nu): \"{target}\" cannot be asked: {failure}"),
    };
    Err(Rejection::new(Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED, reason))
}

/// The creator of a subscription needs the privilege to notify an AE of ours that it names.
fn may_be_told(cx: &Context<'_>, target: &str) -> Result<(), Stop> {
    let Some(record) = local(cx, target)? else { return Ok(()) };
    if record.resource_type != AE {
        let reason = format!("notificationURI (nu): \"{}\" is neither a URL nor an AE", excerpt(target));
        return Err(Rejection::new(Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED, reason).into());
    }
    if authorise::verdict(cx, &record, Privilege::NOTIFY, None)? == Verdict::Permit {
        return Ok(());
    }
    let reason = format!("notificationURI (nu): the originator may not notify \"{}\"", excerpt(target));
    Err(Rejection::new(Status::SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE, reason).into())
}

fn local(cx: &Context<'_>, target: &str) -> Result<Option<Arc<Record>>, Stop> {
    if target.contains("://") {
        return Ok(None);
    }
    Ok(references::find(cx, &reach::without_serialization(target))?)
}

fn is_local_group(cx: &Context<'_>, target: &str) -> Result<bool, Stop> {
    Ok(local(cx, target)?.is_some_and(|record| record.resource_type == 9))
}

/// Whether a target is who asks: the identifier of an AE, in any form.
///
/// # Errors
/// When the store fails.
pub fn is_originator(cx: &Context<'_>, target: &str) -> Result<bool, Stop> {
    let is = |id: &str| cx.core.relative_originator(id) == cx.originator;
    if !target.contains("://") && is(&reach::without_serialization(target)) {
        return Ok(true);
    }
    Ok(local(cx, target)?.is_some_and(|record| record.resource_type == AE && is(&record.resource_id)))
}

fn request(cx: &Context<'_>, target: &str, mark: &str, content: Value) -> Result<Request, Stop> {
    let mut request = Request::new(Operation::Notify, reach::without_serialization(target));
    request.originator = Some(cx.core.config.cse_id.clone());
    request.request_identifier = format!("{mark}-{}", cx.request.request_identifier).into();
    request.release_version_indicator = reach::release(cx.core, &cx.view, target)?;
    request.content = Some(content);
    Ok(request)
}

/// Asks the target of a blocking subscription whether an UPDATE may be carried out. Nothing is held meanwhile but other
/// UPDATEs and DELETEs of the same resource (TS-0001 10.2.10.7).
///
/// # Errors
/// 5107 and 4127 when it may not; [`Stop::Wait`] until that is known.
pub fn update(cx: &mut Context<'_>, record: &Arc<Record>, wanted: &Map) -> Result<(), Stop> {
    cx.wait_in_line(record.node)?;
    for subscription in notify::subscriptions(cx, record)? {
        let terms = notify::terms(&subscription);
        let Some(target) = terms.targets.first().filter(|_| terms.blocks_updates()) else { continue };
        let concerned =
            terms.attributes.as_ref().is_none_or(|names| wanted.iter().any(|(name, _)| names.contains(name)));
        if !concerned {
            continue;
        }
        let root = cx.type_of(record)?.root.clone();
        let event = Map::from_iter([
            ("rep", Value::from(Map::from_iter([(root, wanted.clone())]))),
            ("net", EventType::BLOCKING_UPDATE.0.into()),
        ]);
        let mut notification = Map::from_iter([
            ("nev", Value::from(event)),
            ("sur", notify::sp_relative(&cx.core.config, &subscription.resource_id).into()),
        ]);
        if let Some(creator) = &terms.creator {
            notification.set("cr", creator.clone());
        }
        let content = Map::from_iter([("m2m:sgn", notification)]).into();
        let request = request(cx, target, "b", content)?;
        cx.talk.holds.push(record.node);
        let outcome = cx.ask(&format!("update/{}", record.resource_id), target, request)?;
        agreed(&outcome)?;
    }
    Ok(())
}

/// TS-0004 7.3.2.9: who cannot be reached, and who says no.
fn agreed(outcome: &Result<Response, Failure>) -> Result<(), Rejection> {
    let no = |status, reason: String| Err(Rejection::new(status, reason));
    match outcome {
        Ok(response) if response.status.is_success() => Ok(()),
        Ok(response) if response.status == Status::TARGET_NOT_REACHABLE => {
            no(Status::REMOTE_ENTITY_NOT_REACHABLE, "whoever has to agree to this update cannot be reached".into())
        }
        Ok(response) => no(
            Status::OPERATION_DENIED_BY_REMOTE_ENTITY,
            format!("whoever has to agree to this update answered {}", response.status.code()),
        ),
        Err(failure) => no(
            Status::REMOTE_ENTITY_NOT_REACHABLE,
            format!("whoever has to agree to this update cannot be reached: {failure}"),
        ),
    }
}
