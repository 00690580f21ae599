//! CBOR → value.

use std::collections::HashSet;

use ciborium_ll::{Decoder, Error, Header, simple};

use crate::value::{Map, SmolStr, Value, excerpt};

/// "What follows is CBOR": the tag that changes nothing (RFC 7049 2.4.5).
const SELF_DESCRIBED: u64 = 55_799;

/// Members of one map from which on names are looked up by hash when checking for duplicates.
const MANY: usize = 16;

/// Reads one value and nothing after it.
///
/// # Errors
/// A sentence with the place, in bytes.
pub fn decode(bytes: &[u8], max_depth: usize) -> Result<Value, String> {
    let mut reader = Reader { rest: bytes };
    let read = reader.value(max_depth.min(120)).and_then(|value| match reader.rest {
        [] => Ok(value),
        _ => Err("something follows the value".to_owned()),
    });
    read.map_err(|reason| format!("{reason} at byte {}", bytes.len().saturating_sub(reader.rest.len())))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn head(&mut self) -> Result<Header, String> {
        Decoder::from(&mut self.rest).pull().map_err(|error| match error {
            Error::Io(_) => "it breaks off".to_owned(),
            Error::Syntax(_) => "malformed item".to_owned(),
        })
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        let head = self.head()?;
        self.value_of(head, depth)
    }

    fn value_of(&mut self, head: Header, depth: usize) -> Result<Value, String> {
        let below = || depth.checked_sub(1).ok_or_else(|| "nested too deep".to_owned());
        Ok(match head {
            Header::Positive(number) => {
                Value::Int(i64::try_from(number).map_err(|_| format!("number {number} out of range"))?)
            }
            Header::Negative(number) => {
                let number = i64::try_from(number).map_err(|_| format!("number -1-{number} out of range"))?;
                Value::Int(!number)
            }
            Header::Float(number) if number.is_finite() => Value::Decimal(number),
            Header::Float(_) => return Err("number out of range".to_owned()),
            Header::Simple(simple::NULL) => Value::Null,
            Header::Simple(simple::TRUE) => Value::Bool(true),
            Header::Simple(simple::FALSE) => Value::Bool(false),
            Header::Simple(other) => return Err(format!("simple value {other} has no meaning here")),
            Header::Text(length) | Header::Bytes(length) => Value::Text(self.text(head, length)?.into_owned()),
            Header::Array(length) => self.list(length, below()?)?,
            Header::Map(length) => self.map(length, below()?)?,
            // Counted as a level, so that tags upon tags come to an end.
            Header::Tag(SELF_DESCRIBED) => self.value(below()?)?,
            Header::Tag(tag) => return Err(format!("tag {tag} has no meaning here")),
            Header::Break => return Err("an end without a beginning".to_owned()),
        })
    }

    fn list(&mut self, length: Option<usize>, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        while length.is_none_or(|length| items.len() < length) {
            match self.head()? {
                Header::Break if length.is_none() => break,
                head => items.push(self.value_of(head, depth)?),
            }
        }
        Ok(Value::List(items))
    }

    fn map(&mut self, length: Option<usize>, depth: usize) -> Result<Value, String> {
        let mut map = Map::new();
        let mut seen = HashSet::new();
        while length.is_none_or(|length| map.len() < length) {
            let name: SmolStr = match self.head()? {
                Header::Break if length.is_none() => break,
                head @ (Header::Text(length) | Header::Bytes(length)) => self.text(head, length)?.into(),
                _ => return Err("expected a name in text".to_owned()),
            };
            if map.len() == MANY {
                seen.extend(map.iter().map(|(name, _)| name.clone()));
            }
            let duplicate = if map.len() < MANY { map.contains(&name) } else { !seen.insert(name.clone()) };
            if duplicate {
                return Err(format!("duplicate name {:?}", excerpt(&name)));
            }
            map.push(name, self.value(depth)?);
        }
        Ok(Value::Map(map))
    }

    /// Text, in one piece or in several. The clause asks for text strings, its own examples have byte strings in their
    /// place; these are read when they are UTF-8.
    fn text(&mut self, kind: Header, length: Option<usize>) -> Result<std::borrow::Cow<'a, str>, String> {
        let Some(length) = length else {
            let mut joined = String::new();
            loop {
                match (self.head()?, kind) {
                    (Header::Break, _) => return Ok(joined.into()),
                    (Header::Text(Some(length)), Header::Text(_)) | (Header::Bytes(Some(length)), Header::Bytes(_)) => {
                        joined.push_str(self.piece(length)?);
                    }
                    _ => return Err("expected a piece of the same text".to_owned()),
                }
            }
        };
        self.piece(length).map(Into::into)
    }

    fn piece(&mut self, length: usize) -> Result<&'a str, String> {
        let (piece, rest) = self.rest.split_at_checked(length).ok_or_else(|| "it breaks off".to_owned())?;
        let text = std::str::from_utf8(piece).map_err(|_| "text that is not UTF-8".to_owned())?;
        self.rest = rest;
        Ok(text)
    }
}
