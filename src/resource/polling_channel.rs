//! `<pollingChannel>` (TS-0001 9.6.21, TS-0004 7.4.21): how an AE that cannot be called hears of requests.
//!
//! Who may do what with it is decided in `authorise`; its virtual child `pcu` lives in the engine.

use std::sync::Arc;

use super::Behaviour;
use crate::engine::{Context, Newborn, Stop};
use crate::notify;
use crate::primitive::Rejection;
use crate::store::Direction;
use crate::tree::Record;

/// The number of this type.
pub(super) const TYPE: u32 = 15;

pub(super) struct PollingChannel;

impl Behaviour for PollingChannel {
    fn creating(&self, cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        // TS-0001 table 9.6.5-1: at most one.
        if cx.view.children(born.parent.node, Some(TYPE), Direction::Forward)?.next().is_some() {
            let reason = format!("{} has a pollingChannel already", born.parent.resource_id);
            return Err(Rejection::conflict(reason).into());
        }
        Ok(())
    }

    fn created(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        notify::entity_changed(cx, record.parent)
    }

    fn removing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        cx.view.remove(record)?;
        cx.close_channel(record.node);
        // There may be points of access, which are looked at again now.
        notify::entity_changed(cx, record.parent)
    }
}
