//! DELETE (TS-0004 7.3.3.8).

use std::sync::Arc;

use super::context::{Change, ChangeKind, Context, Stop};
use super::resolve::Target;
use super::rules::Privilege;
use super::{authorise, filter, result, retrieve};
use crate::notify;
use crate::primitive::{FilterUsage, Rejection, Response};
use crate::tree::Record;

/// Deletes the target and everything below it, in one step for every observer.
///
/// # Errors
/// The standard's code and a sentence.
pub fn delete(cx: &mut Context<'_>, target: &Target) -> Result<Response, Stop> {
    let record = retrieve::instance_or_itself(cx, target, Privilege::DELETE)?;
    let behaviour = cx.core.behaviours.of(record.resource_type);
    authorise::require(cx, &record, Privilege::DELETE, None)?;
    behaviour.may_delete(cx, &record)?;
    if let Some(criteria) = &cx.request.filter_criteria
        && (criteria.filter_usage == Some(FilterUsage::Conditional) || criteria.has_conditions())
        && !filter::matches(cx, &record, criteria)?
    {
        return Err(Rejection::not_found("the target does not match the filter criteria").into());
    }
    cx.wait_in_line(record.node)?;
    let response = result::deleted(cx, &record)?;
    remove(cx, &record, ChangeKind::Deleted)?;
    Ok(response)
}

/// Takes a resource out of the tree, whatever the reason.
///
/// # Errors
/// When the store fails.
pub fn remove(cx: &mut Context<'_>, record: &Arc<Record>, kind: ChangeKind) -> Result<(), Stop> {
    notify::deleting(cx, record)?;
    cx.core.behaviours.of(record.resource_type).removing(cx, record)?;
    cx.changes.push(Change::new(kind, record.clone()));
    Ok(())
}
