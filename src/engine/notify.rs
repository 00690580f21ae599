//! NOTIFY (TS-0004 7.3.3.9).

use std::sync::Arc;

use super::authorise;
use super::context::{Context, Stop};
use super::rules::Privilege;
use crate::primitive::{Rejection, Response};
use crate::tree::Record;
use crate::value::{Map, Value};

/// The data objects of TS-0004 7.5.1 that a NOTIFY carries.
const NOTIFICATIONS: [&str; 5] = ["m2m:sgn", "m2m:agn", "m2m:rsp", "m2m:rqp", "m2m:seci"];

/// None of the types so far receives notifications; an originator without the privilege does not learn even that.
///
/// # Errors
/// 4103, or 4005.
pub fn notify(cx: &Context<'_>, record: &Arc<Record>) -> Result<Response, Stop> {
    let content = cx.request.content.as_ref().and_then(Value::as_map).and_then(Map::single);
    // TS-0004 7.2.1.1: what a NOTIFY can carry. A CREATE whose binding lost its resource type ends up here, too.
    if !content.is_some_and(|(root, _)| NOTIFICATIONS.contains(&root.as_str())) {
        let reason =
            "content (pc): expected a notification, such as m2m:sgn; for a CREATE, resourceType (ty) is missing";
        return Err(Rejection::bad_request(reason).into());
    }
    authorise::require(cx, record, Privilege::NOTIFY, None)?;
    let name = &cx.type_of(record)?.name;
    Err(Rejection::not_allowed(format!("NOTIFY is not allowed on {name}")).into())
}
