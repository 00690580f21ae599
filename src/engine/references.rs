//! Resources that other resources refer to by identifier, in any form of address.

use std::sync::Arc;

use super::context::Context;
use crate::store::StoreError;
use crate::tree::{Node, Record};
use crate::value::Address;

/// The living resource that an identifier in an attribute means, if it is hosted here.
///
/// # Errors
/// When the store fails.
pub fn find(cx: &Context<'_>, id: &str) -> Result<Option<Arc<Record>>, StoreError> {
    let Ok(address) = Address::parse(id) else { return Ok(None) };
    let config = &cx.core.config;
    if !cx.core.hosts(&address) {
        return Ok(None);
    }
    if address.path().is_empty() {
        return cx.view.record(Node::ROOT);
    }
    Ok(cx.view.walk(address.path(), &config.cse_name)?.filter(|place| place.rest.is_empty()).map(|place| place.record))
}
