//! DISCOVERY (TS-0004 7.3.3.14).

use std::sync::Arc;

use super::context::{Context, Stop};
use super::rules::Privilege;
use super::{result, search};
use crate::primitive::{FilterCriteria, Response};
use crate::tree::Record;

/// Answers the addresses of what matches below `root`.
///
/// # Errors
/// The standard's code and a sentence.
pub fn discover(cx: &Context<'_>, root: &Arc<Record>) -> Result<Response, Stop> {
    let default = FilterCriteria::discovery();
    let criteria = cx.request.filter_criteria.as_deref().unwrap_or(&default);
    // TS-0004 7.3.3.14: the privilege is asked of each found resource, not of the root.
    let found = search::search(cx, root, criteria, Privilege::DISCOVERY)?;
    result::discovered(cx, &found)
}
