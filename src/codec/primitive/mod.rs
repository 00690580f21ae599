//! Request and response primitives as values, with the short names of TS-0004 8.2.2.
//!
//! Bindings that carry whole primitives (MQTT, WebSocket, the upper tester, polling channels) use this. What arrives may
//! stand inside `{"m2m:rqp": …}` or `{"m2m:rsp": …}`, or bare; what leaves is bare, and [`wrap_request`] and
//! [`wrap_response`] put the root around it.

mod filter;
mod member;
mod presence;
mod request;
mod response;

pub use presence::permit;
pub(crate) use request::to_recorded_request;
pub use request::{from_request, to_request, wrap_request};
pub use response::{from_response, to_response, wrap_response};

#[cfg(test)]
mod tests;
