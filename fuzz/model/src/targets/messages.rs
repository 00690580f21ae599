//! Messages that are whole primitives (TS-0010 6.5, TS-0020 6.1), topics, and what applications are told.

use onem2m_cse::codec::format::Format;

/// The first byte chooses the format of a WebSocket or MQTT message.
pub fn message(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    onem2m_cse::fuzzing::message(Format::ALL[usize::from(*first) % 3], rest);
}

/// An MQTT topic.
pub fn topic(data: &[u8]) {
    if let Ok(name) = std::str::from_utf8(data) {
        onem2m_cse::fuzzing::mqtt_topic(name);
    }
}

/// What a CSE says to a client.
pub fn client(data: &[u8]) {
    onem2m_cse::fuzzing::client_told(data);
}
