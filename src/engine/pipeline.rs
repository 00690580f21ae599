//! The road of a request. Read this first.
//!
//! ```text
//! validate   well-formed? for this operation? not expired?
//! resolve    the `to`: a resource, a virtual child
//! accept     whoever does not wait for the result is acknowledged here
//! authorise  policies of the target × operation × originator × context    (inside each operation, as its rules differ)
//! fan out    to the members of a group: each walks this road by itself, in the same change-set
//! dispatch   create · retrieve · update · delete · notify · discover
//!            └ schema check, then the type's behaviour, into a change-set
//! result     what the originator asked to see of it
//! commit     the change-set, by whoever called, together with others
//! ```

use super::context::{Context, Stop};
use super::resolve::{self, Target};
use super::{channel, create, delete, discover, group, notify, order, retrieve, update, validate};
use crate::notify as telling;
use crate::primitive::{FilterUsage, Operation, Response, ResponseType, Status};

/// Walks one request down the road. Changes end in the context's draft; the caller commits or drops them. `None` when
/// somebody else has to answer first, or when a reader cannot carry it out.
pub fn walk(cx: &mut Context<'_>) -> Option<Response> {
    let mut response = match handle(cx) {
        Ok(response) => response,
        Err(Stop::Wait) => {
            forget(cx);
            return None;
        }
        Err(stop) => turned_down(cx, &stop),
    };
    if let Some(target) = cx.target.take().filter(|target| target.watched) {
        // TS-0001 table 9.6.8-3: operationMonitor sees who tries, whether or not it is done.
        match telling::accessed(cx, &target) {
            Ok(()) => {}
            Err(Stop::Wait) => {
                forget(cx);
                return None;
            }
            Err(stop) => response = turned_down(cx, &stop),
        }
    }
    response.silent = cx.request.response_type == Some(ResponseType::NoResponse);
    if cx.request.originating_timestamp.is_some() {
        response.originating_timestamp = Some(cx.now);
    }
    response.result_expiration_timestamp = cx.request.result_expiration_timestamp.map(|at| at.resolve(cx.now));
    Some(response)
}

fn handle(cx: &mut Context<'_>) -> Result<Response, Stop> {
    cx.originator = validate::request(cx.core, cx.request, cx.now)?;
    let target = resolve::target(cx);
    if let Some(acknowledgement) = order::accept(cx, &target)? {
        return Ok(acknowledgement);
    }
    let target = target?;
    group::admit(cx, &target)?;
    if let Target::FanOut(group, suffix) = &target {
        return group::fan_out(cx, group, suffix);
    }
    group::refuse_stray(cx.request)?;
    if let Target::Resource(record) = &target {
        cx.target = Some(record.clone());
    }
    let usage = cx.request.filter_criteria.as_ref().and_then(|criteria| criteria.filter_usage);
    match (cx.request.operation, &target) {
        (_, Target::PollingChannelUri(record)) => channel::handle(cx, &record.clone()),
        (Operation::Create, Target::Resource(parent)) => create::create(cx, &parent.clone()),
        (Operation::Retrieve, Target::Resource(root)) if usage == Some(FilterUsage::Discovery) => {
            discover::discover(cx, &root.clone())
        }
        (Operation::Retrieve, _) => {
            let response = retrieve::retrieve(cx, &target)?;
            retrieve::found_empty(cx, &target)?;
            Ok(response)
        }
        (Operation::Update, Target::Resource(record)) => update::update(cx, &record.clone()),
        (Operation::Delete, _) => delete::delete(cx, &target),
        (Operation::Notify, Target::Resource(record)) => notify::notify(cx, &record.clone()),
        // TS-0004 7.4.27 and 7.4.28: latest and oldest are retrieved and deleted, nothing else.
        (operation, Target::Latest(_) | Target::Oldest(_) | Target::FanOut(..)) => {
            Err(crate::primitive::Rejection::not_allowed(format!(
                "{} is not allowed on a virtual resource",
                operation.name()
            ))
            .into())
        }
    }
}

fn forget(cx: &mut Context<'_>) {
    cx.view.draft = crate::tree::Draft::default();
    cx.changes.clear();
    cx.talk.lanes.clear();
    cx.talk.brought.clear();
    cx.talk.closed.clear();
}

/// The answer to a request that stopped. Whatever it had drafted is forgotten with it.
fn turned_down(cx: &mut Context<'_>, stop: &Stop) -> Response {
    forget(cx);
    match stop {
        Stop::Reject(rejection) => Response::rejected(rejection, cx.request),
        Stop::Wait => Response::new(Status::INTERNAL_SERVER_ERROR, cx.request),
        Stop::Fail(error) => {
            tracing::error!(%error, to = %cx.request.to, "a request failed in the store");
            // What is wrong inside is nobody's business outside.
            let rejection = crate::primitive::Rejection::new(Status::INTERNAL_SERVER_ERROR, "the CSE's store failed");
            Response::rejected(&rejection, cx.request)
        }
    }
}
