//! RETRIEVE of a resource or of the latest or oldest instance (TS-0004 7.3.3.6, 7.4.27, 7.4.28).

use std::sync::Arc;

use super::context::{Context, Stop};
use super::resolve::Target;
use super::rules::Privilege;
use super::{authorise, filter, representation, result};
use crate::primitive::{FilterUsage, Rejection, Response, ResultContent as Rcn};
use crate::tree::Record;
use crate::value::{Map, SmolStr, Value};

/// Answers the target, in the shape that the originator asked for.
///
/// # Errors
/// The standard's code and a sentence.
pub fn retrieve(cx: &Context<'_>, target: &Target) -> Result<Response, Stop> {
    let record = instance_or_itself(cx, target, Privilege::RETRIEVE)?;
    if cx.request.result_content == Some(Rcn::Permissions) {
        return result::permissions(cx, &record);
    }
    let only = authorise::require(cx, &record, Privilege::RETRIEVE, None)?;
    cx.core.behaviours.of(record.resource_type).retrieving(cx, &record)?;
    let criteria = cx.request.filter_criteria.as_deref();
    if let Some(criteria) = criteria.filter(|criteria| criteria.filter_usage == Some(FilterUsage::Conditional))
        && !filter::matches(cx, &record, criteria)?
    {
        return Err(Rejection::not_found("the target does not match the filter criteria").into());
    }
    if cx.request.content.is_some() {
        let names = attribute_list(cx, &record)?;
        return result::partial(cx, &record, &names, only.as_deref());
    }
    // A rule for some attributes (aca) is no rule for all of them: what is not named has to be asked for by name.
    if let Some(only) = only
        && let Some(other) = representation::beyond(cx, &record, &only)?
    {
        let reason =
            format!("the originator has no privilege for attribute {other}; name others in a partial RETRIEVE");
        return Err(Rejection::no_privilege(reason).into());
    }
    match cx.request.result_content.unwrap_or(Rcn::Attributes) {
        Rcn::OriginalResource => {
            Err(Rejection::bad_request("resultContent (rcn): original resource (7) goes with announced resources only")
                .into())
        }
        Rcn::Attributes => result::attributes(cx, &record, None),
        shape => result::with_children(cx, &record, shape),
    }
}

/// Whoever subscribed to it hears that a container was asked for instances and has none (TS-0001 table 9.6.8-3).
///
/// # Errors
/// When the store fails; [`Stop::Wait`] for a reader that would have to tell somebody.
pub fn found_empty(cx: &mut Context<'_>, target: &Target) -> Result<(), Stop> {
    let Target::Resource(record) = target else { return Ok(()) };
    let wants = matches!(cx.request.result_content, Some(Rcn::AttributesAndChildResources | Rcn::ChildResources));
    if wants && record.watched && record.tallied && cx.tally(record)?.current_nr_of_instances == 0 {
        crate::notify::found_empty(cx, record)?;
    }
    Ok(())
}

/// The record that a target means: itself, or an instance of the container.
///
/// # Errors
/// 4004 when the container is empty.
pub fn instance_or_itself(cx: &Context<'_>, target: &Target, privilege: Privilege) -> Result<Arc<Record>, Stop> {
    let (container, latest) = match target {
        Target::Resource(record) | Target::FanOut(record, _) => return Ok(record.clone()),
        Target::Latest(container) => (container, true),
        Target::Oldest(container) => (container, false),
        // It has no instances; the pipeline sends no such request here.
        Target::PollingChannelUri(_) => {
            return Err(Rejection::not_allowed("a polling channel URI is no resource").into());
        }
    };
    let tally = cx.tally(container)?;
    let node = if latest { tally.latest } else { tally.oldest };
    let mut record = node.map(|node| cx.view.record(node)).transpose()?.flatten();
    if record.is_none() && node.is_some() {
        // The instance left between two looks. What rests in one snapshot fits together.
        let tally = cx.view.tally_at_rest(container.node)?;
        let node = if latest { tally.latest } else { tally.oldest };
        record = node.map(|node| cx.view.record(node)).transpose()?.flatten();
    }
    match record {
        Some(record) => Ok(record),
        None => {
            // Whoever may not look must not learn that there is nothing to see.
            authorise::require(cx, container, privilege, None)?;
            cx.core.behaviours.of(4).retrieving_from(cx, container)?;
            Err(Rejection::not_found("the container has no instance").into())
        }
    }
}

/// The attributes named in `{"m2m:atrl": […]}`; each has to be one of the type's.
fn attribute_list(cx: &Context<'_>, record: &Record) -> Result<Vec<SmolStr>, Stop> {
    let content = cx.request.content.as_ref().and_then(Value::as_map).and_then(Map::single);
    let list = content.filter(|(name, _)| *name == "m2m:atrl").and_then(|(_, list)| list.as_list());
    let names: Option<Vec<SmolStr>> =
        list.and_then(|list| list.iter().map(|name| name.as_text().map(SmolStr::from)).collect());
    let names = names.filter(|names| !names.is_empty()).ok_or_else(|| {
        Rejection::bad_request("content (pc): expected a list of attributes, such as {\"m2m:atrl\": [\"lbl\", \"ct\"]}")
    })?;
    let resource_type = cx.type_of(record)?;
    for name in &names {
        if resource_type.attribute(name).is_none() {
            let reason = format!(
                "attributeList (atrl): \"{}\" is not an attribute of {}",
                crate::value::excerpt(name),
                resource_type.name
            );
            return Err(Rejection::bad_request(reason).into());
        }
    }
    Ok(names)
}
