//! `<group>` (TS-0001 9.6.13, TS-0004 7.4.13): resources that are addressed together.
//!
//! Here is what a group keeps. How a request to its fan-out point reaches the members is told in `engine::group`.

use std::sync::Arc;

use super::Behaviour;
use crate::engine::group::membership::{self, Members, Strategy, Wish};
use crate::engine::group::{
    CONSISTENCY_STRATEGY, CURRENT_NR_OF_MEMBERS, MAX_NR_OF_MEMBERS, MEMBER_IDS, MEMBER_TYPE, MEMBER_TYPE_VALIDATED,
    SPECIALIZATION_TYPE,
};
use crate::engine::{Context, Newborn, Stop};
use crate::notify;
use crate::tree::Record;
use crate::value::{Map, Value};

const MIXED: u32 = 0;
const ABANDON_MEMBER: u32 = 1;

pub(super) struct Group;

impl Behaviour for Group {
    fn creating(&self, cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        let attributes = &mut born.attributes;
        membership::policies_exist(cx, attributes)?;
        let wish = wish(attributes);
        membership::specializable(&wish)?;
        let members = membership::enlist(cx, &MEMBER_IDS.get(attributes).unwrap_or_default(), &wish)?;
        MEMBER_TYPE.set(attributes, if members.mixed { MIXED } else { wish.member_type });
        if members.mixed {
            SPECIALIZATION_TYPE.remove(attributes);
        }
        if !CONSISTENCY_STRATEGY.is_in(attributes) {
            CONSISTENCY_STRATEGY.set(attributes, ABANDON_MEMBER);
        }
        enter(attributes, members);
        Ok(())
    }

    fn updating(&self, cx: &mut Context<'_>, record: &Arc<Record>, wanted: &mut Map) -> Result<(), Stop> {
        membership::policies_exist(cx, wanted)?;
        let mut wish = wish(record.attributes());
        wish.most = MAX_NR_OF_MEMBERS.get(wanted).unwrap_or(wish.most);
        let Some(ids) = MEMBER_IDS.get(wanted) else {
            membership::within(CURRENT_NR_OF_MEMBERS.get(record.attributes()).unwrap_or(0), wish.most)?;
            return Ok(());
        };
        let members = membership::enlist(cx, &ids, &wish)?;
        if members.mixed {
            MEMBER_TYPE.set(wanted, MIXED);
            wanted.set(SPECIALIZATION_TYPE.name(), Value::Null);
        }
        enter(wanted, members);
        Ok(())
    }

    /// What was gathered for subscribers is told before it goes.
    fn removing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        notify::abandon(cx, record.node, false)?;
        Ok(cx.view.remove(record)?)
    }

    fn perishing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        notify::abandon(cx, record.node, false)
    }
}

fn wish(attributes: &Map) -> Wish {
    Wish {
        member_type: MEMBER_TYPE.get(attributes).unwrap_or(MIXED),
        specialization: SPECIALIZATION_TYPE.get(attributes).filter(|value| !value.is_null()),
        strategy: Strategy::from_number(CONSISTENCY_STRATEGY.get(attributes)),
        most: MAX_NR_OF_MEMBERS.get(attributes).unwrap_or(u64::MAX),
    }
}

/// Enters the members and what follows from them.
fn enter(attributes: &mut Map, members: Members) {
    CURRENT_NR_OF_MEMBERS.set(attributes, members.ids.len() as u64);
    MEMBER_TYPE_VALIDATED.set(attributes, members.validated);
    MEMBER_IDS.set(attributes, members.ids);
}
