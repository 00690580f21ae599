//! `<accessControlPolicy>` (TS-0001 9.6.2, TS-0004 7.4.2): rules that this CSE can evaluate, or none at all.

use std::sync::Arc;

use super::Behaviour;
use crate::engine::{Context, Newborn, Stop, rules::Policy};
use crate::tree::Record;
use crate::value::Map;

pub(super) struct AccessControlPolicy;

impl Behaviour for AccessControlPolicy {
    fn creating(&self, _cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        Ok(Policy::check(&born.attributes)?)
    }

    fn updating(&self, _cx: &mut Context<'_>, _record: &Arc<Record>, wanted: &mut Map) -> Result<(), Stop> {
        Ok(Policy::check(wanted)?)
    }
}
