//! What the two sides agree on in the handshake: how primitives are spelled (TS-0020 table 6.2.2.9-1).

use std::sync::Arc;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Message;

use crate::binding::Door;
use crate::codec::format::Format;
use crate::codec::{decode, encode};
use crate::schema::Registry;
use crate::value::Value;

/// One of the names in `Sec-WebSocket-Protocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subprotocol {
    pub name: &'static str,
    format: Format,
}

/// All names. Those with a release are the ones that Release 2 of the binding had.
const NAMES: [Subprotocol; 6] = [
    Subprotocol { name: "oneM2M.json", format: Format::Json },
    Subprotocol { name: "oneM2M.cbor", format: Format::Cbor },
    Subprotocol { name: "oneM2M.xml", format: Format::Xml },
    Subprotocol { name: "oneM2M.R2.0.json", format: Format::Json },
    Subprotocol { name: "oneM2M.R2.0.cbor", format: Format::Cbor },
    Subprotocol { name: "oneM2M.R2.0.xml", format: Format::Xml },
];

/// Those that this build can read and write.
fn spoken() -> impl Iterator<Item = Subprotocol> {
    NAMES.into_iter().filter(|known| known.format.is_supported())
}

impl Subprotocol {
    /// The one of that name. Names are told apart by capitals (RFC 6455 1.9).
    pub fn named(name: &str) -> Option<Self> {
        spoken().find(|spoken| spoken.name == name)
    }

    /// The first of what a client offers, in its order, that is spoken here. Each value is a header line, or several with
    /// commas between.
    pub fn choose<'a>(offered: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        offered.into_iter().flat_map(|line| line.split(',')).find_map(|name| Self::named(name.trim()))
    }

    /// What is offered as a header line, the names of one format before the others.
    pub fn offer(first: Format) -> String {
        let (first, rest): (Vec<Self>, Vec<Self>) = spoken().partition(|spoken| spoken.format == first);
        first.iter().chain(&rest).map(|spoken| spoken.name).collect::<Vec<_>>().join(", ")
    }
}

/// Whose schemas tell how XML spells things.
#[derive(Clone)]
pub(super) enum Schemas {
    Of(Arc<dyn Door>),
    Own(Arc<Registry>),
}

/// A subprotocol with all that it takes to speak it.
#[derive(Clone)]
pub(super) struct Speech {
    pub subprotocol: Subprotocol,
    pub schemas: Schemas,
}

/// Why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The frames of another serialization.
    Kind,
    /// Not this serialization, and what is wrong.
    Text(String),
}

impl Speech {
    /// A value as a message.
    pub fn write(&self, value: &Value) -> Message {
        let format = self.subprotocol.format;
        let bytes = encode(format, value, self.registry());
        match format {
            Format::Cbor => Message::binary(bytes),
            // What our encoders write is UTF-8; nothing is better than a panic, should it ever not be.
            Format::Json | Format::Xml => Message::text(String::from_utf8(bytes.into()).unwrap_or_default()),
        }
    }

    /// The value in a text frame.
    pub fn read_text(&self, text: &str) -> Result<Value, Unreadable> {
        match self.subprotocol.format {
            Format::Cbor => Err(Unreadable::Kind),
            Format::Json | Format::Xml => self.read(text.as_bytes()),
        }
    }

    /// The value in a binary frame.
    pub fn read_binary(&self, bytes: &Bytes) -> Result<Value, Unreadable> {
        match self.subprotocol.format {
            Format::Cbor => self.read(bytes),
            Format::Json | Format::Xml => Err(Unreadable::Kind),
        }
    }

    fn read(&self, bytes: &[u8]) -> Result<Value, Unreadable> {
        decode(self.subprotocol.format, bytes, self.registry()).map_err(Unreadable::Text)
    }

    fn registry(&self) -> &Registry {
        match &self.schemas {
            Schemas::Of(door) => door.registry(),
            Schemas::Own(registry) => registry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_that_both_know_is_chosen_wherever_it_stands() {
        let choose = |offered: &[&str]| Subprotocol::choose(offered.iter().copied()).map(|chosen| chosen.name);
        assert_eq!(choose(&["oneM2M.json"]), Some("oneM2M.json"));
        let xml = if Format::Xml.is_supported() { "oneM2M.xml" } else { "oneM2M.json" };
        assert_eq!(choose(&["oneM2M.xml, oneM2M.json"]), Some(xml));
        assert_eq!(choose(&["chat", " oneM2M.R2.0.json ,oneM2M.json"]), Some("oneM2M.R2.0.json"));
        assert_eq!(choose(&["onem2m.JSON, chat", ""]), None);
        assert_eq!(choose(&[]), None);
    }

    #[test]
    fn what_a_receiver_prefers_is_offered_first() {
        assert!(Subprotocol::offer(Format::Json).starts_with("oneM2M.json, "));
        if Format::Cbor.is_supported() {
            assert!(Subprotocol::offer(Format::Cbor).starts_with("oneM2M.cbor, oneM2M.R2.0.cbor, oneM2M.json"));
        }
    }

    #[test]
    fn each_serialization_has_its_frames() {
        let value =
            Value::from(crate::value::Map::from_iter([("m2m:rsp", crate::value::Map::from_iter([("rsc", 2000_i64)]))]));
        for subprotocol in spoken() {
            let speech = Speech { subprotocol, schemas: Schemas::Own(Arc::new(Registry::standard().unwrap())) };
            let message = speech.write(&value);
            assert_eq!(message.is_binary(), subprotocol.format == Format::Cbor, "{}", subprotocol.name);
            let (read, other) = match &message {
                Message::Binary(bytes) => (speech.read_binary(bytes), speech.read_text("{}")),
                Message::Text(text) => (speech.read_text(text), speech.read_binary(&Bytes::new())),
                _ => panic!("{}", subprotocol.name),
            };
            assert_eq!(read.as_ref(), Ok(&value), "{}", subprotocol.name);
            assert_eq!(other, Err(Unreadable::Kind), "{}", subprotocol.name);
        }
    }
}
