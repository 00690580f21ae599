//! What a member identifier means.

use std::sync::Arc;

use super::FAN_OUT_POINT;
use crate::engine::context::{Context, Stop};
use crate::primitive::Rejection;
use crate::tree::{Node, Record};
use crate::value::{Address, Scope, SmolStr, excerpt};

/// Where a member is.
#[derive(Clone, Debug)]
pub enum Place {
    /// On this CSE: a resource, and behind it what is no resource, such as `la` or `fopt`.
    Here(Arc<Record>, SmolStr),
    /// On another CSE.
    Elsewhere,
    /// On this CSE, but there is nothing.
    Nowhere,
}

/// A member, found.
#[derive(Clone, Debug)]
pub struct Member {
    /// As the group says it.
    pub id: SmolStr,
    /// Where it is.
    pub place: Place,
    /// The same for two spellings of one member.
    pub identity: Identity,
    /// How many CSEs away it is, as far as its address tells.
    pub hops: u8,
}

/// What two spellings of one member have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// A resource here, and what follows it.
    Here(Node, SmolStr),
    /// An address that nobody here can tell more about.
    Address(SmolStr),
}

impl Member {
    /// Whether it is a virtual resource.
    pub fn is_virtual(&self) -> bool {
        matches!(&self.place, Place::Here(_, rest) if !rest.is_empty())
    }
}

/// Finds a member. `what` is the attribute or parameter that names it.
///
/// # Errors
/// 4000 for what cannot be an address.
pub fn find(cx: &Context<'_>, what: &str, id: &SmolStr) -> Result<Member, Stop> {
    let wrong = |reason: String| {
        let reason = reason.strip_prefix("to (to): ").unwrap_or(&reason);
        Rejection::bad_request(format!("{what}: \"{}\" is no resource identifier: {reason}", excerpt(id)))
    };
    let address = Address::parse(id).map_err(wrong)?;
    let id = id.clone();
    if !cx.core.hosts(&address) {
        let near = match &address.scope {
            Scope::Absolute { sp_id, .. } => *sp_id == cx.core.config.sp_id,
            _ => true,
        };
        let identity = Identity::Address(id.clone());
        return Ok(Member { id, place: Place::Elsewhere, identity, hops: if near { 1 } else { 2 } });
    }
    if let Place::Here(record, rest) = here(cx, address.path())? {
        let identity = Identity::Here(record.node, rest.clone());
        return Ok(Member { id, place: Place::Here(record, rest), identity, hops: 0 });
    }
    let identity = Identity::Address(address.path().into());
    Ok(Member { id, place: Place::Nowhere, identity, hops: u8::MAX })
}

fn here(cx: &Context<'_>, path: &str) -> Result<Place, Stop> {
    if path.is_empty() {
        let base = cx.view.record(Node::ROOT)?;
        return Ok(base.map_or(Place::Nowhere, |base| Place::Here(base, SmolStr::default())));
    }
    let Some(found) = cx.view.walk(path, &cx.core.config.cse_name)? else { return Ok(Place::Nowhere) };
    if found.rest.is_empty() {
        return Ok(Place::Here(found.record, SmolStr::default()));
    }
    let (child, more) = found.rest.split_once('/').unwrap_or((&found.rest, ""));
    let is_virtual = cx.type_of(&found.record)?.virtual_child(child).is_some();
    if is_virtual && (more.is_empty() || child == FAN_OUT_POINT) {
        return Ok(Place::Here(found.record, found.rest.into()));
    }
    Ok(Place::Nowhere)
}

/// The address of what lies at `suffix` below a member.
pub fn below(id: &SmolStr, suffix: &str) -> SmolStr {
    if suffix.is_empty() {
        return id.clone();
    }
    // A CSE-ID alone stands for the CSEBase, but what follows it is not below the CSEBase.
    let bare = Address::parse(id).is_ok_and(|address| address.path().is_empty());
    if bare { format!("{id}/-/{suffix}").into() } else { format!("{id}/{suffix}").into() }
}
