//! Which resources a search looks at.
//!
//! An index, not the tree, unless the subtree is smaller than what the index holds. Whatever the plan, candidates come in
//! the order of their creation, so that pages fit together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::{Context, Stop};
use crate::primitive::{FilterCriteria, FilterOperation};
use crate::store::{Direction, KeyRange, StoreError, Table};
use crate::tree::tables::{LABEL, RECORD, TYPE, last_node};
use crate::tree::{Node, Record, label_prefix};

pub type Candidates<'a> = Box<dyn Iterator<Item = Result<Node, StoreError>> + 'a>;

/// The numbers of the resources that can match, in order, each once.
pub fn candidates<'a>(
    cx: &'a Context<'_>,
    root: &Arc<Record>,
    criteria: &FilterCriteria,
) -> Result<Candidates<'a>, Stop> {
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
