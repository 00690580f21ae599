//! Access control rules, compiled from the attributes of an `<accessControlPolicy>` (TS-0001 9.6.2).
//!
//! Everything here fails closed: a rule that this CSE cannot evaluate in full grants nothing, and is refused when it comes.

use std::net::IpAddr;

use crate::primitive::Rejection;
use crate::value::{Map, SmolStr, Timestamp, Value};

mod context;
mod glob;
mod originator;
mod rule;
#[cfg(test)]
mod tests;

pub(crate) use glob::glob;
pub use originator::Home;
use rule::Rule;

/// `accessControlOperations` (TS-0004 6.3.4.2.29), one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privilege(pub u8);

impl Privilege {
    /// CREATE.
    pub const CREATE: Self = Self(1);
    /// RETRIEVE.
    pub const RETRIEVE: Self = Self(2);
    /// UPDATE.
    pub const UPDATE: Self = Self(4);
    /// DELETE.
    pub const DELETE: Self = Self(8);
    /// NOTIFY.
    pub const NOTIFY: Self = Self(16);
    /// DISCOVERY.
    pub const DISCOVERY: Self = Self(32);
}

/// What is to be decided.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Who asks, CSE-relative where it belongs to this CSE. Never a pattern, whatever characters it has.
    pub originator: &'a str,
    /// Where this is asked.
    pub home: Home<'a>,
    /// What for.
    pub privilege: Privilege,
    /// The type of the target.
    pub target_type: u32,
    /// For a CREATE, the type of the child.
    pub child_type: Option<u32>,
    /// When.
    pub now: Timestamp,
    /// From where, if the transport knows.
    pub ip: Option<IpAddr>,
    /// Whether the originator has proved who it is.
    pub authenticated: bool,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No rule grants it.
    Deny,
    /// Granted, for these attributes only.
    Attributes(Vec<SmolStr>),
    /// Granted.
    Permit,
}

impl Verdict {
    /// Both grants together.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Permit, _) | (_, Self::Permit) => Self::Permit,
            (Self::Deny, other) | (other, Self::Deny) => other,
            (Self::Attributes(mut some), Self::Attributes(more)) => {
                some.extend(more);
                Self::Attributes(some)
            }
        }
    }
}

/// The rules of one policy.
#[derive(Debug, Default)]
pub struct Policy {
    /// `pv`: for the resources that refer to the policy.
    pub privileges: Rules,
    /// `pvs`: for the policy itself.
    pub self_privileges: Rules,
}

/// A set of access control rules: what one of them grants is granted.
#[derive(Debug, Default)]
pub struct Rules(Vec<Rule>);
impl Policy {
    /// Compiles a policy that is stored already: rules that cannot be evaluated grant nothing.
    #[must_use]
    pub fn compile(attributes: &Map) -> Self {
        let rules = |name: &str| {
            let list = rule_list(attributes.get(name));
            Rules(list.iter().filter_map(|rule| Rule::compile(rule, name).ok()).collect())
        };
        Self { privileges: rules("pv"), self_privileges: rules("pvs") }
    }

    /// Whether every rule of `pv` and `pvs` can be evaluated.
    ///
    /// # Errors
    /// 4000 for what is malformed, 5001 for contexts that this CSE cannot evaluate.
    pub fn check(attributes: &Map) -> Result<(), Rejection> {
        for name in ["pv", "pvs"] {
            for rule in rule_list(attributes.get(name)) {
                Rule::compile(rule, name)?;
            }
        }
        // An empty set of self-privileges would leave a policy that nobody could ever change (TS-0004 7.4.2.2.1).
        if attributes.get("pvs").is_some_and(|pvs| rule_list(Some(pvs)).is_empty()) {
            return Err(Rejection::bad_request(
                "selfPrivileges (pvs): expected at least one rule, or nobody could ever change the policy",
            ));
        }
        Ok(())
    }
}

impl Rules {
    /// Decides. What no rule grants is denied.
    #[must_use]
    pub fn decide(&self, question: &Question<'_>) -> Verdict {
        let mut verdict = Verdict::Deny;
        for rule in self.0.iter().filter(|rule| rule.applies(question)) {
            verdict = verdict.or(rule.grants());
            if verdict == Verdict::Permit {
                break;
            }
        }
        verdict
    }

    /// Entries that may be the identifiers of groups, with what is granted to the members. Only the store knows whether
    /// they are.
    pub fn for_groups<'r>(&'r self, question: &'r Question<'_>) -> impl Iterator<Item = (&'r SmolStr, Verdict)> {
        let rules = self.0.iter().filter(|rule| rule.would_apply(question));
        rules.flat_map(|rule| {
            let groups = rule.originators.iter().filter(|entry| originator::may_be_a_group(entry));
            groups.map(|entry| (entry, rule.grants()))
        })
    }

    /// The operations that some rule grants, as bits; for the Permissions result content.
    #[must_use]
    pub fn operations(&self, question: &Question<'_>) -> u8 {
        let all = [1, 2, 4, 8, 16, 32];
        all.into_iter()
            .filter(|bit| {
                let asked = Question { privilege: Privilege(*bit), ..question.clone() };
                self.0.iter().any(|rule| rule.applies(&asked))
            })
            .fold(0, |bits, bit| bits | bit)
    }
}

/// `pv` and `pvs` are `{"acr": [rule, …]}`.
fn rule_list(set: Option<&Value>) -> &[Value] {
    set.and_then(Value::as_map).and_then(|set| set.get("acr")).and_then(Value::as_list).unwrap_or_default()
}
