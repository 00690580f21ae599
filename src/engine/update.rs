//! UPDATE (TS-0004 7.3.3.4, 7.3.3.7).

use std::sync::Arc;

use super::context::{Change, ChangeKind, Context, Stop};
use super::result::Updated;
use super::rules::Privilege;
use super::{authorise, create, filter, outward::verify, representation, result};
use crate::notify;
use crate::primitive::{FilterUsage, Rejection, Response, ResultContent};
use crate::schema;
use crate::store::Direction;
use crate::tree::{Node, Parts, Record};
use crate::value::{Map, SmolStr, Timestamp, Value};

/// Changes attributes of `record`.
///
/// # Errors
/// The standard's code and a sentence.
pub fn update(cx: &mut Context<'_>, record: &Arc<Record>) -> Result<Response, Stop> {
    let resource_type = cx.type_of(record)?.clone();
    let behaviour = cx.core.behaviours.of(record.resource_type);
    behaviour.may_update(cx, record)?;
    let (root, content) = cx.content()?;
    if *root != resource_type.root {
        let reason = format!("content (pc): expected {}, got \"{}\"", resource_type.root, crate::value::excerpt(root));
        return Err(Rejection::bad_request(reason).into());
    }
    let sent = content.clone();
    let only = authorise_update(cx, record, &sent)?;
    if let Some(criteria) = &cx.request.filter_criteria
        && (criteria.filter_usage == Some(FilterUsage::Conditional) || criteria.has_conditions())
        && !filter::matches(cx, record, criteria)?
    {
        return Err(Rejection::not_found("the target does not match the filter criteria").into());
    }
    let mut wanted = schema::check::update(&resource_type, &cx.core.registry, sent.clone())?;
    let expiration_time = expiration(cx, record, &mut wanted)?;
    if let Some(ids) = authorise::ACCESS_CONTROL_POLICY_IDS.get(&wanted) {
        create::policies_exist(cx, &ids)?;
    }
    behaviour.updating(cx, record, &mut wanted)?;
    if record.watched || cx.anybody_asks() {
        verify::update(cx, record, &wanted)?;
    }
    let compares = cx.request.result_content == Some(ResultContent::ModifiedAttributes);
    let before = if compares { Some(representation::all_attributes(cx, record)?) } else { None };
    let next = replace(cx, record, wanted, expiration_time)?;
    count(cx, &next)?;
    // TS-0001 10.1.4: an update below a resource with a state tag counts as one of the resource.
    if let Some(parent) = cx.view.record(next.parent)? {
        count(cx, &parent)?;
    }
    behaviour.updated(cx, record, &next)?;
    let old = Some(record.clone());
    cx.changes.push(Change { kind: ChangeKind::Updated, record: next.clone(), before: old });
    notify::updated(cx, record, &next, &sent)?;
    result::updated(cx, &next, Updated { before, sent: &sent, only })
}

/// Counts a modification, where a resource has a state tag.
fn count(cx: &mut Context<'_>, record: &Record) -> Result<(), Stop> {
    if record.tallied {
        let mut tally = cx.tally(record)?;
        tally.state_tag = tally.state_tag.saturating_add(1);
        cx.view.set_tally(record.node, tally);
    }
    Ok(())
}

/// TS-0001 9.6.1.3.2: the list of policies is changed alone, with a privilege of its own.
/// Answers the attributes that the originator is bound to, if not all.
fn authorise_update(cx: &Context<'_>, record: &Arc<Record>, content: &Map) -> Result<Option<Vec<SmolStr>>, Stop> {
    let policies = authorise::ACCESS_CONTROL_POLICY_IDS;
    if policies.is_in(content) {
        if content.len() > 1 {
            let reason = "accessControlPolicyIDs (acpi): expected to be the only attribute in its UPDATE";
            return Err(Rejection::bad_request(reason).into());
        }
        authorise::require_change_of_policies(cx, record)?;
        return Ok(None);
    }
    let only = authorise::require(cx, record, Privilege::UPDATE, None)?;
    let names = || content.iter().map(|(name, _)| name);
    match only.as_ref().and_then(|only| names().find(|name| !only.contains(name))) {
        Some(name) => {
            Err(Rejection::no_privilege(format!("the originator has no privilege for attribute {name}")).into())
        }
        None => Ok(only),
    }
}

/// The next expiration time: never beyond the parent's, never before a child's (TS-0004 7.3.3.4).
fn expiration(cx: &Context<'_>, record: &Record, wanted: &mut Map) -> Result<Option<Timestamp>, Stop> {
    if !wanted.contains("et") {
        return Ok(record.expiration_time);
    }
    let parent = cx.parent_of(record)?;
    let most = create::latest_expiration(cx, &parent);
    let next = match wanted.remove("et") {
        Some(Value::Text(text)) => Timestamp::parse(&text).unwrap_or(most),
        // Deleted: the Hosting CSE decides on a new one (TS-0001 9.6.1.3.2).
        _ => most,
    };
    if next <= cx.now {
        return Err(Rejection::bad_request("expirationTime (et): expected a time in the future").into());
    }
    let next = next.min(most);
    if record.expiration_time.is_some_and(|now| next < now) && outlived(cx, record.node, next)? {
        let reason = "expirationTime (et): expected a time that no child resource outlives";
        return Err(Rejection::bad_request(reason).into());
    }
    Ok(Some(next))
}

/// Whether a child lives longer than `until`. The newest children are looked at first: as a rule they live longest.
fn outlived(cx: &Context<'_>, parent: Node, until: Timestamp) -> Result<bool, Stop> {
    for child in cx.view.children(parent, None, Direction::Backward)? {
        let (_, node) = child?;
        let child = cx.view.record(node)?;
        if child.and_then(|child| child.expiration_time).is_some_and(|at| at > until) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lays the wanted attributes over the old ones and puts the result into the tree.
pub fn replace(
    cx: &mut Context<'_>,
    record: &Arc<Record>,
    wanted: Map,
    expiration_time: Option<Timestamp>,
) -> Result<Arc<Record>, Stop> {
    let mut attributes = Map::clone(record.attributes());
    for (name, value) in wanted {
        if value.is_null() {
            attributes.remove(&name);
        } else {
            attributes.set(name, value);
        }
    }
    attributes.set("lt", cx.now);
    if let Some(at) = expiration_time {
        attributes.set("et", at);
    }
    Ok(cx.view.replace(
        record,
        Parts {
            node: record.node,
            resource_type: record.resource_type,
            parent: record.parent,
            creation_time: record.creation_time,
            last_modified_time: cx.now,
            expiration_time,
            resource_name: record.resource_name.clone(),
            resource_id: record.resource_id.clone(),
            owner: record.owner.clone(),
            tallied: record.tallied,
            self_named: record.self_named,
            watched: record.watched,
            attributes,
        },
    )?)
}
