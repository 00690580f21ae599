//! What attributes are made of (TS-0004 6.3): one dynamic [`Value`], typed names for it ([`Attr`]), and the small
//! languages inside it: identifiers, addresses, times.
//!
//! This folder knows nothing of resource types, formats on the wire, or storage.

mod address;
mod attr;
mod duration;
mod map;
mod schedule;
mod time;

pub use address::{Address, Scope, Segments, is_resource_name, is_unreserved};
pub use attr::{Attr, FromValue};
pub use duration::Duration;
pub use map::Map;
pub use schedule::ScheduleEntry;
pub use smol_str::SmolStr;
pub use time::{AbsRelTimestamp, Timestamp};

/// A value of any attribute, parameter or content.
///
/// JSON, CBOR and XML are three spellings of it. Past the codecs nobody knows which one it came in.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// Nothing. In an UPDATE it deletes the attribute (TS-0004 8.4.2).
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number. What does not fit is refused by the codecs, never rounded.
    Int(i64),
    /// A number with a fraction or an exponent.
    Decimal(f64),
    /// Text of any kind.
    Text(String),
    /// A list, in order.
    List(Vec<Value>),
    /// Named members, in the order they came.
    Map(Map),
}

impl Value {
    /// The text, if this is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is a whole number.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The items, if this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if this has members.
    #[must_use]
    pub const fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether this is [`Value::Null`].
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What kind of value this is, for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Decimal(_) => "a decimal number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }

    /// The value as a message shows it: short, with long text cut.
    #[must_use]
    pub fn excerpt(&self) -> String {
        match self {
            Self::Text(text) => format!("\"{}\"", excerpt(text)),
            Self::Bool(flag) => flag.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
            other => other.kind().to_owned(),
        }
    }
}

/// The first forty characters of a text that a stranger sent, with control characters made harmless.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let mut short: String =
        text.chars().take(40).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<u64> for Value {
    /// Numbers beyond `i64` do not occur: nothing in a CSE counts that far.
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<SmolStr> for Value {
    fn from(text: SmolStr) -> Self {
        Self::Text(text.into())
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}
