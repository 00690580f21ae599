//! Who may do what (TS-0001 9.6.1.3.2, TS-0003 7.1.5), asked of the [`Model`].

use serde_json::Value as Json;

use super::{Model, Node, list, parent};

/// CREATE.
pub const CREATE: u8 = 1;
/// RETRIEVE.
pub const RETRIEVE: u8 = 2;
/// UPDATE.
pub const UPDATE: u8 = 4;
/// DELETE.
pub const DELETE: u8 = 8;
/// DISCOVERY.
pub const DISCOVERY: u8 = 32;

/// Whether `from` may do that to what is at `path`.
#[must_use]
pub fn may(model: &Model, from: &str, privilege: u8, path: &str) -> bool {
    if model.nodes[path].ty == 15 {
        // TS-0004 7.4.21.2: a polling channel is its AE's alone.
        return model.nodes[parent(path).unwrap()].id() == from;
    }
    own(model, from, privilege, path, "pv")
        || administers(model, from, privilege)
        || (path == "cse-in" && privilege == RETRIEVE && is_registered(model, from))
}

/// Whether `from` may create a child of that type at `path`.
#[must_use]
pub fn may_create(model: &Model, from: &str, ty: u32, path: &str) -> bool {
    if ty == 15 && model.nodes[path].ty == 2 {
        return model.nodes[path].id() == from;
    }
    own(model, from, 1, path, "pv")
        || administers(model, from, 1)
        || (path == "cse-in" && ty == 1 && is_registered(model, from))
}

/// Whether `from` may say which policies hold for `path`: that takes UPDATE in their self-privileges.
#[must_use]
pub fn may_change_policies(model: &Model, from: &str, path: &str) -> bool {
    own(model, from, UPDATE, path, "pvs") || administers(model, from, UPDATE)
}

fn own(model: &Model, from: &str, privilege: u8, path: &str, set: &str) -> bool {
    let node = &model.nodes[path];
    match node.ty {
        1 => grants(node, "pvs", from, privilege),
        // An instance is governed by its container.
        4 => own(model, from, privilege, parent(path).unwrap(), set),
        _ => {
            let policies = list(node, "acpi");
            if policies.is_empty() {
                return !node.owner.is_empty() && node.owner == from;
            }
            granted(model, &policies, set, from, privilege)
        }
    }
}

fn granted(model: &Model, policies: &[String], set: &str, from: &str, privilege: u8) -> bool {
    let policies = policies.iter().filter_map(|id| model.nodes.get(id)).filter(|node| node.ty == 1);
    policies.into_iter().any(|policy| grants(policy, set, from, privilege))
}

/// Whether `from` may do that to the members of a group: its policies for that say so, or else its own.
#[must_use]
pub fn may_fan_out(model: &Model, from: &str, privilege: u8, ty: u32, group: &str) -> bool {
    let policies = list(&model.nodes[group], "macp");
    if !policies.is_empty() {
        return granted(model, &policies, "pv", from, privilege) || administers(model, from, privilege);
    }
    if privilege == CREATE { may_create(model, from, ty, group) } else { may(model, from, privilege, group) }
}

fn administers(model: &Model, from: &str, privilege: u8) -> bool {
    let policy = model.nodes.get("cse-in/acpAdministration");
    policy.is_some_and(|policy| grants(policy, "pv", from, privilege))
}

fn grants(policy: &Node, set: &str, from: &str, privilege: u8) -> bool {
    let rules = policy.attributes[set]["acr"].as_array();
    rules.into_iter().flatten().any(|rule| {
        let named = rule["acor"].as_array().into_iter().flatten().filter_map(Json::as_str).any(|name| {
            // The one pattern that sequences know.
            name == "all" || name == from || (name == "Cae*" && from.starts_with("Cae"))
        });
        named && rule["acop"].as_u64().unwrap_or(0) & u64::from(privilege) != 0
    })
}

fn is_registered(model: &Model, from: &str) -> bool {
    model.nodes.values().any(|node| node.ty == 2 && node.owner == from)
}
