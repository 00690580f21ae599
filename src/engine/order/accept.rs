//! The acknowledgement of a request, and the `<request>` resource that it names (TS-0004 7.3.2.2, 7.3.2.3).

use super::kept::Order;
use super::{Manner, REQUEST, always_blocks, lifetime, manner};
use crate::codec::primitive;
use crate::engine::context::{Change, ChangeKind, Context, Newborn, Stop};
use crate::engine::create;
use crate::engine::resolve::Target;
use crate::notify;
use crate::primitive::{Content, Rejection, Request, Response, ResponseType, Status};
use crate::resource::RequestStatus;
use crate::tree::{Node, Record};
use crate::value::{AbsRelTimestamp, Map, SmolStr, Timestamp, Value};

/// Acknowledges the request if its originator does not wait for the result; `None` when it does. Whether the target
/// exists and what is allowed there is found out when the operation is carried out.
///
/// # Errors
/// 4000 for what cannot be asked this way; 5000 when there are too many such requests already.
pub fn accept(cx: &mut Context<'_>, target: &Result<Target, Stop>) -> Result<Option<Response>, Stop> {
    let manner = manner(cx.request, cx.now);
    if manner == Manner::Blocking {
        return Ok(None);
    }
    match target {
        Ok(target) if !always_blocks(target) => {}
        Ok(_) if cx.request.response_type == Some(ResponseType::FlexBlocking) => return Ok(None),
        Ok(_) => {
            let reason = "responseType (rt): expected blockingRequest (3), as the target is a request or a long poll";
            return Err(Rejection::bad_request(reason).into());
        }
        Err(Stop::Reject(rejection)) if rejection.status == Status::NOT_FOUND => {}
        // Whoever has the target in hand says it again.
        Err(_) => return Ok(None),
    }
    if cx.is_reader() {
        return Err(Stop::Wait);
    }
    let record = keep(cx, &manner)?;
    let mut response = Response::new(manner.accepted(), cx.request);
    response.originating_timestamp = Some(cx.now);
    response.content = Some(Content::Value(Map::from_iter([("m2m:uri", record.resource_id.clone())]).into()));
    Ok(Some(response))
}

fn keep(cx: &mut Context<'_>, manner: &Manner) -> Result<std::sync::Arc<Record>, Stop> {
    let most = cx.core.config.limits.request_resources;
    let count = cx.view.request_resources()?;
    if count >= most {
        let reason = format!("responseType (rt): {most} request resources exist already; try again later");
        return Err(Rejection::new(Status::INTERNAL_SERVER_ERROR, reason).into());
    }
    let (begins, ends) = lifetime::of(&cx.core.config, cx.request, cx.now)?;
    let order = Order { request: pinned(cx.request, cx.now), targets: targets(cx, manner), due: begins };
    let bytes = order.encode();
    // What could not be read again later is turned down now.
    Order::decode(&bytes)?;
    let Some(resource_type) = cx.core.registry.by_number(REQUEST).cloned() else { return Err(unknown(manner).into()) };
    let base = cx.view.record(Node::ROOT)?;
    let parent = base.ok_or_else(|| Rejection::new(Status::INTERNAL_SERVER_ERROR, "there is no CSEBase"))?;
    let (node, resource_id) = create::identify(cx, &parent, &resource_type.short, true)?;
    let born = Newborn {
        resource_id,
        resource_type,
        node,
        parent,
        resource_name: None,
        // The default access policy is the one that table 7.3.2.2-1 asks for: the originator may RETRIEVE and DELETE it.
        owner: cx.originator.clone(),
        expiration_time: Some(ends),
        attributes: attributes(cx.request),
    };
    let parent = born.parent.clone();
    let record = create::insert(cx, born)?;
    notify::created(cx, &parent, &record)?;
    cx.view.set_request_resources(count.saturating_add(1));
    cx.view.put_order(node, bytes, begins);
    cx.changes.push(Change::new(ChangeKind::Created, record.clone()));
    Ok(record)
}

/// TS-0004 table 7.3.2.2-2.
fn attributes(request: &Request) -> Map {
    let mut meta = primitive::from_request(request);
    for name in ["op", "to", "fr", "rqi", "pc"] {
        meta.remove(name);
    }
    meta.set("rvi", request.release_version_indicator.as_str());
    let originator = request.originator.clone().unwrap_or_default();
    let result = Map::from_iter([
        ("rsc", Value::from(u32::from(Status::ACCEPTED.code()))),
        ("rqi", request.request_identifier.clone().into()),
    ]);
    let mut attributes = Map::from_iter([
        ("lbl", Value::from(vec![originator.clone()])),
        ("op", u32::from(request.operation.number()).into()),
        ("tg", request.to.clone().into()),
        ("org", originator.into()),
        ("rid", request.request_identifier.clone().into()),
        ("mi", meta.into()),
    ]);
    if let Some(content) = &request.content {
        attributes.push("pc", content.clone());
    }
    attributes.push("rs", RequestStatus::Pending.number());
    attributes.push("ors", result);
    attributes
}

/// Relative times count from now, not from when the operation is carried out.
fn pinned(request: &Request, now: Timestamp) -> Request {
    let mut request = request.clone();
    let pin = |time: &mut Option<AbsRelTimestamp>| *time = time.map(|time| AbsRelTimestamp::At(time.resolve(now)));
    pin(&mut request.request_expiration_timestamp);
    pin(&mut request.result_expiration_timestamp);
    pin(&mut request.operation_execution_time);
    request
}

/// TS-0004 7.5.1.2.5: those who are named; the originator, when nothing was said; nobody, when nobody was named.
fn targets(cx: &Context<'_>, manner: &Manner) -> Vec<SmolStr> {
    match manner {
        Manner::Asynch(None) => vec![cx.originator.clone()],
        Manner::Asynch(Some(targets)) => targets.clone(),
        _ => Vec::new(),
    }
}

fn unknown(manner: &Manner) -> Rejection {
    let reason = "responseType (rt): this CSE has no request resources";
    let synch = *manner == Manner::Synch;
    let status = if synch { Status::NON_BLOCKING_SYNCH_REQUEST_NOT_SUPPORTED } else { Status::NOT_IMPLEMENTED };
    Rejection::new(status, reason)
}
