//! `pcu` of a polling channel: where an AE waits for requests, and brings the responses (TS-0004 7.4.22).

use std::sync::Arc;

use super::authorise;
use super::context::{Context, Stop};
use super::outward::poll::Listening;
use crate::codec::primitive;
use crate::primitive::{Operation, Rejection, Response, ResponseType, Status};
use crate::tree::Record;
use crate::value::{Attr, Map, Value, excerpt};

const REQUEST_AGGREGATION: Attr<bool> = Attr::new("rqag");

/// A RETRIEVE listens, a NOTIFY brings a response, and that is all.
///
/// # Errors
/// 4103 for everybody but the AE; 4005 for other operations; [`Stop::Wait`] while nothing has come.
pub fn handle(cx: &mut Context<'_>, channel: &Arc<Record>) -> Result<Response, Stop> {
    let operation = cx.request.operation;
    if !matches!(operation, Operation::Retrieve | Operation::Notify) {
        let reason = format!("{} is not allowed on a pollingChannelURI", operation.name());
        return Err(Rejection::not_allowed(reason).into());
    }
    let entity = cx.parent_of(channel)?;
    if entity.resource_id != cx.originator {
        return Err(authorise::denied(cx).into());
    }
    if operation == Operation::Notify {
        return bring(cx, channel);
    }
    if cx.request.response_type == Some(ResponseType::NoResponse) {
        let reason = "responseType (rt): expected blockingRequest (3), as a long poll is nothing but its answer";
        return Err(Rejection::bad_request(reason).into());
    }
    if !cx.talk.is_whole() {
        return Err(Rejection::not_allowed("a long poll cannot be a part of another request").into());
    }
    let default = || cx.now.plus_seconds(i64::try_from(cx.core.long_poll()).unwrap_or(i64::MAX));
    cx.talk.listens = Some(Listening {
        channel: channel.node,
        entity: entity.node,
        aggregates: REQUEST_AGGREGATION.get(channel.attributes()).unwrap_or(false),
        until: cx.end().unwrap_or_else(default),
    });
    Err(Stop::Wait)
}

/// TS-0004 7.4.22.2.5: the response to a request that was taken along, found by its request identifier.
fn bring(cx: &mut Context<'_>, channel: &Record) -> Result<Response, Stop> {
    let content = cx.request.content.as_ref();
    let is_response = content.and_then(Value::as_map).and_then(Map::single).is_some_and(|(root, _)| root == "m2m:rsp");
    let Some(content) = content.filter(|_| is_response) else {
        let reason = "content (pc): expected the response to a request of this channel, as {\"m2m:rsp\": {…}}";
        return Err(Rejection::bad_request(reason).into());
    };
    let response = primitive::to_response(content)?;
    let identifier = &response.request_identifier;
    if !cx.talk.post.is_some_and(|post| post.awaits(channel.node, identifier)) {
        let reason = format!(
            "requestIdentifier (rqi): nobody waits for the response to \"{}\"; it came too late, or twice",
            excerpt(identifier)
        );
        return Err(Rejection::not_found(reason).into());
    }
    cx.talk.brought.push((channel.node, response));
    Ok(Response::new(Status::OK, cx.request))
}
