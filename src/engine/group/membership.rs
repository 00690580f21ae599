//! Who may belong to a group (TS-0004 7.4.13.2.1, 7.4.13.2.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::member::{self, Member, Place};
use super::{FAN_OUT_POINT, GROUP, MEMBER_TYPE, MEMBER_TYPE_VALIDATED, SPECIALIZATION_TYPE};
use crate::engine::context::{Context, Stop};
use crate::engine::references;
use crate::engine::rules::{Privilege, Verdict};
use crate::engine::{authorise, group::MEMBERS_ACCESS_CONTROL_POLICY_IDS};
use crate::primitive::{Rejection, Status};
use crate::tree::Record;
use crate::value::{Map, SmolStr, Value, excerpt};

const POLICY: u32 = 1;
const MGMT_OBJ: u32 = 13;
const FLEX_CONTAINER: u32 = 28;
/// Numbers of virtual resources, as the type of members (TS-0004 6.3.4.2.11).
const VIRTUAL: [(&str, u32); 2] = [("ol", 20001), ("la", 20002)];

/// What a group asks of its members.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// The type; 0 for all sorts.
    pub member_type: u32,
    /// The specialisation.
    pub specialization: Option<Value>,
    /// What becomes of those of another type.
    pub strategy: Strategy,
    /// How many there may be.
    pub most: u64,
}

/// `consistencyStrategy` (TS-0004 6.3.4.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// 1: members of the wrong type are left out.
    AbandonMember,
    /// 2: there is no such group.
    AbandonGroup,
    /// 3: the group is of all sorts from then on.
    SetMixed,
}

impl Strategy {
    /// From its number; what is not given is 1.
    pub(crate) const fn from_number(number: Option<u32>) -> Self {
        match number {
            Some(2) => Self::AbandonGroup,
            Some(3) => Self::SetMixed,
            _ => Self::AbandonMember,
        }
    }
}

/// Who belongs to the group after all.
#[derive(Debug)]
pub(crate) struct Members {
    /// Each once, in the first spelling that came.
    pub ids: Vec<SmolStr>,
    /// The group has become one of all sorts.
    pub mixed: bool,
    /// `mtv`.
    pub validated: bool,
}

/// Looks at a list of members.
///
/// # Errors
/// 6010 for too many, 4110 for a wrong type where the group is to be abandoned, 5105 where the type may not be seen, 4000
/// for what is no address.
pub(crate) fn enlist(cx: &Context<'_>, ids: &[SmolStr], wish: &Wish) -> Result<Members, Stop> {
    let most = cx.core.config.limits.group_members;
    if ids.len() > most {
        return Err(too_many(format!("memberIDs (mid): expected at most {most} members, got {}", ids.len())).into());
    }
    let mut seen = BTreeSet::new();
    let mut members = Vec::with_capacity(ids.len());
    for id in ids {
        let member = member::find(cx, "memberIDs (mid)", id)?;
        if seen.insert(member.identity.clone()) {
            members.push(member);
        }
    }
    within(members.len() as u64, wish.most)?;
    if wish.member_type == 0 {
        return Ok(Members { ids: ids_of(members), mixed: false, validated: true });
    }
    let (mut kept, mut validated) = (Vec::with_capacity(members.len()), true);
    for (place, member) in members.iter().enumerate() {
        match fits(cx, member, wish)? {
            Fit::Unknown => validated = false,
            Fit::Right => {}
            Fit::Wrong => match wish.strategy {
                Strategy::AbandonMember => continue,
                Strategy::AbandonGroup => {
                    let reason = format!(
                        "memberIDs (mid)[{place}]: expected a resource of memberType (mt) {}, got \"{}\"",
                        wish.member_type,
                        excerpt(&member.id)
                    );
                    return Err(Rejection::new(Status::GROUP_MEMBER_TYPE_INCONSISTENT, reason).into());
                }
                Strategy::SetMixed => {
                    return Ok(Members { ids: ids_of(members), mixed: true, validated: true });
                }
            },
        }
        kept.push(member.id.clone());
    }
    Ok(Members { ids: kept, mixed: false, validated })
}

fn ids_of(members: Vec<Member>) -> Vec<SmolStr> {
    members.into_iter().map(|member| member.id).collect()
}

/// Whether a group has room for so many.
///
/// # Errors
/// 6010.
pub(crate) fn within(members: u64, most: u64) -> Result<(), Rejection> {
    if members <= most {
        return Ok(());
    }
    Err(too_many(format!("maxNrOfMembers (mnm): expected at most {most} members, got {members}")))
}

fn too_many(reason: String) -> Rejection {
    Rejection::new(Status::MAX_NUMBER_OF_MEMBER_EXCEEDED, reason)
}

enum Fit {
    Right,
    Wrong,
    /// It cannot be reached now.
    Unknown,
}

fn fits(cx: &Context<'_>, member: &Member, wish: &Wish) -> Result<Fit, Stop> {
    let (record, rest) = match &member.place {
        Place::Here(record, rest) => (record, rest.as_str()),
        Place::Elsewhere => return Ok(Fit::Unknown),
        Place::Nowhere => return Ok(Fit::Wrong),
    };
    let attribute = if rest == FAN_OUT_POINT { MEMBER_TYPE.name() } else { "ty" };
    may_see(cx, member, record, attribute)?;
    let right = if rest.is_empty() {
        record.resource_type == wish.member_type && specialized(record, wish)
    } else if rest == FAN_OUT_POINT && record.resource_type == GROUP {
        // TS-0004 7.4.13.2.1: the members of a sub-group are as the sub-group says, if it knows.
        let group = record.attributes();
        let same = MEMBER_TYPE.get(group).unwrap_or(0) == wish.member_type
            && (wish.specialization.is_none() || SPECIALIZATION_TYPE.get(group) == wish.specialization);
        if same && MEMBER_TYPE_VALIDATED.get(group) == Some(false) {
            return Ok(Fit::Unknown);
        }
        same
    } else {
        VIRTUAL.contains(&(rest, wish.member_type))
    };
    Ok(if right { Fit::Right } else { Fit::Wrong })
}

fn may_see(cx: &Context<'_>, member: &Member, record: &Arc<Record>, attribute: &str) -> Result<(), Stop> {
    let seen = match authorise::verdict(cx, record, Privilege::RETRIEVE, None)? {
        Verdict::Permit => true,
        Verdict::Attributes(names) => names.iter().any(|name| name == attribute),
        Verdict::Deny => false,
    };
    if seen {
        return Ok(());
    }
    let id = excerpt(&member.id);
    let reason = format!("memberIDs (mid): the originator has no privilege to see the type of \"{id}\"");
    Err(Rejection::new(Status::RECEIVER_HAS_NO_PRIVILEGE, reason).into())
}

/// Whether a resource is of the wanted specialisation: `{"cnd": …}` or `{"mgd": …}`.
fn specialized(record: &Record, wish: &Wish) -> bool {
    let Some(wanted) = wish.specialization.as_ref().and_then(Value::as_map) else { return true };
    wanted.iter().all(|(name, value)| record.attributes().get(name) == Some(value))
}

/// Whether a specialisation can be wished for at all.
///
/// # Errors
/// 4000 where the type of the members has none.
pub(crate) fn specializable(wish: &Wish) -> Result<(), Rejection> {
    let Some(wanted) = wish.specialization.as_ref().and_then(Value::as_map) else { return Ok(()) };
    let fitting = match wish.member_type {
        MGMT_OBJ => wanted.contains("mgd"),
        FLEX_CONTAINER => wanted.contains("cnd"),
        _ => false,
    };
    if fitting {
        return Ok(());
    }
    Err(Rejection::bad_request(
        "specializationType (spty): expected mgd with memberType (mt) 13, cnd with memberType 28, and nothing otherwise",
    ))
}

/// Whether the policies of the fan-out point exist. A reference to nothing would deny everybody.
///
/// # Errors
/// 4000 for the first that is not the identifier of an accessControlPolicy hosted here.
pub(crate) fn policies_exist(cx: &Context<'_>, attributes: &Map) -> Result<(), Stop> {
    for id in MEMBERS_ACCESS_CONTROL_POLICY_IDS.get(attributes).unwrap_or_default() {
        if references::find(cx, &id)?.is_none_or(|record| record.resource_type != POLICY) {
            let id = excerpt(&id);
            let reason =
                format!("membersAccessControlPolicyIDs (macp): \"{id}\" is not an accessControlPolicy of this CSE");
            return Err(Rejection::bad_request(reason).into());
        }
    }
    Ok(())
}
