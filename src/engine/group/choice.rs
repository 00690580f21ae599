//! Which members a request is for: all, those that it names (`grtm`), or so many of them, whichever (`gstn`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::member::{self, Identity, Place};
use super::{FAN_OUT_POINT, GROUP, MEMBER_IDS};
use crate::config::Somecast;
use crate::engine::context::{Context, Stop};
use crate::primitive::{Operation, Rejection, Request};
use crate::tree::{Node, Record};
use crate::value::{SmolStr, excerpt};

const TARGETS: &str = "groupRequestTargetMembers (grtm)";

const NUMBER: &str = "groupSomecastTargetNumber (gstn)";

/// What is said about the members of a group goes with a group. To pass over it would do something else than was asked.
///
/// # Errors
/// 4000 when it comes with anything but a fan-out point.
pub fn refuse_stray(request: &Request) -> Result<(), Rejection> {
    match parameter(request) {
        None => Ok(()),
        Some(name) => Err(Rejection::bad_request(format!(
            "{name}: expected the fan-out point of a group as target, such as …/fopt"
        ))),
    }
}

fn parameter(request: &Request) -> Option<&'static str> {
    let names = !request.group_request_target_members.is_empty();
    if names { Some(TARGETS) } else { request.group_somecast_target_number.map(|_| NUMBER) }
}

/// A member that the request goes to.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The member, as the group says it.
    pub id: SmolStr,
    /// When it is a group itself: which of its members alone.
    pub only: Vec<SmolStr>,
}

/// The members that the request goes to, in the order of the group.
///
/// # Errors
/// 4000 when it names one that is not there.
pub fn members(cx: &mut Context<'_>, group: &Arc<Record>, ids: Vec<SmolStr>) -> Result<Vec<Chosen>, Stop> {
    let request = cx.request;
    if let Some(name) = parameter(request).filter(|_| request.operation == Operation::Notify) {
        return Err(Rejection::bad_request(format!("{name}: not permitted in a NOTIFY")).into());
    }
    if request.group_somecast_target_number == Some(0) {
        return Err(Rejection::bad_request(format!("{NUMBER}: expected at least 1, got 0")).into());
    }
    let mut chosen = if cx.request.group_request_target_members.is_empty() {
        ids.into_iter().map(|id| Chosen { id, only: Vec::new() }).collect()
    } else {
        named(cx, ids)?
    };
    let most = cx.request.group_somecast_target_number.and_then(|number| usize::try_from(number).ok());
    if let Some(most) = most.filter(|most| *most < chosen.len()) {
        chosen = some(cx, group, chosen, most)?;
    }
    Ok(chosen)
}

/// TS-0004 7.4.14.2.4: the named ones have to be members, or members of groups within.
fn named(cx: &Context<'_>, ids: Vec<SmolStr>) -> Result<Vec<Chosen>, Stop> {
    let most = cx.core.config.limits.group_members;
    if cx.request.group_request_target_members.len() > most {
        return Err(Rejection::bad_request(format!("{TARGETS}: expected at most {most} members")).into());
    }
    let mut search = Search { wanted: BTreeMap::new(), seen: BTreeSet::new(), left: most };
    for id in &cx.request.group_request_target_members {
        search.wanted.insert(member::find(cx, TARGETS, id)?.identity, id.clone());
    }
    let mut chosen: Vec<Option<Chosen>> = Vec::with_capacity(ids.len());
    let mut groups = Vec::new();
    for id in ids {
        let member = member::find(cx, TARGETS, &id)?;
        let whole = search.wanted.remove(&member.identity).is_some();
        if let Place::Here(group, rest) = member.place
            && rest == FAN_OUT_POINT
            && group.resource_type == GROUP
        {
            groups.push((chosen.len(), id.clone(), group));
        }
        chosen.push(whole.then_some(Chosen { id, only: Vec::new() }));
    }
    for (place, id, group) in groups {
        let mut only = Vec::new();
        search.inside(cx, &group, 0, &mut only)?;
        if let Some(slot) = chosen.get_mut(place).filter(|slot| slot.is_none() && !only.is_empty()) {
            *slot = Some(Chosen { id, only });
        }
    }
    match search.wanted.into_values().next() {
        None => Ok(chosen.into_iter().flatten().collect()),
        Some(id) => {
            let reason = format!("{TARGETS}: expected members of the group, got \"{}\"", excerpt(&id));
            Err(Rejection::bad_request(reason).into())
        }
    }
}

/// A search for named members in groups within groups. Each group is looked at once, and so many members in all.
struct Search {
    wanted: BTreeMap<Identity, SmolStr>,
    seen: BTreeSet<Node>,
    left: usize,
}

impl Search {
    fn inside(
        &mut self,
        cx: &Context<'_>,
        group: &Arc<Record>,
        depth: usize,
        found: &mut Vec<SmolStr>,
    ) -> Result<(), Stop> {
        if self.wanted.is_empty() || depth > cx.core.config.limits.group_depth || !self.seen.insert(group.node) {
            return Ok(());
        }
        let ids = MEMBER_IDS.get(group.attributes()).unwrap_or_default();
        let mut groups = Vec::new();
        for id in ids {
            let Some(left) = self.left.checked_sub(1) else { return Ok(()) };
            self.left = left;
            let member = member::find(cx, TARGETS, &id)?;
            found.extend(self.wanted.remove(&member.identity));
            if let Place::Here(group, rest) = member.place
                && rest == FAN_OUT_POINT
                && group.resource_type == GROUP
            {
                groups.push(group);
            }
        }
        for group in groups {
            self.inside(cx, &group, depth.saturating_add(1), found)?;
        }
        Ok(())
    }
}

/// So many of the members, whichever: by the configured policy.
fn some(cx: &mut Context<'_>, group: &Record, chosen: Vec<Chosen>, most: usize) -> Result<Vec<Chosen>, Stop> {
    let mut places: Vec<usize> = (0..chosen.len()).collect();
    match cx.core.config.somecast {
        Somecast::RoundRobin => places.rotate_left(turn(cx, group, chosen.len(), most)?),
        Somecast::Nearest => {
            let mut hops = Vec::with_capacity(chosen.len());
            for member in &chosen {
                hops.push(member::find(cx, TARGETS, &member.id)?.hops);
            }
            places.sort_by_key(|place| hops.get(*place).copied());
        }
    }
    let taken: BTreeSet<usize> = places.into_iter().take(most).collect();
    let members = chosen.into_iter().enumerate();
    Ok(members.filter(|(place, _)| taken.contains(place)).map(|(_, member)| member).collect())
}

/// Where the turn is, of so many members. It moves on by as many as are taken, once for each request.
fn turn(cx: &mut Context<'_>, group: &Record, members: usize, taken: usize) -> Result<usize, Stop> {
    let count = members.max(1) as u64;
    let node = group.node;
    let turn = cx.pinned("turn", |cx| {
        let turn = cx.talk.groups.map_or(0, |memory| memory.turn(node)).checked_rem(count).unwrap_or(0);
        let next = turn.saturating_add(taken as u64).checked_rem(count).unwrap_or(0);
        cx.trail.turns.push((node, next));
        Ok(turn.to_string().into())
    })?;
    let turn = turn.parse::<u64>().ok().and_then(|turn| turn.checked_rem(count)).unwrap_or(0);
    Ok(usize::try_from(turn).unwrap_or(0))
}
