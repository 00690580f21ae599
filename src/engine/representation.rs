//! Resources as JSON objects, put together as text from what rests in the store: the common RETRIEVE parses nothing.

use std::sync::Arc;

use bytes::Bytes;

use super::context::{Context, Stop};
use crate::codec::json;
use crate::primitive::Content;
use crate::tree::Record;
use crate::value::{Map, SmolStr};

/// `{"m2m:cnt":{…}}`.
pub fn wrapped(cx: &Context<'_>, record: &Record, object: &[u8]) -> Result<Content, Stop> {
    let mut text = Vec::with_capacity(object.len().saturating_add(16));
    text.push(b'{');
    write_root(cx, &mut text, record)?;
    text.push(b':');
    text.extend_from_slice(object);
    text.push(b'}');
    Ok(Content::Json(text.into()))
}

/// The JSON object of a resource, with what changes too often to be stored in it.
pub fn object(cx: &Context<'_>, record: &Arc<Record>) -> Result<Bytes, Stop> {
    let extra = cx.core.behaviours.of(record.resource_type).volatile(cx, record)?;
    if extra.is_empty() {
        return Ok(record.json.clone());
    }
    let mut text = Vec::with_capacity(record.json.len().saturating_add(64));
    open(&mut text, &record.json);
    for (name, value) in extra.iter() {
        separate(&mut text);
        json::write_text(&mut text, name);
        text.push(b':');
        json::write(&mut text, value);
    }
    text.push(b'}');
    Ok(text.into())
}

/// An attribute of the resource that a privilege for `only` does not cover, if there is one.
pub fn beyond(cx: &Context<'_>, record: &Arc<Record>, only: &[SmolStr]) -> Result<Option<SmolStr>, Stop> {
    let all = all_attributes(cx, record)?;
    Ok(all.iter().map(|(name, _)| name).find(|name| !only.contains(name)).cloned())
}

/// All attributes as values, volatile ones included.
pub fn all_attributes(cx: &Context<'_>, record: &Arc<Record>) -> Result<Map, Stop> {
    let mut map = Map::clone(record.attributes());
    for (name, value) in cx.core.behaviours.of(record.resource_type).volatile(cx, record)? {
        map.set(name, value);
    }
    Ok(map)
}

/// An object's text without its closing brace.
pub fn open(text: &mut Vec<u8>, object: &[u8]) {
    text.extend_from_slice(object.strip_suffix(b"}").unwrap_or(object));
}

/// A comma, unless the object is still empty.
pub fn separate(text: &mut Vec<u8>) {
    if text.last() != Some(&b'{') {
        text.push(b',');
    }
}

pub fn write_root(cx: &Context<'_>, text: &mut Vec<u8>, record: &Record) -> Result<(), Stop> {
    json::write_text(text, &cx.type_of(record)?.root);
    Ok(())
}
