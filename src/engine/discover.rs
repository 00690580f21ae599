//! DISCOVERY, and the search for children behind several result contents (TS-0004 7.3.3.14, 7.3.3.17).
//!
//! A search walks an index, not the tree, unless the subtree is smaller than what the index holds. Whatever the plan,
//! candidates come in the order of their creation, so that pages fit together, and each is held against the whole filter.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::{Context, Stop};
use super::rules::{Privilege, Verdict};
use super::{authorise, filter, result};
use crate::primitive::{FilterCriteria, FilterOperation, FilterUsage, Rejection, Response};
use crate::store::{Direction, KeyRange, StoreError, Table};
use crate::tree::tables::{LABEL, RECORD, TYPE, last_node};
use crate::tree::{Node, Record, label_prefix};
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

/// Answers the addresses of what matches below `root`.
///
/// # Errors
/// The standard's code and a sentence.
pub fn discover(cx: &Context<'_>, root: &Arc<Record>) -> Result<Response, Stop> {
    let default = FilterCriteria::discovery();
    let criteria = cx.request.filter_criteria.as_deref().unwrap_or(&default);
    // TS-0004 7.3.3.14: the privilege is asked of each found resource, not of the root.
    let found = search(cx, root, criteria, Privilege::DISCOVERY)?;
    result::discovered(cx, &found)
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

type Candidates<'a> = Box<dyn Iterator<Item = Result<Node, StoreError>> + 'a>;

/// The numbers of the resources that can match, in order, each once.
fn candidates<'a>(cx: &'a Context<'_>, root: &Arc<Record>, criteria: &FilterCriteria) -> Result<Candidates<'a>, Stop> {
    let Some(mut index) = exact_index(cx, criteria)? else {
        return match small_subtree(cx, root, criteria.level)? {
            Some(small) => Ok(Box::new(small.into_iter().map(Ok))),
            None => by_time(cx, root, criteria),
        };
    };
    // A short run of index rows is the best there is. After a long one, a small subtree may still be shorter.
    let first: Vec<_> = index.by_ref().take(cx.core.config.limits.walked_subtree.max(1)).collect();
    if first.len() >= cx.core.config.limits.walked_subtree
        && let Some(small) = small_subtree(cx, root, criteria.level)?
    {
        return Ok(Box::new(small.into_iter().map(Ok)));
    }
    Ok(Box::new(first.into_iter().chain(index)))
}

/// The rows of an index that names all that can match: by label or by type.
fn exact_index<'a>(cx: &'a Context<'_>, criteria: &FilterCriteria) -> Result<Option<Candidates<'a>>, Stop> {
    if criteria.filter_operation != FilterOperation::And {
        return Ok(None);
    }
    if !criteria.labels.is_empty() && criteria.labels.iter().all(|label| !label.contains('*')) {
        let prefixes = criteria.labels.iter().map(|label| label_prefix(label)).collect();
        return union(cx, LABEL, prefixes).map(Some);
    }
    let indexed = |ty: &u32| !matches!(ty, 4 | 30 | 58);
    if !criteria.resource_type.is_empty() && criteria.resource_type.iter().all(indexed) {
        let prefixes = criteria.resource_type.iter().map(|ty| ty.to_be_bytes().to_vec()).collect();
        return union(cx, TYPE, prefixes).map(Some);
    }
    Ok(None)
}

/// Everything from the root's own number on, narrowed by time where the criteria say one.
fn by_time<'a>(cx: &'a Context<'_>, root: &Arc<Record>, criteria: &FilterCriteria) -> Result<Candidates<'a>, Stop> {
    let all = criteria.filter_operation == FilterOperation::And;
    // Nothing below a resource has a smaller number than the resource itself.
    let mut from = root.node;
    let mut to = None;
    if all && (criteria.created_after.is_some() || criteria.created_before.is_some()) {
        match cx.view.created_between(criteria.created_after, criteria.created_before)? {
            Some((first, end)) => {
                from = from.max(first);
                to = Some(end);
            }
            // Only what is not committed yet can be as young as that.
            None => to = Some(from),
        }
    }
    if all
        && let Some(since) = criteria.modified_since
        && let Some(nodes) = modified_since(cx, since)?
    {
        return Ok(Box::new(nodes.into_iter().map(Ok)));
    }
    let range =
        KeyRange { start: from.0.to_be_bytes().to_vec().into(), end: to.map(|to| to.0.to_be_bytes().to_vec().into()) };
    let rows = cx.view.scan(RECORD, range, Direction::Forward)?;
    let pending = cx.view.unsaved_records();
    let rows: Candidates<'a> = Box::new(rows.filter_map(|row| match row {
        Ok((key, _)) => last_node(&key).map(Ok),
        Err(error) => Some(Err(error)),
    }));
    Ok(merge(vec![rows, Box::new(pending.into_iter().filter(move |node| *node >= from).map(Ok))]))
}

/// The whole subtree when it is small, sorted; a larger one makes an index worth its detour.
fn small_subtree(cx: &Context<'_>, root: &Record, level: Option<u64>) -> Result<Option<Vec<Node>>, Stop> {
    let small = cx.core.config.limits.walked_subtree;
    let mut nodes: Vec<Node> = Vec::new();
    let mut queue = vec![(root.node, 0_u64)];
    while let Some((parent, depth)) = queue.pop() {
        if level.is_some_and(|most| depth >= most) {
            continue;
        }
        for child in cx.view.children(parent, None, Direction::Forward)? {
            let (ty, node) = child?;
            if nodes.len() >= small {
                return Ok(None);
            }
            nodes.push(node);
            // Instances have no children worth a look each; those that have some are found by their own row.
            if ty != 4 {
                queue.push((node, depth.saturating_add(1)));
            }
        }
    }
    nodes.sort_unstable();
    Ok(Some(nodes))
}

/// What was modified or created since, sorted; `None` when that is too much to hold.
fn modified_since(cx: &Context<'_>, since: crate::value::Timestamp) -> Result<Option<Vec<Node>>, Stop> {
    const MOST: usize = 65_536;
    let minute = u64::try_from(since.as_seconds().div_euclid(60)).unwrap_or(0);
    let range = KeyRange { start: minute.to_be_bytes().to_vec().into(), end: None };
    let mut nodes = BTreeSet::new();
    for row in cx.view.scan(crate::tree::tables::MODIFIED, range, Direction::Forward)? {
        nodes.extend(last_node(&row?.0));
        if nodes.len() > MOST {
            return Ok(None);
        }
    }
    if let Some((first, end)) = cx.view.created_between(Some(since), None)? {
        let range =
            KeyRange { start: first.0.to_be_bytes().to_vec().into(), end: Some(end.0.to_be_bytes().to_vec().into()) };
        for row in cx.view.scan(RECORD, range, Direction::Forward)? {
            nodes.extend(last_node(&row?.0));
            if nodes.len() > MOST {
                return Ok(None);
            }
        }
    }
    nodes.extend(cx.view.unsaved_records());
    Ok(Some(nodes.into_iter().collect()))
}

/// Rows of several index prefixes, each followed by a resource number, as one ordered stream of these numbers.
fn union<'a>(cx: &'a Context<'_>, table: Table, prefixes: Vec<Vec<u8>>) -> Result<Candidates<'a>, Stop> {
    let mut streams: Vec<Candidates<'a>> = Vec::new();
    for prefix in prefixes {
        let length = prefix.len().saturating_add(8);
        let rows = cx.view.scan(table, KeyRange::prefix(prefix), Direction::Forward)?;
        streams.push(Box::new(rows.filter_map(move |row| match row {
            // A longer key belongs to a text that goes on after a zero, as the prefix does.
            Ok((key, _)) => (key.len() == length).then(|| last_node(&key).map(Ok)).flatten(),
            Err(error) => Some(Err(error)),
        })));
    }
    Ok(merge(streams))
}

/// Merges ordered streams, dropping repetitions.
fn merge(streams: Vec<Candidates<'_>>) -> Candidates<'_> {
    if streams.len() == 1 {
        return streams.into_iter().next().unwrap_or_else(|| Box::new(std::iter::empty()));
    }
    let mut streams: Vec<_> = streams.into_iter().map(Iterator::peekable).collect();
    let mut last = None;
    Box::new(std::iter::from_fn(move || {
        loop {
            let next = streams
                .iter_mut()
                .enumerate()
                .filter_map(|(place, stream)| stream.peek().map(|item| (item.as_ref().ok().copied(), place)))
                .min()?;
            let item = streams.get_mut(next.1)?.next()?;
            match item {
                Ok(node) if last == Some(node) => {}
                Ok(node) => {
                    last = Some(node);
                    return Some(Ok(node));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }))
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
