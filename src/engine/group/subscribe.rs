//! Subscribing to all members of a group (TS-0001 10.2.7.10, TS-0004 7.4.14.2.3).

use crate::engine::Core;
use crate::notify::SUBSCRIPTION;
use crate::notify::terms::{NOTIFICATION_FORWARDING_URI, Terms};
use crate::primitive::{Operation, Request};
use crate::tree::Record;
use crate::value::{Attr, SmolStr, Value};

const ROOT: &str = "m2m:sub";
const NOTIFICATION_URI: Attr<Vec<SmolStr>> = Attr::new("nu");
const GROUP_ID: Attr<SmolStr> = Attr::new("gpi");

/// The address at which members know the group: one that means the same on every CSE of the service provider.
pub fn address(core: &Core, group: &Record) -> SmolStr {
    format!("{}/{}", core.config.cse_id, group.resource_id).into()
}

/// What a subscription says to the members: which group it came through, and, where the originator wants notifications
/// forwarded by the group, that they go to the group first.
pub fn through(core: &Core, group: &Record, request: &mut Request) {
    if request.operation != Operation::Create || request.resource_type != Some(SUBSCRIPTION) {
        return;
    }
    let Some(Value::Map(content)) = &mut request.content else { return };
    let Some(Value::Map(subscription)) = content.get_mut(ROOT) else { return };
    let id = address(core, group);
    if NOTIFICATION_FORWARDING_URI.is_in(subscription) {
        NOTIFICATION_URI.set(subscription, vec![id.clone()]);
    } else if Terms::of(subscription).blocks_updates() {
        // TS-0004 7.4.8.2.1: such a subscription has nothing but its event and its target.
        return;
    }
    GROUP_ID.set(subscription, id);
}
