//! `<AE>` (TS-0001 9.6.5, 10.1.1.2.2; TS-0004 7.4.5): an application and its registration.

use std::sync::Arc;

use super::Behaviour;
use crate::engine::{Context, Newborn, Stop, rules::glob};
use crate::notify;
use crate::primitive::{Rejection, ReleaseVersion, Status};
use crate::tree::{Record, base32, node_of};
use crate::value::{Attr, Map, SmolStr, excerpt, is_resource_name};

const APP_ID: Attr<SmolStr> = Attr::new("api");
const AE_ID: Attr<SmolStr> = Attr::new("aei");
const SUPPORTED_RELEASE_VERSIONS: Attr<Vec<SmolStr>> = Attr::new("srv");

pub(super) struct Ae;

impl Behaviour for Ae {
    /// Release 1 had no supportedReleaseVersions: a registration that speaks it is not asked for any.
    fn admitting(&self, cx: &Context<'_>, attributes: &mut Map) {
        if cx.request.release_version_indicator == ReleaseVersion::R1 && !SUPPORTED_RELEASE_VERSIONS.is_in(attributes) {
            attributes.set(SUPPORTED_RELEASE_VERSIONS.name(), vec!["1"]);
        }
    }

    fn creating(&self, cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        app_id(cx, &born.attributes)?;
        let id = ae_id(cx, born)?;
        AE_ID.set(&mut born.attributes, id.clone());
        born.owner = id.clone();
        born.resource_id = id;
        Ok(())
    }

    fn updating(&self, cx: &mut Context<'_>, _record: &Arc<Record>, wanted: &mut Map) -> Result<(), Stop> {
        if APP_ID.is_in(wanted) { app_id(cx, wanted) } else { Ok(()) }
    }

    /// What could not be told while it could not be reached is told now.
    fn updated(&self, cx: &mut Context<'_>, old: &Arc<Record>, new: &Arc<Record>) -> Result<(), Stop> {
        let ways = |record: &Record| ["rr", "poa"].map(|name| record.attributes().get(name).cloned());
        if ways(old) == ways(new) { Ok(()) } else { notify::entity_changed(cx, new.node) }
    }
}

/// TS-0004 7.4.5.2.1: an App-ID is registered (`R`) or not (`N`). Releases before 4 also know `r`.
fn app_id(cx: &Context<'_>, attributes: &Map) -> Result<(), Stop> {
    let api = APP_ID.get(attributes).unwrap_or_default();
    let lower_case = cx.request.release_version_indicator < ReleaseVersion::R4;
    let known = api.starts_with(['R', 'N']) || (lower_case && api.starts_with('r'));
    if known && api.len() > 1 {
        return Ok(());
    }
    let reason =
        format!("App-ID (api): expected N (not registered) or R (registered) and a name, got \"{}\"", excerpt(&api));
    Err(Rejection::bad_request(reason).into())
}

/// The AE-ID-Stem: the one that the originator brings, or one that the CSE assigns.
fn ae_id(cx: &Context<'_>, born: &Newborn) -> Result<SmolStr, Stop> {
    let originator = &cx.originator;
    if *originator == *cx.core.config.base_id() || *originator == *cx.core.config.cse_id {
        let reason = "from (fr): expected the identifier of an AE, got that of the Hosting CSE";
        return Err(Rejection::new(Status::SECURITY_ASSOCIATION_REQUIRED, reason).into());
    }
    match originator.as_str() {
        "" | "C" | "S" => assigned(cx, born),
        _ => {
            if !is_resource_name(originator) {
                let reason = format!("from (fr): expected an AE-ID-Stem, got \"{}\"", excerpt(originator));
                return Err(Rejection::bad_request(reason).into());
            }
            let looks_assigned = node_of(originator).and(originator.rsplit_once('-'));
            if looks_assigned.is_some_and(|(short, _)| cx.core.registry.by_short(short).is_some()) {
                let reason = format!("from (fr): \"{originator}\" is of the form of this CSE's resource identifiers");
                return Err(Rejection::bad_request(reason).into());
            }
            allowed(cx, originator)?;
            // TS-0004 7.4.5.2.1: an AE registers once.
            if let Some(other) = cx.view.by_id(originator)?
                && cx.view.lives(&other)?
            {
                let reason = format!("from (fr): \"{originator}\" has registered already");
                return Err(Rejection::new(Status::ORIGINATOR_HAS_ALREADY_REGISTERED, reason).into());
            }
            Ok(originator.clone())
        }
    }
}

/// An identifier of the wanted kind that nobody has.
fn assigned(cx: &Context<'_>, born: &Newborn) -> Result<SmolStr, Stop> {
    let kind = if cx.originator == "S" { 'S' } else { 'C' };
    let mut suffix = born.node.0;
    loop {
        let id: SmolStr = format!("{kind}AE{}", base32(suffix)).into();
        if cx.view.by_id(&id)?.is_none() {
            allowed(cx, &id)?;
            return Ok(id);
        }
        // Somebody has chosen this very name: numbers are plenty.
        suffix = suffix.wrapping_add(0x1_0000_0000);
    }
}

/// Whether the configuration lets this originator register.
fn allowed(cx: &Context<'_>, originator: &str) -> Result<(), Stop> {
    if cx.core.config.allowed_ae_originators.iter().any(|pattern| glob(pattern, originator)) {
        return Ok(());
    }
    let reason = format!("from (fr): \"{}\" is not among the originators that may register here", excerpt(originator));
    Err(Rejection::new(Status::APP_RULE_VALIDATION_FAILED, reason).into())
}
