//! `<request>` (TS-0001 9.6.12, TS-0004 7.4.12): what became of a request whose originator did not wait.
//!
//! The CSE makes it, changes it and lets it expire; see [`crate::engine`]. Whoever deletes it while it is pending calls
//! the operation off.

use std::sync::Arc;

use super::Behaviour;
use crate::engine::{Context, Stop, forget_order};
use crate::primitive::{Rejection, Status};
use crate::tree::Record;
use crate::value::Attr;

const REQUEST_STATUS: Attr<u32> = Attr::new("rs");

/// `requestStatus` (TS-0004 6.3.4.2.10), as far as this CSE gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestStatus {
    /// The operation was carried out.
    Completed,
    /// It was refused, or went wrong; the result says how.
    Failed,
    /// It is still to be carried out, or under way.
    Pending,
}

impl RequestStatus {
    /// The number on the wire.
    pub const fn number(self) -> u32 {
        match self {
            Self::Completed => 1,
            Self::Failed => 2,
            Self::Pending => 3,
        }
    }
}

pub(super) struct Request;

impl Behaviour for Request {
    fn may_delete(&self, cx: &Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        let status = REQUEST_STATUS.get(record.attributes());
        if status == Some(RequestStatus::Pending.number()) && cx.is_under_way(record.node) {
            let reason = "the request is being carried out and cannot be called off any more";
            return Err(Rejection::new(Status::UNABLE_TO_RECALL_REQUEST, reason).into());
        }
        Ok(())
    }

    fn removing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        forget_order(&mut cx.view, record.node)?;
        let count = cx.view.request_resources()?;
        cx.view.set_request_resources(count.saturating_sub(1));
        Ok(cx.view.remove(record)?)
    }
}
