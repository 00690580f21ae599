//! Faults in what a CSE tells.

use serde_json::{Value as Json, json};

use super::list::Fault;
use crate::support::proxy::{Asked, Turn};

fn signal(told: &mut Asked) -> Option<&mut serde_json::Map<String, Json>> {
    told.content.get_mut("m2m:sgn")?.as_object_mut()
}

fn event(told: &mut Asked) -> Option<&mut serde_json::Map<String, Json>> {
    signal(told)?.get_mut("nev")?.as_object_mut()
}

fn has(told: &mut Asked, name: &str) -> bool {
    signal(told).is_some_and(|signal| signal.contains_key(name))
}

/// All of them.
#[rustfmt::skip]
pub const FAULTS: &[Fault] = &[
    Fault::new("events are not told", &["SUB/UPD/001", "SUB/CRE/005", "SUB/DEL/002"],
        Turn::Notification(|t, _| usize::from(!has(t, "nev")))),
    Fault::new("the end of a subscription is not told", &["DMR/DEL/004_SUB", "SUB/DEL/001"],
        Turn::Notification(|t, _| usize::from(!has(t, "sud")))),
    Fault::new("who does not want to be told is told", &["SUB/NTF/001", "SUB/NTF/002"], Turn::Deaf),
    Fault::new("batches are not told", &["SUB/UPD/007", "SUB/NTF/003"],
        Turn::Notification(|t, _| usize::from(t.content.get("m2m:agn").is_none()))),
    Fault::new("the verification names no creator", &["SUB/CRE/004"],
        Turn::Notification(|t, _| { signal(t).map(|signal| signal.shift_remove("cr")); 1 })),
    Fault::new("events without what has become of the resource", &["SUB/UPD/001", "SUB/UPD/002"],
        Turn::Notification(|t, _| { event(t).map(|event| event.shift_remove("rep")); 1 })),
    Fault::new("an event of another kind", &["SUB/UPD/001", "SUB/CRE/005"],
        Turn::Notification(|t, _| { event(t).map(|event| event.insert("net".into(), json!(7))); 1 })),
    Fault::new("everything told where only what was changed is wanted", &["SUB/UPD/002"],
        Turn::Notification(|t, _| {
            if let Some(Json::Object(rep)) = event(t).and_then(|event| event.get_mut("rep"))
                && let Some(Json::Object(inside)) = rep.values_mut().next() { inside.insert("api".into(), json!("Nmore")); }
            1
        })),
];
