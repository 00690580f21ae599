//! The search for resources below another: for DISCOVERY and for the result contents that show children (TS-0004 7.3.3.17).
//!
//! [`candidates`](super::candidates) says what to look at; each is held against the whole filter and the originator's
//! privileges here.

use std::sync::Arc;

use super::candidates::candidates;
use super::context::{Context, Stop};
use super::rules::{Privilege, Verdict};
use super::{authorise, filter};
use crate::primitive::{FilterCriteria, FilterUsage, Rejection};
use crate::store::StoreError;
use crate::tree::{Node, Record};
use crate::value::{Attr, SmolStr};

const REGISTRATION_STATUS: Attr<u64> = Attr::new("regs");
const INACTIVE: u64 = 2;
const AE: u32 = 2;

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    /// The resources, in the order of their creation.
    pub records: Vec<Arc<Record>>,
    /// Whether there is, or may be, more.
    pub partial: bool,
    /// The offset at which the next page begins.
    pub next_offset: u64,
}

/// The resources below `root` that match and that the originator has a privilege for.
///
/// # Errors
/// When the store fails.
pub fn search(
    cx: &Context<'_>,
    root: &Arc<Record>,
    criteria: &FilterCriteria,
    privilege: Privilege,
) -> Result<Found, Stop> {
    let limits = &cx.core.config.limits;
    let asked = criteria.limit.map_or(limits.results, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let most = asked.min(limits.results);
    let mut skip = criteria.offset.unwrap_or(0);
    // TS-0004 7.3.3.17.15: the first resource has offset 1; 0 means the same as none.
    skip = skip.saturating_sub(1);
    let mut found = Found { next_offset: skip.saturating_add(1), ..Found::default() };
    // TS-0004 7.3.3.14: a discovery passes over AEs that are not active, with all that they have.
    let active_only = criteria.filter_usage == Some(FilterUsage::Discovery);
    let mut permitted = Permissions::default();
    let (mut skipped, mut looked_at) = (0_u64, 0_usize);
    let candidates = candidates(cx, root, criteria)?;
    for node in candidates {
        let node = node?;
        if node == root.node {
            continue;
        }
        looked_at = looked_at.saturating_add(1);
        if looked_at > limits.discovery_work {
            found.partial = true;
            break;
        }
        let record = match cx.view.record(node) {
            Ok(Some(record)) => record,
            Ok(None) => continue,
            Err(StoreError::Corrupt { table, reason }) => {
                // Isolated: one damaged record must not hide all others.
                tracing::warn!(table, reason, "a corrupt record was left out of a search");
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let Some(level) = level_below(cx, root, &record, active_only)? else { continue };
        if criteria.level.is_some_and(|most| level > most) || !filter::matches(cx, &record, criteria)? {
            continue;
        }
        if !permitted.has(cx, &record, privilege)? {
            continue;
        }
        match cx.core.behaviours.of(record.resource_type).retrieving(cx, &record) {
            Ok(()) => {}
            // What its type does not let anybody retrieve is not found either (disableRetrieval).
            Err(Stop::Reject(_)) => continue,
            Err(stop) => return Err(stop),
        }
        if skipped < skip {
            skipped = skipped.saturating_add(1);
            continue;
        }
        if found.records.len() >= most {
            found.partial = true;
            break;
        }
        found.records.push(record);
    }
    let taken = u64::try_from(found.records.len()).unwrap_or(u64::MAX);
    found.next_offset = found.next_offset.saturating_add(taken);
    if let Some(path) = &criteria.apply_relative_path {
        found.records = relative(cx, &found.records, path, privilege)?;
    }
    Ok(found)
}

/// How many levels below `root` a resource lies; `None` when it does not, when an ancestor is gone, or when it belongs to
/// an AE that is not active and only active ones count.
fn level_below(
    cx: &Context<'_>,
    root: &Record,
    record: &Arc<Record>,
    active_only: bool,
) -> Result<Option<u64>, StoreError> {
    let (mut level, mut below, mut at) = (0_u64, None, record.clone());
    while at.node != Node::ROOT {
        let inactive = active_only && below.is_none() && at.resource_type == AE;
        if inactive && REGISTRATION_STATUS.get(at.attributes()) == Some(INACTIVE) {
            return Ok(None);
        }
        level = level.saturating_add(1);
        if at.parent == root.node && below.is_none() {
            below = Some(level);
        }
        match cx.view.record(at.parent)? {
            Some(parent) => at = parent,
            None => return Ok(None),
        }
    }
    Ok(below)
}

/// Siblings of a type without policies of its own share a decision.
#[derive(Default)]
struct Permissions {
    last: Option<(Node, u32, bool)>,
}

impl Permissions {
    fn has(&mut self, cx: &Context<'_>, record: &Arc<Record>, privilege: Privilege) -> Result<bool, Stop> {
        if let Some((parent, ty, permitted)) = self.last
            && parent == record.parent
            && ty == record.resource_type
        {
            return Ok(permitted);
        }
        let permitted = match authorise::verdict(cx, record, privilege, None)? {
            Verdict::Permit => true,
            // Whole representations are shown; what may be seen in part has to be asked for by itself.
            Verdict::Attributes(_) => privilege != Privilege::RETRIEVE,
            Verdict::Deny => false,
        };
        let inherits = cx.type_of(record)?.attribute(authorise::ACCESS_CONTROL_POLICY_IDS.name()).is_none();
        self.last = (inherits && record.resource_type != 1).then_some((record.parent, record.resource_type, permitted));
        Ok(permitted)
    }
}

/// TS-0004 7.3.3.17.17: the resources at a path relative to each match.
fn relative(
    cx: &Context<'_>,
    records: &[Arc<Record>],
    path: &SmolStr,
    privilege: Privilege,
) -> Result<Vec<Arc<Record>>, Stop> {
    if path.len() > 1024 || path.is_empty() {
        return Err(Rejection::bad_request("applyRelativePath (arp): expected 1 to 1024 characters").into());
    }
    let mut found: Vec<Arc<Record>> = Vec::new();
    'matches: for record in records {
        let mut at = record.clone();
        for name in path.split('/') {
            let next = match name {
                "" | "." => Some(at.clone()),
                ".." if at.node == Node::ROOT => None,
                ".." => cx.view.record(at.parent)?,
                "la" | "ol" if cx.type_of(&at)?.virtual_child(name).is_some() => {
                    let tally = cx.tally(&at)?;
                    let node = if name == "la" { tally.latest } else { tally.oldest };
                    node.map(|node| cx.view.record(node)).transpose()?.flatten()
                }
                name => cx.view.child_named(at.node, name)?,
            };
            let Some(next) = next else { continue 'matches };
            at = next;
        }
        let seen = found.iter().any(|other| other.node == at.node);
        if !seen && authorise::verdict(cx, &at, privilege, None)? == Verdict::Permit {
            found.push(at);
        }
    }
    Ok(found)
}
