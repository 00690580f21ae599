//! May this originator do this here? (TS-0004 7.3.3.15, TS-0003 7.1.5, TS-0001 9.6.1.3.2)
//!
//! In this order, and the first that grants, grants:
//! 0. a polling channel is its AE's alone;
//! 1. the policies that the resource refers to; the policy itself, when the target is one;
//! 2. without such: the custodian, or who created the resource (the default access policy);
//! 3. a type without `accessControlPolicyIDs` is governed by its parent;
//! 4. the administration policy, an `<accessControlPolicy>` like any other that covers the whole tree;
//! 5. at the CSEBase, what the configuration lets registered AEs do.

use std::sync::Arc;

use super::context::{Context, Stop};
use super::group::MEMBERS_ACCESS_CONTROL_POLICY_IDS;
use super::outward::reach::POLLING_CHANNEL;
use super::rules::{Home, Policy, Privilege, Question, Rules, Verdict};
use crate::primitive::Rejection;
use crate::store::StoreError;
use crate::tree::{Node, Record};
use crate::value::{Attr, SmolStr};

/// `acpi`.
pub const ACCESS_CONTROL_POLICY_IDS: Attr<Vec<SmolStr>> = Attr::new("acpi");
const CUSTODIAN: Attr<SmolStr> = Attr::new("cstn");

const POLICY: u32 = 1;
const AE: u32 = 2;
const CSE_BASE: u32 = 5;

/// The resource name of the administration policy, a child of the CSEBase.
pub const ADMINISTRATION: &str = "acpAdministration";

/// Decides over the request's own originator.
///
/// # Errors
/// 4103 when nothing grants the privilege; when it is granted for some attributes only, these are answered.
pub fn require(
    cx: &Context<'_>,
    target: &Arc<Record>,
    privilege: Privilege,
    child: Option<u32>,
) -> Result<Option<Vec<SmolStr>>, Stop> {
    match verdict(cx, target, privilege, child)? {
        Verdict::Permit => Ok(None),
        Verdict::Attributes(attributes) => Ok(Some(attributes)),
        Verdict::Deny => Err(denied(cx).into()),
    }
}

/// Decides over who may address the members of a group: the policies that the group has for that, or else its own.
///
/// # Errors
/// 4103 when nothing grants the privilege. A rule for some attributes grants nothing: a fan-out point has none.
pub fn require_for_members(
    cx: &Context<'_>,
    group: &Arc<Record>,
    privilege: Privilege,
    child: Option<u32>,
) -> Result<(), Stop> {
    let ids = MEMBERS_ACCESS_CONTROL_POLICY_IDS.get(group.attributes()).unwrap_or_default();
    let verdict = if ids.is_empty() {
        verdict(cx, group, privilege, child)?
    } else {
        let question = question(cx, group, privilege, child);
        granted_by(cx, &ids, &question)?.or(administration(cx, &question)?)
    };
    if verdict == Verdict::Permit { Ok(()) } else { Err(denied(cx).into()) }
}

/// 4103, in words that tell a stranger nothing about the resource.
#[must_use]
pub fn denied(cx: &Context<'_>) -> Rejection {
    let who = crate::value::excerpt(&cx.originator);
    Rejection::no_privilege(format!(
        "originator \"{who}\" has no privilege for {} on {}",
        cx.request.operation.name(),
        crate::value::excerpt(&cx.request.to)
    ))
}

/// Decides without turning the request down.
///
/// # Errors
/// When the store fails.
pub fn verdict(
    cx: &Context<'_>,
    target: &Arc<Record>,
    privilege: Privilege,
    child: Option<u32>,
) -> Result<Verdict, Stop> {
    if let Some(holder) = channel_holder(cx, target, privilege, child)? {
        return Ok(if holder == cx.originator { Verdict::Permit } else { Verdict::Deny });
    }
    let question = question(cx, target, privilege, child);
    let own = own_policies(cx, target, &question)?;
    if own == Verdict::Permit {
        return Ok(own);
    }
    let verdict = match own.or(administration(cx, &question)?) {
        // A resource is deleted as a whole or not at all.
        Verdict::Attributes(_) if privilege == Privilege::DELETE => Verdict::Deny,
        verdict => verdict,
    };
    if verdict != Verdict::Deny || !registered_ae_may(cx, target, privilege, child)? {
        return Ok(verdict);
    }
    Ok(Verdict::Permit)
}

/// Whether the originator may replace `acpi`: that takes UPDATE in the self-privileges of a policy that the resource
/// refers to now (TS-0001 9.6.1.3.2).
///
/// # Errors
/// 4103 when it may not.
pub fn require_change_of_policies(cx: &Context<'_>, target: &Arc<Record>) -> Result<(), Stop> {
    let question = question(cx, target, Privilege::UPDATE, None);
    let ids = ACCESS_CONTROL_POLICY_IDS.get(target.attributes()).unwrap_or_default();
    let mut verdict = if ids.is_empty() { default_policy(cx, target) } else { Verdict::Deny };
    for id in &ids {
        if let Some(policy) = policy(cx, id)? {
            verdict = verdict.or(decide(cx, &policy.self_privileges, &question)?);
        }
    }
    if verdict.or(administration(cx, &question)?) == Verdict::Permit { Ok(()) } else { Err(denied(cx).into()) }
}

/// The operations that are granted on a resource, as bits (result content 12).
///
/// # Errors
/// When the store fails.
pub fn permissions(cx: &Context<'_>, target: &Arc<Record>) -> Result<u8, Stop> {
    let mut bits = 0;
    for bit in [1_u8, 2, 4, 8, 16, 32] {
        if verdict(cx, target, Privilege(bit), None)? != Verdict::Deny {
            bits |= bit;
        }
    }
    Ok(bits)
}

/// Whether the originator is an AE registered here.
///
/// # Errors
/// When the store fails.
pub fn is_registered(cx: &Context<'_>) -> Result<bool, Stop> {
    let record = cx.view.by_id(&cx.originator)?;
    Ok(record.is_some_and(|record| record.resource_type == 2))
}

fn question<'a>(cx: &'a Context<'_>, target: &Record, privilege: Privilege, child: Option<u32>) -> Question<'a> {
    Question {
        originator: &cx.originator,
        home: Home { sp_id: &cx.core.config.sp_id, cse_id: &cx.core.config.cse_id },
        privilege,
        target_type: target.resource_type,
        child_type: child,
        now: cx.now,
        ip: cx.request.access.ip,
        authenticated: cx.request.access.authenticated,
    }
}

/// Steps 1 to 3.
fn own_policies(cx: &Context<'_>, target: &Arc<Record>, question: &Question<'_>) -> Result<Verdict, Stop> {
    let mut governed = target.clone();
    loop {
        if governed.resource_type == POLICY {
            // TS-0001 9.6.2.0: a policy is governed by its own self-privileges and by nothing else.
            return decide(cx, &compiled(&governed).self_privileges, question);
        }
        if cx.type_of(&governed)?.attribute(ACCESS_CONTROL_POLICY_IDS.name()).is_some() {
            break;
        }
        if governed.node == Node::ROOT {
            return Ok(Verdict::Deny);
        }
        governed = cx.parent_of(&governed)?;
    }
    let ids = ACCESS_CONTROL_POLICY_IDS.get(governed.attributes()).unwrap_or_default();
    if ids.is_empty() {
        return Ok(default_policy(cx, &governed));
    }
    granted_by(cx, &ids, question)
}

/// What some rules say, also to the members of groups that they name (TS-0001 9.6.2.1).
fn decide(cx: &Context<'_>, rules: &Rules, question: &Question<'_>) -> Result<Verdict, Stop> {
    let mut verdict = rules.decide(question);
    if verdict != Verdict::Permit {
        for (entry, grants) in rules.for_groups(question) {
            if super::group::has_member(cx, entry, &cx.originator)? {
                verdict = verdict.or(grants);
            }
        }
    }
    Ok(verdict)
}

/// What the privileges of some policies say.
fn granted_by(cx: &Context<'_>, ids: &[SmolStr], question: &Question<'_>) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::Deny;
    for id in ids {
        if let Some(policy) = policy(cx, id)? {
            verdict = verdict.or(decide(cx, &policy.privileges, question)?);
            if verdict == Verdict::Permit {
                break;
            }
        }
    }
    Ok(verdict)
}

/// Without policies: the custodian if there is one, otherwise the creator. The CSEBase was created by the CSE itself.
fn default_policy(cx: &Context<'_>, record: &Record) -> Verdict {
    let holder =
        CUSTODIAN.get(record.attributes()).map_or_else(|| record.owner.clone(), |id| cx.core.relative_originator(&id));
    if !holder.is_empty() && holder == cx.originator { Verdict::Permit } else { Verdict::Deny }
}

/// Whether the originator may create a resource of that name below the CSEBase: whoever takes the name of the
/// administration policy has the whole tree.
///
/// # Errors
/// 4103 when it may not.
pub fn name_is_free_for(cx: &Context<'_>, parent: &Record, name: Option<&SmolStr>) -> Result<(), Stop> {
    let reserved = parent.node == Node::ROOT && name.is_some_and(|name| name == ADMINISTRATION);
    if reserved && cx.core.config.administrator.as_ref() != Some(&cx.originator) {
        let reason = format!("resourceName (rn): \"{ADMINISTRATION}\" is kept for the administrator's policy");
        return Err(Rejection::no_privilege(reason).into());
    }
    Ok(())
}

fn administration(cx: &Context<'_>, question: &Question<'_>) -> Result<Verdict, Stop> {
    let Some(record) = cx.view.child_named(Node::ROOT, ADMINISTRATION)? else { return Ok(Verdict::Deny) };
    if record.resource_type != POLICY {
        return Ok(Verdict::Deny);
    }
    decide(cx, &compiled(&record).privileges, question)
}

/// TS-0004 7.4.21.2, TS-0001 10.2.5.13 to 10.2.5.16: a polling channel is its AE's alone, whatever policies say. The AE, if
/// this is about one.
fn channel_holder(
    cx: &Context<'_>,
    target: &Record,
    privilege: Privilege,
    child: Option<u32>,
) -> Result<Option<SmolStr>, Stop> {
    if target.resource_type == POLLING_CHANNEL {
        return Ok(Some(cx.parent_of(target)?.resource_id.clone()));
    }
    let creates = target.resource_type == AE && privilege == Privilege::CREATE && child == Some(POLLING_CHANNEL);
    Ok(creates.then(|| target.resource_id.clone()))
}

fn registered_ae_may(
    cx: &Context<'_>,
    target: &Record,
    privilege: Privilege,
    child: Option<u32>,
) -> Result<bool, Stop> {
    let config = &cx.core.config;
    let allowed = target.resource_type == CSE_BASE
        && match privilege {
            Privilege::RETRIEVE => config.registered_aes_may_retrieve_cse_base,
            Privilege::CREATE => child.is_some_and(|ty| config.registered_aes_may_create.contains(&ty)),
            _ => false,
        };
    Ok(allowed && is_registered(cx)?)
}

/// The policy of that identifier, if it is one and lives here. A policy that is gone or cannot be read grants nothing.
fn policy(cx: &Context<'_>, id: &str) -> Result<Option<Arc<Policy>>, StoreError> {
    let found = super::references::find(cx, id)?;
    Ok(found.filter(|record| record.resource_type == POLICY).map(|record| compiled(&record)))
}

fn compiled(record: &Record) -> Arc<Policy> {
    record.compiled(Policy::compile)
}
