//! `<schedule>` (TS-0001 9.6.9, TS-0004 7.4.9): when something may happen.
//!
//! Below a subscription it says when notifications may be sent; the subscription gets a mark, so that one without a
//! schedule is not looked at for one.

use std::sync::Arc;

use super::Behaviour;
use crate::engine::{Context, Newborn, Stop};
use crate::notify::{self, SCHEDULE, SUBSCRIPTION};
use crate::primitive::Rejection;
use crate::store::Direction;
use crate::tree::Record;
use crate::value::{Attr, Map};

const NETWORK_COORDINATED: Attr<bool> = Attr::new("nco");
/// Its name below a subscription (TS-0004 table 7.4.8.1-4).
const NAME: &str = "notificationSchedule";
const NODE: u32 = 14;

pub(super) struct Schedule;

impl Behaviour for Schedule {
    fn creating(&self, cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        if born.parent.resource_type != NODE && NETWORK_COORDINATED.is_in(&born.attributes) {
            let reason = "networkCoordinated (nco): goes with the schedule of a node only";
            return Err(Rejection::bad_request(reason).into());
        }
        if born.parent.resource_type != NODE
            && cx.view.children(born.parent.node, Some(SCHEDULE), Direction::Forward)?.next().is_some()
        {
            return Err(Rejection::conflict("the parent has a schedule already").into());
        }
        if born.parent.resource_type == SUBSCRIPTION {
            match &born.resource_name {
                Some(name) if name != NAME => {
                    let reason = format!("resourceName (rn): expected {NAME} below a subscription");
                    return Err(Rejection::bad_request(reason).into());
                }
                _ => born.resource_name = Some(NAME.into()),
            }
        }
        Ok(())
    }

    fn created(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        changed(cx, record, true)
    }

    fn updating(&self, cx: &mut Context<'_>, record: &Arc<Record>, wanted: &mut Map) -> Result<(), Stop> {
        let parent = cx.parent_of(record)?;
        if parent.resource_type != NODE && NETWORK_COORDINATED.is_in(wanted) {
            let reason = "networkCoordinated (nco): goes with the schedule of a node only";
            return Err(Rejection::bad_request(reason).into());
        }
        Ok(())
    }

    fn updated(&self, cx: &mut Context<'_>, _old: &Arc<Record>, new: &Arc<Record>) -> Result<(), Stop> {
        changed(cx, new, true)
    }

    fn removing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        cx.view.remove(record)?;
        changed(cx, record, false)
    }
}

/// What waits for the schedule of a subscription is looked at again.
fn changed(cx: &mut Context<'_>, record: &Record, exists: bool) -> Result<(), Stop> {
    let parent = cx.parent_of(record)?;
    if parent.resource_type != SUBSCRIPTION {
        return Ok(());
    }
    cx.view.set_watched(&parent, exists);
    notify::look_again(cx, parent.node)
}
