//! Resources that other resources refer to by identifier, in any form of address.

use std::sync::Arc;

use super::Core;
use super::context::Context;
use crate::store::StoreError;
use crate::tree::{Node, Record, View};
use crate::value::Address;

/// The living resource that an identifier in an attribute means, if it is hosted here.
///
/// # Errors
/// When the store fails.
pub fn find(cx: &Context<'_>, id: &str) -> Result<Option<Arc<Record>>, StoreError> {
    find_in(cx.core, &cx.view, id)
}

/// As [`find`], for whoever has no request in hand.
///
/// # Errors
/// When the store fails.
pub fn find_in(core: &Core, view: &View<'_>, id: &str) -> Result<Option<Arc<Record>>, StoreError> {
    let Ok(address) = Address::parse(id) else { return Ok(None) };
    if !core.hosts(&address) {
        return Ok(None);
    }
    if address.path().is_empty() {
        return view.record(Node::ROOT);
    }
    Ok(view
        .walk(address.path(), &core.config.cse_name)?
        .filter(|place| place.rest.is_empty())
        .map(|place| place.record))
}
