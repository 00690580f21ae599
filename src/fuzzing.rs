//! Doors to inner machines, for the targets in `fuzz/`. Each takes bytes and panics when something is wrong.

#[cfg(feature = "coap")]
pub use crate::binding::coap::fuzzing::conversation as coap_conversation;
#[cfg(feature = "mqtt")]
pub use crate::binding::mqtt::fuzzing::topic as mqtt_topic;
#[cfg(feature = "client")]
pub use crate::client::fuzzing::told as client_told;

/// A message of a binding that carries whole primitives: what is read can be written, and is read as the same.
#[cfg(any(feature = "ws", feature = "mqtt"))]
#[allow(clippy::panic, reason = "a target speaks by panicking")]
pub fn message(format: crate::codec::format::Format, bytes: &[u8]) {
    use crate::binding::primitives::{Said, Unsaid, read};
    use crate::codec::primitive::{wrap_request, wrap_response};
    use crate::codec::{decode, encode};
    let registry = crate::schema::Registry::shared();
    let again = |value: &crate::value::Value| {
        let bytes = encode(format, value, registry);
        decode(format, &bytes, registry).map(|value| read(&value))
    };
    let Ok(value) = decode(format, bytes, registry) else { return };
    match read(&value) {
        Ok(Said::Request(request)) => match again(&wrap_request(&request)) {
            Ok(Ok(Said::Request(same))) => assert_eq!(same, request),
            other => panic!("{other:?} came of {request:?}"),
        },
        Ok(Said::Response(response)) => match again(&wrap_response(&response)) {
            Ok(Ok(Said::Response(same))) => assert_eq!(same, response),
            other => panic!("{other:?} came of {response:?}"),
        },
        Err(Unsaid::Refused(response)) => assert!(!response.status.is_success()),
        Err(Unsaid::Response(..) | Unsaid::Nothing(_)) => {}
    }
}
