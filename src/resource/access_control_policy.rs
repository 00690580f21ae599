//! `<accessControlPolicy>` (TS-0001 9.6.2, TS-0004 7.4.2): rules that this CSE can evaluate, or none at all.

use std::sync::Arc;

use super::Behaviour;
use crate::engine::{Context, Newborn, Stop, rules::Policy};
use crate::primitive::Rejection;
use crate::tree::Record;
use crate::value::{Map, Value};

pub(super) struct AccessControlPolicy;

impl Behaviour for AccessControlPolicy {
    fn creating(&self, _cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        if rule_count(born.attributes.get("pvs")) == 0 {
            let reason = "selfPrivileges (pvs): expected at least one rule, or nobody could ever change the policy";
            return Err(Rejection::bad_request(reason).into());
        }
        Ok(Policy::check(&born.attributes)?)
    }

    fn updating(&self, _cx: &mut Context<'_>, _record: &Arc<Record>, wanted: &mut Map) -> Result<(), Stop> {
        Ok(Policy::check(wanted)?)
    }
}

fn rule_count(set: Option<&Value>) -> usize {
    set.and_then(Value::as_map).and_then(|set| set.get("acr")).and_then(Value::as_list).map_or(0, <[Value]>::len)
}
