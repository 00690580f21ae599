//! One request to `fopt`, one for each member, one answer (TS-0004 7.4.14).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::choice::{self, Chosen};
use super::{
    CURRENT_NR_OF_MEMBERS, FAN_OUT_POINT, MEMBER_IDS, MEMBER_TYPE, aggregate::Aggregate, member, subscribe, trail,
};
use crate::codec::json;
use crate::engine::context::{Change, ChangeKind, Context, Stop};
use crate::engine::resolve::Target;
use crate::engine::rules::Privilege;
use crate::engine::{authorise, pipeline, update};
use crate::notify;
use crate::primitive::{FilterUsage, Operation, Rejection, Request, Response, Status};
use crate::tree::{Node, Record, base32};
use crate::value::{Map, SmolStr};

/// The most questions of members that are under way at once; the others are asked when these are answered.
const ASKED_AT_ONCE: usize = 256;

/// Fans the request out to the members of `group`, or to what lies at `suffix` below each of them.
///
/// # Errors
/// 4103 for who may not, 4109 for a group without members, 4108 for a child that no member can hold, 5209 when nobody
/// answered. What members say is no error.
pub fn fan_out(cx: &mut Context<'_>, group: &Arc<Record>, suffix: &str) -> Result<Response, Stop> {
    authorise::require_for_members(cx, group, privilege(cx.request), cx.request.resource_type)?;
    can_hold(cx, group, suffix)?;
    let ids = MEMBER_IDS.get(group.attributes()).unwrap_or_default();
    if ids.is_empty() {
        return Err(Rejection::new(Status::NO_MEMBERS, "memberIDs (mid): the group has no members").into());
    }
    let members = choice::members(cx, group, ids)?;
    let content = cx.request.content.as_ref().map_or(0, |content| json::encode(content).len());
    cx.trail.enter(&cx.core.config.limits, members.len(), content)?;
    let result = to_each(cx, group, suffix, &members);
    cx.trail.leave();
    result
}

fn privilege(request: &Request) -> Privilege {
    let usage = request.filter_criteria.as_ref().and_then(|criteria| criteria.filter_usage);
    match request.operation {
        Operation::Create => Privilege::CREATE,
        Operation::Retrieve if usage == Some(FilterUsage::Discovery) => Privilege::DISCOVERY,
        Operation::Retrieve => Privilege::RETRIEVE,
        Operation::Update => Privilege::UPDATE,
        Operation::Delete => Privilege::DELETE,
        Operation::Notify => Privilege::NOTIFY,
    }
}

/// TS-0004 7.4.14.2.1: where all members are of one type, a child that this type cannot have need not be tried.
fn can_hold(cx: &Context<'_>, group: &Record, suffix: &str) -> Result<(), Stop> {
    let Some(child) = cx.request.resource_type.filter(|_| suffix.is_empty()) else { return Ok(()) };
    let registry = &cx.core.registry;
    let members = MEMBER_TYPE.get(group.attributes()).and_then(|number| registry.by_number(number));
    match members.zip(registry.by_number(child)) {
        Some((members, child)) if !members.may_hold(child.number) => {
            let (child, members) = (&child.name, &members.name);
            let reason = format!("resourceType (ty): {child} cannot be a child of the members, which are {members}");
            Err(Rejection::new(Status::INVALID_CHILD_RESOURCE_TYPE, reason).into())
        }
        _ => Ok(()),
    }
}

fn to_each(cx: &mut Context<'_>, group: &Arc<Record>, suffix: &str, members: &[Chosen]) -> Result<Response, Stop> {
    let mut request = for_members(cx, group, suffix, members)?;
    let deletes = request.operation == Operation::Delete && suffix.is_empty();
    let mut aggregate = Aggregate::new(members.len());
    let mut gone = BTreeSet::new();
    let (mut waits, mut late) = (false, false);
    for member in members {
        request.to = member::below(&member.id, suffix);
        request.group_request_target_members.clone_from(&member.only);
        let real = deletes && !member::find(cx, "memberIDs (mid)", &member.id)?.is_virtual();
        cx.trail.late = false;
        let asked = cx.talk.wanted.len();
        let mut response = walk(cx, &request, &member.id);
        late |= cx.trail.late;
        if response.is_none() && !cx.is_reader() && cx.talk.wanted.len() == asked && cx.talk.behind.is_none() {
            // It waits for nothing that it has asked for, as a long poll does.
            let reason = "what waits until something comes cannot be asked for through a group";
            response = Some(Response::rejected(&Rejection::not_allowed(reason), &request));
        }
        match response {
            None => {
                waits = true;
                if cx.is_reader() || cx.talk.wanted.len() >= ASKED_AT_ONCE {
                    break;
                }
            }
            // TS-0004 7.4.14.2.5: whoever did not answer in time is left out.
            Some(response) if cx.trail.late && !response.status.is_success() => {}
            Some(response) => {
                if real && response.status == Status::DELETED {
                    gone.insert(member.id.clone());
                }
                aggregate.add(&member.id, response);
            }
        }
    }
    cx.trail.late = late;
    if waits {
        if cx.talk.behind.is_some() {
            // Whoever stands in line asks nobody and holds nothing meanwhile: two requests never wait for each other.
            cx.talk.wanted.clear();
            cx.talk.holds.clear();
        }
        return Err(Stop::Wait);
    }
    if aggregate.is_empty() {
        let reason = "no member of the group answered in time";
        return Err(Rejection::new(Status::GROUP_MEMBERS_NOT_RESPONDED, reason).into());
    }
    strike_off(cx, group.node, &gone)?;
    Ok(aggregate.finish(cx.request))
}

/// What all members are asked, but for the target.
fn for_members(cx: &mut Context<'_>, group: &Arc<Record>, suffix: &str, members: &[Chosen]) -> Result<Request, Stop> {
    let mut request = cx.request.clone();
    if request.group_request_identifier.is_none() && goes_on(suffix, members) {
        request.group_request_identifier = Some(identifier(cx)?);
        cx.trail.goals.insert(trail::goal(&Target::FanOut(group.clone(), suffix.into())));
    }
    // Members answer at once, and to this CSE. When and how the originator hears of it is between it and this CSE.
    (request.response_type, request.notification_uris) = (None, None);
    (request.result_persistence, request.operation_execution_time) = (None, None);
    request.group_somecast_target_number = None;
    subscribe::through(cx.core, group, &mut request);
    Ok(request)
}

/// Whether any member may fan the request out again.
fn goes_on(suffix: &str, members: &[Chosen]) -> bool {
    let fans_out = |path: &str| path.split('/').any(|name| name == FAN_OUT_POINT);
    fans_out(suffix) || members.iter().any(|member| fans_out(&member.id))
}

/// A group request identifier that no other request has. That of a reader never leaves it.
fn identifier(cx: &mut Context<'_>) -> Result<SmolStr, Stop> {
    cx.pinned("gid", |cx| {
        let number = if cx.is_reader() { Node::ROOT } else { cx.new_node() };
        let at = u64::try_from(cx.now.as_micros()).unwrap_or(0);
        Ok(format!("{}-{}-{}", cx.core.config.base_id(), base32(number.0), base32(at)).into())
    })
}

/// Walks the request of one member like any other, on top of what its siblings did. What it does joins them; when it is
/// rejected, nothing of it is left. `None` while it waits for somebody.
fn walk(cx: &mut Context<'_>, request: &Request, name: &str) -> Option<Response> {
    let mut draft = std::mem::take(&mut cx.view.draft);
    let layer = cx.view.layer(&draft);
    let mut part = Context {
        core: cx.core,
        view: cx.view.on(&layer),
        request,
        originator: SmolStr::default(),
        now: cx.now,
        next_node: cx.next_node,
        changes: Vec::new(),
        talk: cx.talk.part(name),
        trail: std::mem::take(&mut cx.trail),
        target: None,
    };
    let response = pipeline::walk(&mut part);
    let Context { view, changes, next_node, talk, trail, .. } = part;
    let done = view.draft;
    cx.talk.take_over(talk);
    cx.trail = trail;
    cx.next_node = next_node;
    cx.changes.extend(changes);
    draft.absorb(done);
    cx.view.draft = draft;
    response
}

/// TS-0004 7.4.14.3.5: members that are deleted are members no more. The group may be among them.
fn strike_off(cx: &mut Context<'_>, group: Node, gone: &BTreeSet<SmolStr>) -> Result<(), Stop> {
    if gone.is_empty() {
        return Ok(());
    }
    let Some(record) = cx.view.record(group)? else { return Ok(()) };
    if !cx.view.lives(&record)? {
        return Ok(());
    }
    let mut ids = MEMBER_IDS.get(record.attributes()).unwrap_or_default();
    ids.retain(|id| !gone.contains(id));
    let mut wanted = Map::new();
    CURRENT_NR_OF_MEMBERS.set(&mut wanted, ids.len() as u64);
    MEMBER_IDS.set(&mut wanted, ids);
    let next = update::replace(cx, &record, wanted, record.expiration_time)?;
    notify::updated(cx, &record, &next, &Map::new())?;
    cx.changes.push(Change { kind: ChangeKind::Updated, record: next, before: Some(record) });
    Ok(())
}
