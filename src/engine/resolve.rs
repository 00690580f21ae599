//! What the `to` parameter means: a resource here, a virtual child, or something on another CSE.

use std::sync::Arc;

use super::Core;
use super::context::{Context, Stop};
use super::group::FAN_OUT_POINT;
use crate::primitive::{Rejection, Status};
use crate::tree::{Node, Record, View};
use crate::value::{Address, SmolStr};

/// What a request is about.
#[derive(Clone, Debug)]
pub enum Target {
    /// A resource.
    Resource(Arc<Record>),
    /// `la` of a container; the container.
    Latest(Arc<Record>),
    /// `ol` of a container; the container.
    Oldest(Arc<Record>),
    /// `pcu` of a polling channel; the channel.
    PollingChannelUri(Arc<Record>),
    /// `fopt` of a group, and what follows it: the group, and the path below each member.
    FanOut(Arc<Record>, SmolStr),
}

/// Finds the target of the request.
///
/// # Errors
/// 4000 for a malformed address, 4004 for one that leads nowhere.
pub fn target(cx: &Context<'_>) -> Result<Target, Stop> {
    find(cx.core, &cx.view, &cx.request.to)
}

/// As [`target`], for whoever is not on the road yet.
///
/// # Errors
/// As [`target`].
pub fn find(core: &Core, view: &View<'_>, to: &str) -> Result<Target, Stop> {
    let address = Address::parse(to).map_err(Rejection::bad_request)?;
    let config = &core.config;
    if !core.hosts(&address) {
        // Registration of CSEs comes later; until then nobody else is known.
        let reason = format!("to (to): no CSE is known that hosts {}", crate::value::excerpt(to));
        return Err(Rejection::not_found(reason).into());
    }
    let lost = || Stop::from(Rejection::not_found(format!("no resource at {}", crate::value::excerpt(to))));
    if address.path().is_empty() {
        // A CSE-ID alone stands for its CSEBase (TS-0001 7.1.8).
        return view.record(Node::ROOT)?.map(Target::Resource).ok_or_else(lost);
    }
    let place = view.walk(address.path(), &config.cse_name)?.ok_or_else(lost)?;
    if place.rest.is_empty() {
        return Ok(Target::Resource(place.record));
    }
    let resource_type = core.type_of(&place.record)?;
    let (child, below) = place.rest.split_once('/').unwrap_or((&place.rest, ""));
    if resource_type.virtual_child(child).is_none() || (!below.is_empty() && child != FAN_OUT_POINT) {
        return Err(lost());
    }
    match child {
        FAN_OUT_POINT => Ok(Target::FanOut(place.record, below.into())),
        "la" => Ok(Target::Latest(place.record)),
        "ol" => Ok(Target::Oldest(place.record)),
        "pcu" => Ok(Target::PollingChannelUri(place.record)),
        other => {
            let reason = format!("virtual resource {other} is not supported by this CSE yet");
            Err(Rejection::new(Status::NOT_IMPLEMENTED, reason).into())
        }
    }
}
