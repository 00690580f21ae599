//! NOTIFY (TS-0004 7.3.3.9).

use std::sync::Arc;

use super::authorise;
use super::context::{Context, Stop};
use super::outward::call::Failure;
use super::outward::reach;
use super::rules::{Privilege, Verdict};
use crate::primitive::{Content, Rejection, ReleaseVersion, Request, Response, Status};
use crate::tree::{Node, Record};
use crate::value::{AbsRelTimestamp, Map, SmolStr, Timestamp, Value};

const AE: u32 = 2;

/// The data objects of TS-0004 7.5.1 that a NOTIFY carries.
const NOTIFICATIONS: [&str; 5] = ["m2m:sgn", "m2m:agn", "m2m:rsp", "m2m:rqp", "m2m:seci"];

/// An AE gets what is meant for it; the CSE itself answers who asks whether it is there. An originator without the
/// privilege learns nothing.
///
/// # Errors
/// 4103; 5205 and 4101 for a verification; 5103 when the AE cannot be reached; or 4005.
pub fn notify(cx: &mut Context<'_>, record: &Arc<Record>) -> Result<Response, Stop> {
    let content = cx.request.content.as_ref().and_then(Value::as_map).and_then(Map::single);
    // TS-0004 7.2.1.1: what a NOTIFY can carry. A CREATE whose binding lost its resource type ends up here, too.
    let Some((_, inner)) = content.filter(|(root, _)| NOTIFICATIONS.contains(&root.as_str())) else {
        let reason =
            "content (pc): expected a notification, such as m2m:sgn; for a CREATE, resourceType (ty) is missing";
        return Err(Rejection::bad_request(reason).into());
    };
    let member = |name: &str| inner.as_map().and_then(|inner| inner.get(name));
    let verifies = member("vrq") == Some(&Value::Bool(true));
    if verifies {
        let creator = member("cr").and_then(Value::as_text).map(|creator| creator_of(cx, creator));
        may_notify(cx, record, creator)?;
    } else {
        authorise::require(cx, record, Privilege::NOTIFY, None)?;
    }
    if record.resource_type == AE {
        return retarget(cx, record);
    }
    // TS-0004 7.5.1.2.3: whoever is to be notified may be asked first.
    if record.node == Node::ROOT && verifies {
        return Ok(Response::new(Status::OK, cx.request));
    }
    let name = &cx.type_of(record)?.name;
    Err(Rejection::not_allowed(format!("NOTIFY is not allowed on {name}")).into())
}

/// A creator as this CSE knows it: one without a CSE-ID belongs to the CSE that names it.
fn creator_of(cx: &Context<'_>, creator: &str) -> SmolStr {
    if creator.starts_with('/') || !cx.originator.starts_with('/') {
        cx.core.relative_originator(creator)
    } else {
        format!("{}/{creator}", cx.originator).into()
    }
}

/// TS-0004 7.5.1.2.3: a subscription is welcome when the CSE that hosts it and whoever created it may notify the target.
fn may_notify(cx: &mut Context<'_>, record: &Arc<Record>, creator: Option<SmolStr>) -> Result<(), Stop> {
    let refused = |status, who: &str| {
        let reason = format!("{who} has no privilege to notify the target");
        Err(Rejection::new(status, reason).into())
    };
    if authorise::verdict(cx, record, Privilege::NOTIFY, None)? != Verdict::Permit {
        return refused(Status::SUBSCRIPTION_HOST_HAS_NO_PRIVILEGE, "the CSE that hosts the subscription");
    }
    let Some(creator) = creator else { return Ok(()) };
    let host = std::mem::replace(&mut cx.originator, creator);
    let verdict = authorise::verdict(cx, record, Privilege::NOTIFY, None);
    cx.originator = host;
    if verdict? != Verdict::Permit {
        return refused(Status::SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE, "the creator of the subscription");
    }
    Ok(())
}

/// TS-0004 7.3.3.9.1, TS-0001 10.2.5.17: the AE gets the request over its polling channel or a point of access, and its
/// response is the answer.
fn retarget(cx: &mut Context<'_>, entity: &Record) -> Result<Response, Stop> {
    let request = forwarded(cx, &entity.resource_id)?;
    let unreachable = |reason: String| Stop::from(Rejection::new(Status::TARGET_NOT_REACHABLE, reason));
    match cx.pass_on("notify", &entity.resource_id, request)? {
        Ok(answer) => {
            let mut response = Response::new(answer.status, cx.request);
            response.content = answer.content.filter(|content| *content != Content::Value(Value::Null));
            Ok(response)
        }
        Err(Failure::NotSent(reason) | Failure::Unreachable(reason) | Failure::Impossible(reason)) => {
            Err(unreachable(reason))
        }
        // A request whose own time is over was turned down before it came here again.
        Err(Failure::TimedOut) => Err(unreachable(format!("{} did not answer in time", entity.resource_id))),
    }
}

/// The request as it goes on to the AE.
fn forwarded(cx: &Context<'_>, entity: &SmolStr) -> Result<Request, Stop> {
    let mut request = cx.request.clone();
    request.originator = Some(sp_relative(cx));
    // The times are the same instants for whoever hears of them later.
    let pin = |at: Option<AbsRelTimestamp>, now: Timestamp| at.map(|at| AbsRelTimestamp::At(at.resolve(now)));
    request.request_expiration_timestamp = pin(request.request_expiration_timestamp, cx.now);
    request.result_expiration_timestamp = pin(request.result_expiration_timestamp, cx.now);
    request.operation_execution_time = None;
    // Whatever the originator was promised, this CSE waits for the answer.
    (request.response_type, request.notification_uris) = (None, None);
    if reach::release(cx.core, &cx.view, entity)? == ReleaseVersion::R1 {
        // TS-0004 7.3.2.6: Release 1 knows neither of these.
        (request.release_version_indicator, request.vendor_information) = (ReleaseVersion::R1, None);
    }
    Ok(request)
}

/// Who asks, for somebody who may not know where from (TS-0004 7.3.2.6).
fn sp_relative(cx: &Context<'_>) -> SmolStr {
    if cx.originator.starts_with('/') {
        cx.originator.clone()
    } else {
        format!("{}/{}", cx.core.config.cse_id, cx.originator).into()
    }
}
