//! Requests that do not wait (TS-0001 8.2.2, TS-0004 7.3.2.2 to 7.3.2.5, 7.4.12).
//!
//! Such a request is acknowledged with the address of a `<request>` resource and carried out later: at once after the
//! acknowledgement, or at its operation execution time. Until then it rests in the store beside that resource, so that a
//! restart forgets nothing. An operation's changes and its result become visible in one commit.

mod accept;
mod kept;
mod lifetime;
mod work;

pub use accept::accept;
pub use work::{complete, forget, stands, take_up};

use super::Core;
use super::context::Stop;
use super::resolve::{self, Target};
use crate::primitive::{Request, ResponseType, Status};
use crate::tree::View;
use crate::value::{SmolStr, Timestamp};

/// The type of a `<request>`.
pub const REQUEST: u32 = 17;

/// How the result gets back to whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As the answer.
    Blocking,
    /// It is fetched.
    Synch,
    /// These are told; `None` stands for the originator.
    Asynch(Option<Vec<SmolStr>>),
}

impl Manner {
    /// What the acknowledgement says (TS-0004 table 6.6.3.2-1).
    pub const fn accepted(&self) -> Status {
        match self {
            Self::Asynch(_) => Status::ACCEPTED_NON_BLOCKING_ASYNCH,
            Self::Synch => Status::ACCEPTED_NON_BLOCKING_SYNCH,
            Self::Blocking => Status::ACCEPTED,
        }
    }
}

/// How a request wants its result, as far as that can be told without its target.
#[must_use]
pub fn manner(request: &Request, now: Timestamp) -> Manner {
    let later = || request.operation_execution_time.is_some_and(|at| at.resolve(now) > now);
    match request.response_type {
        Some(ResponseType::NonBlockingSynch) => Manner::Synch,
        Some(ResponseType::NonBlockingAsynch) => Manner::Asynch(request.notification_uris.clone()),
        // TS-0001 8.1.2 leaves the choice to the receiver: whoever need not wait long gets the result at once.
        Some(ResponseType::FlexBlocking) if later() && can_come_back(request) => match &request.notification_uris {
            Some(targets) if !targets.is_empty() => Manner::Asynch(Some(targets.clone())),
            _ => Manner::Synch,
        },
        _ => Manner::Blocking,
    }
}

/// Whether an originator can be recognised when it asks for the result: one that is still to be given an identifier
/// cannot.
#[must_use]
pub fn can_come_back(request: &Request) -> bool {
    request.originator.as_ref().is_some_and(|originator| !matches!(originator.as_str(), "" | "C" | "S"))
}

/// Whether whoever asked is acknowledged and does not wait for the result.
///
/// # Errors
/// When the store fails.
pub fn is_acknowledged(core: &Core, view: &View<'_>, request: &Request, now: Timestamp) -> Result<bool, Stop> {
    if manner(request, now) == Manner::Blocking {
        return Ok(false);
    }
    if request.response_type != Some(ResponseType::FlexBlocking) {
        return Ok(true);
    }
    match resolve::find(core, view, &request.to) {
        Ok(target) => Ok(!always_blocks(&target)),
        Err(Stop::Reject(_) | Stop::Wait) => Ok(true),
        Err(stop) => Err(stop),
    }
}

/// Requests about requests, and long polls, are answered when they are done (TS-0004 7.4.12.2.2, 7.4.22.2.2).
#[must_use]
pub fn always_blocks(target: &Target) -> bool {
    match target {
        Target::Resource(record) => record.resource_type == REQUEST,
        Target::PollingChannelUri(_) => true,
        _ => false,
    }
}
