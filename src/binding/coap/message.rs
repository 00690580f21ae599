//! One datagram ↔ one message (RFC 7252 3). The bytes are coap-lite's to know; what is a message and what is not is said here.

use std::fmt;

use bytes::Bytes;
use coap_lite::{CoapOption, MessageClass, MessageType, Packet};

use super::options::Options;

/// How a message wants to be treated (RFC 7252 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// CON: to be acknowledged.
    Confirmable,
    /// NON: not to be.
    NonConfirmable,
    /// ACK: a confirmable message has come.
    Acknowledgement,
    /// RST: a message has come that nobody understands.
    Reset,
}

/// The code of a message: a method, or how it went. `0x45` is 2.05.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(pub u8);

#[allow(missing_docs, reason = "the names say it")]
impl Code {
    pub const EMPTY: Self = Self(0);
    pub const GET: Self = Self(1);
    pub const POST: Self = Self(2);
    pub const PUT: Self = Self(3);
    pub const DELETE: Self = Self(4);
    pub const CREATED: Self = Self::of(2, 1);
    pub const DELETED: Self = Self::of(2, 2);
    pub const CHANGED: Self = Self::of(2, 4);
    pub const CONTENT: Self = Self::of(2, 5);
    pub const CONTINUE: Self = Self::of(2, 31);
    pub const BAD_REQUEST: Self = Self::of(4, 0);
    pub const BAD_OPTION: Self = Self::of(4, 2);
    pub const FORBIDDEN: Self = Self::of(4, 3);
    pub const NOT_FOUND: Self = Self::of(4, 4);
    pub const METHOD_NOT_ALLOWED: Self = Self::of(4, 5);
    pub const NOT_ACCEPTABLE: Self = Self::of(4, 6);
    pub const ENTITY_INCOMPLETE: Self = Self::of(4, 8);
    pub const ENTITY_TOO_LARGE: Self = Self::of(4, 13);
    pub const UNSUPPORTED_CONTENT_FORMAT: Self = Self::of(4, 15);
    pub const INTERNAL_SERVER_ERROR: Self = Self::of(5, 0);
    pub const NOT_IMPLEMENTED: Self = Self::of(5, 1);
    pub const SERVICE_UNAVAILABLE: Self = Self::of(5, 3);
    pub const GATEWAY_TIMEOUT: Self = Self::of(5, 4);
    pub const PROXYING_NOT_SUPPORTED: Self = Self::of(5, 5);

    /// The code that is written `class.detail`.
    #[must_use]
    pub const fn of(class: u8, detail: u8) -> Self {
        Self((class << 5) | (detail & 31))
    }

    /// 0 for methods, 2 for success, 4 and 5 for errors.
    #[must_use]
    pub const fn class(self) -> u8 {
        self.0 >> 5
    }

    /// What stands behind the point.
    #[must_use]
    pub const fn detail(self) -> u8 {
        self.0 & 31
    }

    /// Whether this is a method.
    #[must_use]
    pub const fn is_request(self) -> bool {
        self.class() == 0 && self.0 != 0
    }

    /// Whether this says how it went.
    #[must_use]
    pub const fn is_response(self) -> bool {
        matches!(self.class(), 2 | 4 | 5)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.class(), self.detail())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is said: a message without what carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// A method, or how it went.
    pub code: Code,
    /// The options.
    pub options: Options,
    /// The payload, or the part of it that one message carries.
    pub payload: Bytes,
}

impl Parts {
    /// Without options and payload.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, options: Options::default(), payload: Bytes::new() }
    }

    /// With a sentence as payload (RFC 7252 5.5.2).
    #[must_use]
    pub fn diagnostic(code: Code, reason: &'static str) -> Self {
        Self { payload: Bytes::from_static(reason.as_bytes()), ..Self::new(code) }
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How it wants to be treated.
    pub kind: Kind,
    /// The message ID: which acknowledgement belongs to which message.
    pub id: u16,
    /// The token: which response belongs to which request. At most eight bytes.
    pub token: Vec<u8>,
    /// What it says.
    pub parts: Parts,
}

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Nothing is to be done about it: not CoAP, another version, or nothing that may be answered.
    Silent,
    /// A confirmable message of this ID: RST is its answer (RFC 7252 4.2).
    Confirmable(u16),
}

impl Message {
    /// A message that says nothing but its kind.
    #[must_use]
    pub fn empty(kind: Kind, id: u16) -> Self {
        Self { kind, id, token: Vec::new(), parts: Parts::new(Code::EMPTY) }
    }

    /// Reads a datagram.
    ///
    /// # Errors
    /// What is to be done about it.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let &[first, _, high, low, ..] = bytes else { return Err(Malformed::Silent) };
        // RFC 7252 3: other versions are silently ignored.
        if first >> 6 != 1 {
            return Err(Malformed::Silent);
        }
        let id = u16::from_be_bytes([high, low]);
        let malformed = if (first >> 4) & 3 == 0 { Malformed::Confirmable(id) } else { Malformed::Silent };
        let packet = Packet::from_bytes(bytes).map_err(|_| malformed)?;
        // RFC 7252 3: a payload marker without a payload is an error. Each option has one spelling only, so the length
        // tells a marker from the last byte of an option.
        if packet.payload.is_empty() && bytes.last() == Some(&0xff) {
            let again = packet.to_bytes_unlimited().map_err(|_| malformed)?;
            if again.len() != bytes.len() {
                return Err(malformed);
            }
        }
        let code = Code(u8::from(packet.header.code));
        // RFC 7252 4.1: an empty message is four bytes.
        if (code == Code::EMPTY && bytes.len() != 4) || matches!(code.class(), 1 | 3 | 6 | 7) {
            return Err(malformed);
        }
        let kind = match packet.header.get_type() {
            MessageType::Confirmable => Kind::Confirmable,
            MessageType::NonConfirmable => Kind::NonConfirmable,
            MessageType::Acknowledgement => Kind::Acknowledgement,
            MessageType::Reset => Kind::Reset,
        };
        let mut options = Options::default();
        for (number, values) in packet.options() {
            values.iter().for_each(|value| options.add(*number, value.clone()));
        }
        let token = packet.get_token().to_vec();
        Ok(Self { kind, id, token, parts: Parts { code, options, payload: packet.payload.into() } })
    }

    /// Writes a datagram.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut packet = Packet::new();
        packet.header.message_id = self.id;
        packet.header.code = MessageClass::from(self.parts.code.0);
        packet.header.set_type(match self.kind {
            Kind::Confirmable => MessageType::Confirmable,
            Kind::NonConfirmable => MessageType::NonConfirmable,
            Kind::Acknowledgement => MessageType::Acknowledgement,
            Kind::Reset => MessageType::Reset,
        });
        packet.set_token(self.token.clone());
        for (number, value) in self.parts.options.iter() {
            packet.add_option(CoapOption::from(number), value.to_vec());
        }
        packet.payload = self.parts.payload.to_vec();
        // It fails for messages over a limit only, and there is none.
        packet.to_bytes_unlimited().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_message_is_reset_or_passed_over() {
        for (bytes, malformed) in [
            (&[][..], Malformed::Silent),
            (&[0x40, 1, 0], Malformed::Silent),
            (&[0x80, 1, 0, 7], Malformed::Silent),
            (&[0x49, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0], Malformed::Confirmable(7)),
            (&[0x40, 1, 0, 7, 0xff], Malformed::Confirmable(7)),
            (&[0x40, 1, 0, 7, 0xf1], Malformed::Confirmable(7)),
            (&[0x50, 1, 0, 7, 0xf1], Malformed::Silent),
            (&[0x40, 0, 0, 7, 0xff, 1], Malformed::Confirmable(7)),
            (&[0x40, 0xe1, 0, 7], Malformed::Confirmable(7)),
        ] {
            assert_eq!(Message::decode(bytes), Err(malformed), "{bytes:x?}");
        }
        assert!(Message::decode(&[0x40, 1, 0, 7, 0xb1, 0xff]).is_ok(), "an option may end so");
    }

    proptest! {
        #[test]
        fn any_datagram_is_a_message_or_is_not(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut coap = bytes.clone();
            if let Some(first) = coap.first_mut() {
                *first = (*first & 0x3f) | 0x40;
            }
            for bytes in [bytes, coap] {
                if let Ok(message) = Message::decode(&bytes) {
                    prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
                }
            }
        }
    }
}
