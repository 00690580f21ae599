//! A resource at rest: a small binary head with what the engine asks for most, then the resource as JSON.
//!
//! ```text
//! 0        1         5     9        17    25    33    41     42      50
//! version  checksum  type  parent   ct    lt    et    flags  size    |name|  name  |id|  id  |owner|  owner  JSON …
//! ```
//! The JSON is the representation that a RETRIEVE answers, ready to be sent without being parsed. What changes with each
//! child (state tag, counters) stays out of it, in the [`Tally`](super::Tally).

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::Node;
use crate::codec::json;
use crate::store::StoreError;
use crate::value::{Attr, Map, SmolStr, Timestamp, Value};

/// The version of this layout, the first byte of every record.
pub const VERSION: u8 = 1;

const HEAD: usize = 50;

/// `cs`: the size of an instance's content, in bytes.
const CONTENT_SIZE: Attr<u64> = Attr::new("cs");
/// `lbl`.
const LABELS: Attr<Vec<SmolStr>> = Attr::new("lbl");

/// A resource as the tree keeps it.
#[derive(Debug)]
pub struct Record {
    /// The resource's number.
    pub node: Node,
    /// `ty`.
    pub resource_type: u32,
    /// The parent's number; the CSEBase is its own parent.
    pub parent: Node,
    /// `ct`.
    pub creation_time: Timestamp,
    /// `lt`.
    pub last_modified_time: Timestamp,
    /// `et`; the CSEBase has none.
    pub expiration_time: Option<Timestamp>,
    /// `rn`.
    pub resource_name: SmolStr,
    /// `ri`.
    pub resource_id: SmolStr,
    /// Who created it. Kept even where the type has no `creator` attribute: the default access policy needs it.
    pub owner: SmolStr,
    /// Whether a [`Tally`](super::Tally) belongs to it.
    pub tallied: bool,
    /// Whether it is named by its own identifier and so has no row in the name table.
    pub self_named: bool,
    /// Whether it has labels. An instance without is evicted without being parsed.
    pub labelled: bool,
    /// `cs` of an instance; 0 otherwise. Here for the same reason.
    pub content_size: u64,
    /// Whether it has subscriptions; of a subscription, whether it has a schedule. Without, no change looks for any.
    pub watched: bool,
    /// The attributes as a JSON object, without those in the tally.
    pub json: Bytes,
    /// The attributes as values, parsed when first needed.
    attributes: OnceLock<Arc<Map>>,
    /// What somebody makes of the attributes when first needed: access control rules, the terms of a subscription.
    compiled: Compiled,
}

#[derive(Default)]
struct Compiled(OnceLock<Arc<dyn std::any::Any + Send + Sync>>);

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.get().is_some() { "compiled" } else { "not compiled" })
    }
}

/// What a new record is made of.
pub(crate) struct Parts {
    pub node: Node,
    pub resource_type: u32,
    pub parent: Node,
    pub creation_time: Timestamp,
    pub last_modified_time: Timestamp,
    pub expiration_time: Option<Timestamp>,
    pub resource_name: SmolStr,
    pub resource_id: SmolStr,
    pub owner: SmolStr,
    pub tallied: bool,
    pub self_named: bool,
    pub watched: bool,
    /// Everything that a representation shows, universal attributes included.
    pub attributes: Map,
}

impl Record {
    pub(crate) fn new(parts: Parts) -> Self {
        let mut text = Vec::with_capacity(320);
        json::write_map(&mut text, &parts.attributes);
        let labelled = LABELS.is_in(&parts.attributes);
        let content_size = CONTENT_SIZE.get(&parts.attributes).unwrap_or(0);
        let attributes = OnceLock::new();
        // A fresh lock takes its first value.
        let _ = attributes.set(Arc::new(parts.attributes));
        Self {
            labelled,
            content_size,
            watched: parts.watched,
            node: parts.node,
            resource_type: parts.resource_type,
            parent: parts.parent,
            creation_time: parts.creation_time,
            last_modified_time: parts.last_modified_time,
            expiration_time: parts.expiration_time,
            resource_name: parts.resource_name,
            resource_id: parts.resource_id,
            owner: parts.owner,
            tallied: parts.tallied,
            self_named: parts.self_named,
            json: text.into(),
            attributes,
            compiled: Compiled::default(),
        }
    }

    /// The attributes as values, without those in the tally.
    #[must_use]
    pub fn attributes(&self) -> &Arc<Map> {
        self.attributes.get_or_init(|| match json::decode(&self.json, usize::MAX) {
            Ok(Value::Map(map)) => Arc::new(map),
            // The checksum was right, so this is what was written; an empty map grants nobody anything.
            _ => Arc::default(),
        })
    }

    /// What `make` makes of the attributes, made once for as long as the record is in memory. Whoever asks for a record of
    /// a type asks for the same thing each time.
    pub(crate) fn compiled<T: Send + Sync + 'static>(&self, make: impl Fn(&Map) -> T) -> Arc<T> {
        let made = self.compiled.0.get_or_init(|| Arc::new(make(self.attributes()))).clone();
        made.downcast().unwrap_or_else(|_| Arc::new(make(self.attributes())))
    }

    /// The same resource, watched or not. That is the CSE's own note, not an attribute: nothing else changes.
    pub(crate) fn with_watched(&self, watched: bool) -> Self {
        Self {
            watched,
            node: self.node,
            resource_type: self.resource_type,
            parent: self.parent,
            creation_time: self.creation_time,
            last_modified_time: self.last_modified_time,
            expiration_time: self.expiration_time,
            resource_name: self.resource_name.clone(),
            resource_id: self.resource_id.clone(),
            owner: self.owner.clone(),
            tallied: self.tallied,
            self_named: self.self_named,
            labelled: self.labelled,
            content_size: self.content_size,
            json: self.json.clone(),
            attributes: self.attributes.clone(),
            compiled: Compiled::default(),
        }
    }

    /// The bytes that rest in the store.
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.json.len().saturating_add(128));
        out.push(VERSION);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.resource_type.to_be_bytes());
        out.extend_from_slice(&self.parent.0.to_be_bytes());
        out.extend_from_slice(&self.creation_time.as_micros().to_be_bytes());
        out.extend_from_slice(&self.last_modified_time.as_micros().to_be_bytes());
        let et = self.expiration_time.map_or(i64::MAX, Timestamp::as_micros);
        out.extend_from_slice(&et.to_be_bytes());
        let flags = [self.tallied, self.self_named, self.labelled, self.watched];
        out.push(flags.iter().rev().fold(0, |byte, flag| (byte << 1) | u8::from(*flag)));
        out.extend_from_slice(&self.content_size.to_be_bytes());
        for text in [&self.resource_name, &self.resource_id, &self.owner] {
            // Names, identifiers and originators are bounded to 255 bytes where they come in.
            let bytes = text.as_bytes();
            out.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(bytes.get(..255).unwrap_or(bytes));
        }
        out.extend_from_slice(&self.json);
        let sum = checksum(out.get(5..).unwrap_or_default()).to_be_bytes();
        for (place, byte) in out.iter_mut().skip(1).zip(sum) {
            *place = byte;
        }
        out.into()
    }

    /// Reads what [`Record::encode`] wrote.
    pub(crate) fn decode(node: Node, bytes: &Bytes) -> Result<Self, StoreError> {
        let corrupt =
            |reason: String| StoreError::Corrupt { table: "record", reason: format!("resource {}: {reason}", node.0) };
        let version = bytes.first().copied().unwrap_or(0);
        if version != VERSION {
            return Err(corrupt(format!("version {version}, expected {VERSION}")));
        }
        let stored = bytes.get(1..5).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
        if stored != Some(checksum(bytes.get(5..).unwrap_or_default())) {
            return Err(corrupt("checksum differs".into()));
        }
        let record = Self::parse(node, bytes).ok_or_else(|| corrupt("too short".into()))?;
        // Numbers rise with time, so whoever walks up comes to the CSEBase; a row under another's key could lead in circles.
        if record.parent >= node && node != Node::ROOT {
            return Err(corrupt(format!("its parent {} is not older than itself", record.parent.0)));
        }
        Ok(record)
    }

    fn parse(node: Node, bytes: &Bytes) -> Option<Self> {
        let long = |at: usize| super::tables::number_at(bytes, at);
        let instant = |at: usize| long(at).map(|n| Timestamp::from_micros(n.cast_signed()));
        let flags = *bytes.get(41)?;
        let mut at = HEAD;
        let mut text = || {
            let length = usize::from(*bytes.get(at)?);
            let from = at.checked_add(1)?;
            at = from.checked_add(length)?;
            std::str::from_utf8(bytes.get(from..at)?).ok().map(SmolStr::new)
        };
        let (resource_name, resource_id, owner) = (text()?, text()?, text()?);
        let expiration_time = instant(33)?;
        Some(Self {
            node,
            resource_type: u32::from_be_bytes(bytes.get(5..9)?.try_into().ok()?),
            parent: Node(long(9)?),
            creation_time: instant(17)?,
            last_modified_time: instant(25)?,
            expiration_time: (expiration_time.as_micros() != i64::MAX).then_some(expiration_time),
            resource_name,
            resource_id,
            owner,
            tallied: flags & 1 != 0,
            self_named: flags & 2 != 0,
            labelled: flags & 4 != 0,
            watched: flags & 8 != 0,
            content_size: long(42)?,
            json: bytes.slice(at..),
            attributes: OnceLock::new(),
            compiled: Compiled::default(),
        })
    }
}

/// Finds accidental damage; four bytes at a time, as it runs over every record written and read.
fn checksum(bytes: &[u8]) -> u32 {
    const PRIME: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut sum: u64 = PRIME ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        sum = (sum ^ word).wrapping_mul(PRIME).rotate_left(29);
    }
    for byte in chunks.remainder() {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(PRIME).rotate_left(29);
    }
    let folded = sum ^ (sum >> 32);
    (folded & 0xffff_ffff) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Record {
        Record::new(Parts {
            node: Node(7),
            resource_type: 3,
            parent: Node(2),
            creation_time: Timestamp::from_micros(1),
            last_modified_time: Timestamp::from_micros(2),
            expiration_time: Some(Timestamp::from_micros(3)),
            resource_name: "temps".into(),
            resource_id: "cnt-7".into(),
            owner: "Cae1".into(),
            tallied: true,
            self_named: false,
            watched: true,
            attributes: Map::from_iter([("rn", "temps")]),
        })
    }

    #[test]
    fn a_record_comes_back_as_it_was_put_to_rest() {
        let record = sample();
        let back = Record::decode(Node(7), &record.encode()).unwrap();
        assert_eq!(format!("{:?}", back.attributes()), format!("{:?}", record.attributes()));
        assert_eq!((back.resource_type, back.parent, back.tallied, back.self_named), (3, Node(2), true, false));
        assert!(back.watched && !back.labelled);
        assert_eq!((&*back.resource_name, &*back.resource_id, &*back.owner), ("temps", "cnt-7", "Cae1"));
        assert_eq!(back.expiration_time, record.expiration_time);
    }

    /// Found by a fuzzer: a whole row under the key of another led whoever looked for its ancestors in circles.
    #[test]
    fn nothing_is_older_than_its_parent() {
        let row = sample().encode();
        assert!(Record::decode(Node(3), &row).is_ok());
        for node in [Node(2), Node::ROOT] {
            assert_eq!(Record::decode(node, &row).is_ok(), node == Node::ROOT, "{node:?}");
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let whole = sample().encode();
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.to_vec();
                damaged[at] ^= 1 << bit;
                assert!(Record::decode(Node(7), &damaged.into()).is_err(), "byte {at} bit {bit}");
            }
            assert!(Record::decode(Node(7), &whole.slice(..at)).is_err());
        }
    }
}
