//! From a change to a delivered notification (TS-0001 10.2.10, TS-0004 7.5.1).

use crate::engine::reach::Route;
use crate::engine::{Answer, Context, Post, Stop};
use crate::primitive::Request;
use crate::tree::Node;
use crate::value::{Timestamp, Value};

/// Notifications that can leave now.
#[derive(Debug)]
pub struct Parcel {
    /// The way to the target.
    pub route: Route,
    /// The notifications, in their order.
    pub requests: Vec<Request>,
    /// When the answer is no longer waited for.
    pub until: Timestamp,
}

/// Looks at a lane: what can leave now, and when to look again.
pub fn look_at(_cx: &mut Context<'_>, _lane: Node, _post: &Post) -> Result<Option<Parcel>, Stop> {
    Ok(None)
}

/// Notes what became of the notifications that left last.
pub fn answered(_cx: &mut Context<'_>, _lane: Node, _answer: &Answer) -> Result<(), Stop> {
    Ok(())
}

/// Tells a target of the result of a request that it did not wait for (TS-0004 7.5.1.2.5). `owner` is the request
/// resource, `content` is `{"m2m:rsp": …}`.
pub fn result(_cx: &mut Context<'_>, _owner: Node, _target: &str, _content: Value) -> Result<(), Stop> {
    Ok(())
}
