//! What the two sides agree on in the handshake: how primitives are spelled (TS-0020 table 6.2.2.9-1).

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Message;

use crate::codec::json;
use crate::value::Value;

/// One of the names in `Sec-WebSocket-Protocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subprotocol {
    pub name: &'static str,
    spelling: Spelling,
}

/// A serialization, and the frames that it travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// Text frames.
    Json,
}

/// All that are spoken, in the order in which we offer them. The name with a release is the one that Release 2 of the
/// binding had.
pub(super) const SPOKEN: [Subprotocol; 2] = [
    Subprotocol { name: "oneM2M.json", spelling: Spelling::Json },
    Subprotocol { name: "oneM2M.R2.0.json", spelling: Spelling::Json },
];

/// Why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The frames of another serialization.
    Kind,
    /// Not this serialization, and what is wrong.
    Text(String),
}

impl Subprotocol {
    /// The one of that name. Names are told apart by capitals (RFC 6455 1.9).
    pub fn named(name: &str) -> Option<Self> {
        SPOKEN.into_iter().find(|spoken| spoken.name == name)
    }

    /// The first of what a client offers, in its order, that is spoken here. Each value is a header line, or several with
    /// commas between.
    pub fn choose<'a>(offered: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        offered.into_iter().flat_map(|line| line.split(',')).find_map(|name| Self::named(name.trim()))
    }

    /// A value as a message.
    pub fn write(self, value: &Value) -> Message {
        match self.spelling {
            // What our encoder writes is UTF-8; nothing is better than a panic, should it ever not be.
            Spelling::Json => Message::text(String::from_utf8(json::encode(value)).unwrap_or_default()),
        }
    }

    /// The value in a text frame.
    pub fn read_text(self, text: &str) -> Result<Value, Unreadable> {
        match self.spelling {
            Spelling::Json => json::decode(text.as_bytes(), json::DEFAULT_DEPTH).map_err(Unreadable::Text),
        }
    }

    /// The value in a binary frame.
    pub fn read_binary(self, _bytes: &Bytes) -> Result<Value, Unreadable> {
        match self.spelling {
            Spelling::Json => Err(Unreadable::Kind),
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
        assert_eq!(choose(&["oneM2M.xml, oneM2M.json"]), Some("oneM2M.json"));
        assert_eq!(choose(&["chat", " oneM2M.R2.0.json ,oneM2M.json"]), Some("oneM2M.R2.0.json"));
        assert_eq!(choose(&["onem2m.JSON, chat", ""]), None);
        assert_eq!(choose(&[]), None);
    }
}
