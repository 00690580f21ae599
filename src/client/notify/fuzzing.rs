//! What the fuzz targets see of an application's side.

use super::notification::{Told, subscription_of, unfold};
use crate::client::{Resource, members};
use crate::codec::json;
use crate::codec::primitive::to_response;
use crate::primitive::{Operation, Request};

/// What a CSE says, as a notification, as the content of a response, and as the answers of a group's members.
pub fn told(bytes: &[u8]) {
    let Ok(value) = json::decode(bytes, json::DEFAULT_DEPTH) else { return };
    let mut request = Request::new(Operation::Notify, "Cae");
    request.content = Some(value.clone());
    if let Some(Told::Notifications(told)) = unfold(&request) {
        assert!(!told.is_empty());
        told.iter().for_each(|one| drop(subscription_of(one).map(str::to_owned)));
    }
    let _ = Resource::in_content(&value, "cse-in/Cae/c");
    if let Ok(response) = to_response(&value) {
        let _ = members(&response);
    }
}
