//! What the originator gets to see of a result (TS-0001 8.1.2 Result Content, TS-0004 7.5.2).
//!
//! Representations are put together as text from what rests in the store: the common RETRIEVE parses nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::addresses::{Names, write_references};
use super::context::{Context, Stop};
use super::representation::{all_attributes, object, open, separate, wrapped, write_root};
use super::search::{self, Found};
use super::{authorise, rules::Privilege};
use crate::codec::json;
use crate::primitive::{Content, ContentStatus, FilterCriteria, Response, ResultContent as Rcn, Status};
use crate::tree::{Node, Record};
use crate::value::{Map, SmolStr, Value};

/// The answer to a CREATE.
///
/// # Errors
/// When the store fails.
pub fn created(cx: &Context<'_>, record: &Arc<Record>, only: Option<&[SmolStr]>) -> Result<Response, Stop> {
    let mut response = Response::new(Status::CREATED, cx.request);
    response.created = Some(record.resource_id.clone());
    response.content = match cx.request.result_content.unwrap_or(Rcn::Attributes) {
        Rcn::Nothing => None,
        Rcn::Attributes if only.is_some() => attributes(cx, record, only)?.content,
        Rcn::HierarchicalAddress => {
            let path = cx.view.structured_path(record)?;
            response.created = Some(path.as_str().into());
            Some(Content::Value(Map::from_iter([("m2m:uri", path)]).into()))
        }
        Rcn::HierarchicalAddressAndAttributes => {
            let mut text = br#"{"m2m:rce":{"uri":"#.to_vec();
            let path = cx.view.structured_path(record)?;
            json::write_text(&mut text, &path);
            response.created = Some(path.into());
            text.push(b',');
            write_root(cx, &mut text, record)?;
            text.push(b':');
            text.extend_from_slice(&object(cx, record)?);
            text.extend_from_slice(b"}}");
            Some(Content::Json(text.into()))
        }
        Rcn::ModifiedAttributes => Some(differing(cx, record)?),
        _ => Some(wrapped(cx, record, &object(cx, record)?)?),
    };
    Ok(response)
}

/// Result content 9 of a CREATE: what the CSE assigned or changed, not what the originator sent itself.
fn differing(cx: &Context<'_>, record: &Arc<Record>) -> Result<Content, Stop> {
    let sent = cx.content().map(|(_, sent)| sent.clone()).unwrap_or_default();
    let whole = all_attributes(cx, record)?;
    let map: Map = whole.into_iter().filter(|(name, value)| sent.get(name) != Some(value)).collect();
    Ok(Content::Value(Map::from_iter([(cx.type_of(record)?.root.clone(), map)]).into()))
}

/// What an answer to an UPDATE is made from.
pub struct Updated<'a> {
    /// All attributes before the UPDATE; needed for result content 9 only.
    pub before: Option<Map>,
    /// What the request carried.
    pub sent: &'a Map,
    /// The attributes that the originator has the privilege for, if not all.
    pub only: Option<Vec<SmolStr>>,
}

/// The answer to an UPDATE.
///
/// # Errors
/// When the store fails.
pub fn updated(cx: &Context<'_>, record: &Arc<Record>, update: Updated<'_>) -> Result<Response, Stop> {
    let shape = cx.request.result_content.unwrap_or(Rcn::Attributes);
    let only = update.only.as_deref();
    let mut response = match shape {
        Rcn::Nothing | Rcn::ModifiedAttributes => Response::new(Status::UPDATED, cx.request),
        _ => attributes(cx, record, only)?,
    };
    response.status = Status::UPDATED;
    if shape == Rcn::ModifiedAttributes {
        let before = update.before.unwrap_or_default();
        let mut changed = changed_along(&before, &all_attributes(cx, record)?, update.sent);
        if let Some(only) = only {
            changed = changed.into_iter().filter(|(name, _)| only.contains(name)).collect();
        }
        if !changed.is_empty() {
            response.content =
                Some(Content::Value(Map::from_iter([(cx.type_of(record)?.root.clone(), changed)]).into()));
        }
    }
    Ok(response)
}

/// TS-0004 7.3.3.12: what changed although the request did not say so, or came out different from what it said. What is
/// gone is null.
fn changed_along(before: &Map, after: &Map, sent: &Map) -> Map {
    let mut changed = Map::new();
    for (name, value) in after.iter() {
        let expected = sent.get(name).or_else(|| before.get(name));
        if expected != Some(value) {
            changed.set(name.clone(), value.clone());
        }
    }
    for (name, _) in before.iter().filter(|(name, _)| !after.contains(name) && !sent.contains(name)) {
        changed.set(name.clone(), Value::Null);
    }
    changed
}

/// The answer to a DELETE, made before anything is gone.
///
/// # Errors
/// When the store fails.
pub fn deleted(cx: &Context<'_>, record: &Arc<Record>) -> Result<Response, Stop> {
    let mut response = match cx.request.result_content.unwrap_or(Rcn::Nothing) {
        Rcn::Nothing => Response::new(Status::DELETED, cx.request),
        Rcn::Attributes => attributes(cx, record, None)?,
        shape => with_children(cx, record, shape)?,
    };
    response.status = Status::DELETED;
    Ok(response)
}

/// The attributes of a resource; all, or those that the originator has a privilege for.
///
/// # Errors
/// When the store fails.
pub fn attributes(cx: &Context<'_>, record: &Arc<Record>, only: Option<&[SmolStr]>) -> Result<Response, Stop> {
    let mut response = Response::new(Status::OK, cx.request);
    response.content = Some(match only {
        None => wrapped(cx, record, &object(cx, record)?)?,
        Some(only) => rooted(cx, record, chosen(cx, record, only)?)?,
    });
    Ok(response)
}

fn chosen(cx: &Context<'_>, record: &Arc<Record>, names: &[SmolStr]) -> Result<Map, Stop> {
    Ok(all_attributes(cx, record)?.into_iter().filter(|(name, _)| names.contains(name)).collect())
}

fn rooted(cx: &Context<'_>, record: &Arc<Record>, attributes: Map) -> Result<Content, Stop> {
    Ok(Content::Value(Map::from_iter([(cx.type_of(record)?.root.clone(), attributes)]).into()))
}

/// The named attributes, as far as the resource has them (partial RETRIEVE).
///
/// # Errors
/// 4103 for an attribute that the originator has no privilege for; 4004 when the resource has none of them
/// (TS-0001 10.1.3).
pub fn partial(
    cx: &Context<'_>,
    record: &Arc<Record>,
    names: &[SmolStr],
    only: Option<&[SmolStr]>,
) -> Result<Response, Stop> {
    if let Some(name) = only.and_then(|only| names.iter().find(|name| !only.contains(name))) {
        let reason = format!("the originator has no privilege for attribute {name}");
        return Err(crate::primitive::Rejection::no_privilege(reason).into());
    }
    let attributes = chosen(cx, record, names)?;
    if attributes.is_empty() {
        let reason = format!("the resource has no attribute {}", names.join(", "));
        return Err(crate::primitive::Rejection::not_found(reason).into());
    }
    let mut response = Response::new(Status::OK, cx.request);
    response.content = Some(rooted(cx, record, attributes)?);
    Ok(response)
}

/// Result content 12: which operations the originator may carry out.
///
/// # Errors
/// 4103 when it may carry out none.
pub fn permissions(cx: &Context<'_>, record: &Arc<Record>) -> Result<Response, Stop> {
    let bits = authorise::permissions(cx, record)?;
    if bits == 0 {
        return Err(authorise::denied(cx).into());
    }
    let mut response = Response::new(Status::OK, cx.request);
    let permission =
        Map::from_iter([("ri", Value::from(record.resource_id.clone())), ("acop", Value::from(u32::from(bits)))]);
    response.content = Some(Content::Value(Map::from_iter([("m2m:pms", vec![permission])]).into()));
    Ok(response)
}

/// Attributes or not, with children or references to them (result contents 4, 5, 6, 8).
///
/// # Errors
/// When the store fails.
pub fn with_children(cx: &Context<'_>, record: &Arc<Record>, shape: Rcn) -> Result<Response, Stop> {
    let whole = matches!(shape, Rcn::AttributesAndChildResources | Rcn::ChildResources);
    let default = FilterCriteria::default();
    let criteria = cx.request.filter_criteria.as_deref().unwrap_or(&default);
    let privilege = if whole { Privilege::RETRIEVE } else { Privilege::DISCOVERY };
    let found = search::search(cx, record, criteria, privilege)?;
    let mut response = Response::new(Status::OK, cx.request);
    page(&mut response, &found);
    let mut text = Vec::with_capacity(1024);
    if shape == Rcn::ChildResourceReferences {
        text.extend_from_slice(br#"{"m2m:rrl":{"rrf":"#);
        write_references(cx, &mut text, &found.records)?;
        text.extend_from_slice(b"}}");
        response.content = Some(Content::Json(text.into()));
        return Ok(response);
    }
    let own = if shape == Rcn::ChildResources { Bytes::from_static(b"{}") } else { object(cx, record)? };
    text.push(b'{');
    write_root(cx, &mut text, record)?;
    text.push(b':');
    if whole {
        let mut below: BTreeMap<Node, Vec<&Arc<Record>>> = BTreeMap::new();
        adopt(cx, record, &found, &mut below)?;
        write_nested(cx, &mut text, record.node, &own, &below)?;
    } else {
        open(&mut text, &own);
        separate(&mut text);
        text.extend_from_slice(br#""ch":"#);
        write_references(cx, &mut text, &found.records)?;
        text.push(b'}');
    }
    text.push(b'}');
    response.content = Some(Content::Json(text.into()));
    Ok(response)
}

/// The answer to a discovery.
///
/// # Errors
/// When the store fails.
pub fn discovered(cx: &Context<'_>, found: &Found) -> Result<Response, Stop> {
    let mut response = Response::new(Status::OK, cx.request);
    page(&mut response, found);
    let mut text = Vec::with_capacity(256);
    match cx.request.result_content.unwrap_or(Rcn::DiscoveryResultReferences) {
        Rcn::ChildResourceReferences => {
            text.extend_from_slice(br#"{"m2m:rrl":{"rrf":"#);
            write_references(cx, &mut text, &found.records)?;
            text.extend_from_slice(b"}}");
        }
        // `validate` lets nothing else pass.
        _ => {
            text.extend_from_slice(br#"{"m2m:uril":["#);
            let mut names = Names::default();
            for (place, record) in found.records.iter().enumerate() {
                if place > 0 {
                    text.push(b',');
                }
                json::write_text(&mut text, &names.of(cx, record)?);
            }
            text.extend_from_slice(b"]}");
        }
    }
    response.content = Some(Content::Json(text.into()));
    Ok(response)
}

fn page(response: &mut Response, found: &Found) {
    if found.partial {
        response.content_status = Some(ContentStatus::Partial);
        response.content_offset = Some(found.next_offset);
    }
}

/// Puts each found resource below its parent; one whose parent was not found itself below its nearest found ancestor.
fn adopt<'f>(
    cx: &Context<'_>,
    root: &Arc<Record>,
    found: &'f Found,
    below: &mut BTreeMap<Node, Vec<&'f Arc<Record>>>,
) -> Result<(), Stop> {
    let known: std::collections::BTreeSet<Node> = found.records.iter().map(|record| record.node).collect();
    for record in &found.records {
        let mut parent = record.parent;
        while parent != root.node && !known.contains(&parent) {
            match cx.view.record(parent)? {
                Some(ancestor) if ancestor.node != Node::ROOT => parent = ancestor.parent,
                _ => break,
            }
        }
        below.entry(parent).or_default().push(record);
    }
    Ok(())
}

/// An object with its children inside, grouped by type. The depth is that of the tree, which is bounded.
fn write_nested(
    cx: &Context<'_>,
    text: &mut Vec<u8>,
    node: Node,
    own: &[u8],
    below: &BTreeMap<Node, Vec<&Arc<Record>>>,
) -> Result<(), Stop> {
    open(text, own);
    let mut groups: BTreeMap<u32, Vec<&Arc<Record>>> = BTreeMap::new();
    for record in below.get(&node).into_iter().flatten() {
        groups.entry(record.resource_type).or_default().push(record);
    }
    for records in groups.values() {
        let Some(first) = records.first() else { continue };
        separate(text);
        write_root(cx, text, first)?;
        text.extend_from_slice(b":[");
        for (place, record) in records.iter().enumerate() {
            if place > 0 {
                text.push(b',');
            }
            let own = object(cx, record)?;
            write_nested(cx, text, record.node, &own, below)?;
        }
        text.push(b']');
    }
    text.push(b'}');
    Ok(())
}
