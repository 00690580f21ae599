//! The first moments of a tree: its CSEBase and the administrator's policy.

use std::sync::Arc;

use super::authorise::ADMINISTRATION;
use super::context::{Context, Newborn, Stop};
use super::{create, update};
use crate::codec::format::{Format, MediaType};
use crate::primitive::{Rejection, ReleaseVersion, Status};
use crate::tree::{Node, Parts, Record};
use crate::value::{Map, SmolStr, Value};

const POLICY: u32 = 1;
const CSE_BASE: u32 = 5;

/// Makes the CSEBase if there is none; otherwise brings what it says about this CSE up to date.
///
/// # Errors
/// When the tree belongs to another CSE, or the store fails.
pub fn boot(cx: &mut Context<'_>) -> Result<(), Stop> {
    match cx.view.record(Node::ROOT)? {
        None => found(cx),
        Some(base) => welcome_back(cx, &base),
    }
}

fn found(cx: &mut Context<'_>) -> Result<(), Stop> {
    let config = &cx.core.config;
    let mut attributes = Map::from_iter([
        ("rn", Value::from(config.cse_name.clone())),
        ("ty", CSE_BASE.into()),
        ("ri", config.base_id().into()),
        ("pi", "".into()),
        ("ct", cx.now.into()),
        ("lt", cx.now.into()),
    ]);
    for (name, value) in about(cx) {
        attributes.set(name, value);
    }
    let node = cx.new_node();
    let base = cx.view.insert(Parts {
        node,
        resource_type: CSE_BASE,
        parent: Node::ROOT,
        creation_time: cx.now,
        last_modified_time: cx.now,
        expiration_time: None,
        resource_name: config.cse_name.clone(),
        resource_id: config.base_id().into(),
        owner: SmolStr::default(),
        tallied: false,
        self_named: false,
        watched: false,
        attributes,
    })?;
    match config.administrator.clone() {
        Some(administrator) => administration(cx, &base, &administrator),
        None => Ok(()),
    }
}

/// What the CSEBase says about this CSE: its kind, its types, where it is reached.
fn about(cx: &Context<'_>) -> Map {
    let config = &cx.core.config;
    let mut types: Vec<u32> = cx.core.registry.types().map(|ty| ty.number).collect();
    types.sort_unstable();
    types.dedup();
    let releases = ReleaseVersion::NAMED.map(ReleaseVersion::as_str);
    let spoken = Format::ALL.into_iter().filter(|format| format.is_supported());
    let spoken = spoken.map(|format| MediaType::plain(format).as_str());
    let mut about = Map::from_iter([
        ("cst", Value::from(u32::from(config.cse_type.number()))),
        ("csi", config.cse_id.clone().into()),
        ("srt", types.into()),
        ("srv", releases.to_vec().into()),
        ("csz", spoken.collect::<Vec<_>>().into()),
    ]);
    // A list that is there is never empty (TS-0004 6.3): without points of access, there is no `poa`.
    if !config.points_of_access.is_empty() {
        about.set("poa", config.points_of_access.clone());
    }
    about
}

/// The administrator's rights: a policy that covers the whole tree, created once. Whoever may change it can take them away.
fn administration(cx: &mut Context<'_>, base: &Arc<Record>, administrator: &str) -> Result<(), Stop> {
    let rule = || Map::from_iter([("acor", Value::from(vec![administrator])), ("acop", Value::from(63_u32))]);
    let set = || Value::from(Map::from_iter([("acr", vec![rule()])]));
    let resource_type =
        cx.core.registry.by_number(POLICY).cloned().ok_or_else(|| {
            Rejection::new(Status::INTERNAL_SERVER_ERROR, "the schema of accessControlPolicy is missing")
        })?;
    let node = cx.new_node();
    let born = Newborn {
        resource_id: format!("{}-{}", resource_type.short, crate::tree::base32(node.0)).into(),
        resource_type,
        node,
        parent: base.clone(),
        resource_name: Some(ADMINISTRATION.into()),
        owner: administrator.into(),
        expiration_time: Some(crate::value::Timestamp::MAX),
        attributes: Map::from_iter([("pv", set()), ("pvs", set())]),
    };
    create::insert(cx, born)?;
    Ok(())
}

fn welcome_back(cx: &mut Context<'_>, base: &Arc<Record>) -> Result<(), Stop> {
    let config = &cx.core.config;
    if base.resource_id != config.base_id() || base.resource_name != config.cse_name {
        let reason = format!(
            "the data belong to CSE /{} named {}, the configuration says {} named {}; correct the configuration or choose another data directory",
            base.resource_id, base.resource_name, config.cse_id, config.cse_name
        );
        return Err(Rejection::new(Status::INTERNAL_SERVER_ERROR, reason).into());
    }
    let mut about = about(cx);
    if !about.contains("poa") && base.attributes().contains("poa") {
        // There were some when it ran the last time.
        about.set("poa", Value::Null);
    }
    if about.iter().all(|(name, value)| base.attributes().get(name) == Some(value)) {
        return Ok(());
    }
    update::replace(cx, base, about, None)?;
    Ok(())
}
