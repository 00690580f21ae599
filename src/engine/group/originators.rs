//! Groups in rules: an entry of `accessControlOriginators` may be a group, and means its AEs and CSEs (TS-0001 9.6.2.1).

use super::{GROUP, MEMBER_IDS};
use crate::engine::context::Context;
use crate::engine::references;
use crate::store::StoreError;

/// The type of an AE.
const AE: u32 = 2;

/// Whether an identifier means a group of this CSE, and an originator is a member of it. A group that is gone, or is
/// elsewhere, has no members.
///
/// # Errors
/// When the store fails.
pub fn has_member(cx: &Context<'_>, group: &str, originator: &str) -> Result<bool, StoreError> {
    if originator.is_empty() {
        return Ok(false);
    }
    let Some(group) = references::find(cx, group)?.filter(|record| record.resource_type == GROUP) else {
        return Ok(false);
    };
    for member in MEMBER_IDS.get(group.attributes()).unwrap_or_default() {
        if cx.core.relative_originator(&member) == originator {
            return Ok(true);
        }
        // A path names an AE by its resource.
        let named = member.contains('/').then(|| references::find(cx, &member)).transpose()?.flatten();
        if named.is_some_and(|record| record.resource_type == AE && record.resource_id == originator) {
            return Ok(true);
        }
    }
    Ok(false)
}
