//! NOTIFY (TS-0004 7.3.3.9).

use std::sync::Arc;

use super::authorise;
use super::context::{Context, Stop};
use super::rules::Privilege;
use crate::primitive::{Rejection, Response};
use crate::tree::Record;

/// None of the types so far receives notifications; an originator without the privilege does not learn even that.
///
/// # Errors
/// 4103, or 4005.
pub fn notify(cx: &Context<'_>, record: &Arc<Record>) -> Result<Response, Stop> {
    authorise::require(cx, record, Privilege::NOTIFY, None)?;
    let name = &cx.type_of(record)?.name;
    Err(Rejection::not_allowed(format!("NOTIFY is not allowed on {name}")).into())
}
