//! What a notification says (TS-0004 7.5.1.1), put together as text: the resource in it is the one that rests in the
//! store.

use bytes::Bytes;

use super::event::Event;
use super::terms::{EventType, Terms};
use crate::codec::json;
use crate::config::CseConfig;
use crate::primitive::Operation;
use crate::value::{Map, SmolStr, Value};

const ALL_ATTRIBUTES: u64 = 1;
const MODIFIED_ATTRIBUTES: u64 = 2;

/// The notification of an event: `{"m2m:sgn": {…}}`. `root` wraps the representation, `object` is the whole resource.
#[must_use]
pub fn event(
    config: &CseConfig,
    terms: &Terms,
    subscription: &str,
    event: &Event<'_>,
    root: &str,
    object: &[u8],
) -> Bytes {
    let mut text = Vec::with_capacity(object.len().saturating_add(192));
    text.extend_from_slice(br#"{"m2m:sgn":{"nev":{"rep":{"#);
    match terms.content_type {
        ALL_ATTRIBUTES => {
            json::write_text(&mut text, root);
            text.push(b':');
            text.extend_from_slice(object);
        }
        MODIFIED_ATTRIBUTES => {
            json::write_text(&mut text, root);
            text.push(b':');
            json::write_map(&mut text, event.modified.unwrap_or(event.attributes));
        }
        _ => {
            text.extend_from_slice(br#""m2m:uri":"#);
            json::write_text(&mut text, &sp_relative(config, &event.record.resource_id));
        }
    }
    text.push(b'}');
    if let Some(EventType(number)) = event.kind {
        text.extend_from_slice(format!(r#","net":{number}"#).as_bytes());
    }
    if let (None, Some((operation, originator))) = (event.kind, event.access) {
        monitor(&mut text, operation, originator);
    }
    text.push(b'}');
    tail(&mut text, config, subscription, terms.creator.as_deref(), terms.forwarding.as_deref());
    text.extend_from_slice(b"}}");
    text.into()
}

/// TS-0001 table 10.2.10.7-1: the monitored operation and its originator are told.
fn monitor(text: &mut Vec<u8>, operation: Operation, originator: &str) {
    text.extend_from_slice(format!(r#","om":{{"op":{},"or":"#, operation.number()).as_bytes());
    json::write_text(text, originator);
    text.push(b'}');
}

fn tail(text: &mut Vec<u8>, config: &CseConfig, subscription: &str, creator: Option<&str>, forwarding: Option<&str>) {
    text.extend_from_slice(br#","sur":"#);
    json::write_text(text, &sp_relative(config, subscription));
    for (name, value) in [("cr", creator), ("nfu", forwarding)] {
        if let Some(value) = value {
            text.extend_from_slice(format!(r#","{name}":"#).as_bytes());
            json::write_text(text, value);
        }
    }
}

/// The notice that a subscription is gone (TS-0004 7.5.1.2.4).
#[must_use]
pub fn deletion(config: &CseConfig, subscription: &str, creator: Option<&str>) -> Bytes {
    let mut text = br#"{"m2m:sgn":{"sud":true"#.to_vec();
    tail(&mut text, config, subscription, creator, None);
    text.extend_from_slice(b"}}");
    text.into()
}

/// The question whether a target wants notifications (TS-0004 7.5.1.2.3).
#[must_use]
pub fn verification(config: &CseConfig, subscription: &str, creator: &str) -> Value {
    let sgn = Map::from_iter([
        ("vrq", Value::Bool(true)),
        ("sur", sp_relative(config, subscription).into()),
        ("cr", creator.into()),
    ]);
    Map::from_iter([("m2m:sgn", sgn)]).into()
}

/// Several notifications in one (`m2m:aggregatedNotification`).
#[must_use]
pub fn aggregated(notifications: Vec<Value>) -> Value {
    let inner = notifications.into_iter().filter_map(|notification| match notification {
        Value::Map(map) => map.into_iter().next().map(|(_, inner)| inner),
        _ => None,
    });
    let list: Vec<Value> = inner.collect();
    Map::from_iter([("m2m:agn", Map::from_iter([("m2m:sgn", list)]))]).into()
}

/// An identifier that means the same on every CSE of the service provider.
#[must_use]
pub fn sp_relative(config: &CseConfig, id: &str) -> SmolStr {
    if id.starts_with('/') { id.into() } else { format!("{}/{id}", config.cse_id).into() }
}
