//! Every table and index: what its key is, who writes it, what it is for. `docs/storage.md` draws them.
//!
//! Numbers in keys are big-endian, so that the order of keys is the order of numbers.

use bytes::Bytes;

use crate::store::{KeyRange, Table};

/// A resource's number inside one CSE. Numbers rise with each creation and are never used twice, so their order is the
/// order of creation and a number found in an old index can never mean another resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub u64);

impl Node {
    /// The CSEBase.
    pub const ROOT: Self = Self(1);
}

/// name → value: `next`, the number of the next resource; `run`, the open run of creations; `lookalikes`, there (and
/// empty) once somebody has given a name that looks like one of the CSE's identifiers; `fertile`, there (and empty) once
/// an instance has had a child; `requests`, how many request resources there are.
pub const META: Table = Table { number: 0, name: "meta" };
/// node → the resource ([`Record`](super::Record)).
pub const RECORD: Table = Table { number: 1, name: "record" };
/// parent, name → node. Absent for children that are named by their own resource identifier.
pub const NAME: Table = Table { number: 2, name: "name" };
/// parent, type, node → nothing. A parent's children by type in the order of their creation.
pub const CHILD: Table = Table { number: 3, name: "child" };
/// type, node → nothing. Not written for instances, which are found through their containers.
pub const TYPE: Table = Table { number: 4, name: "type" };
/// label, 0, node → nothing. Of a label longer than 256 bytes, the first 256.
pub const LABEL: Table = Table { number: 5, name: "label" };
/// second, first node → last node and 1. Resources created within one second have neighbouring numbers: a row per second
/// stands for all of them.
pub const CREATED: Table = Table { number: 6, name: "created" };
/// minute, node → nothing. Only for resources modified after their creation.
pub const MODIFIED: Table = Table { number: 7, name: "modified" };
/// instant, kind, node → nothing. Everything that falls due.
pub const DUE: Table = Table { number: 8, name: "due" };
/// node → counters of a resource with instances ([`Tally`](super::Tally)).
pub const TALLY: Table = Table { number: 9, name: "tally" };
/// identifier → node, for resources whose identifier is not made from their number: AEs and the CSEBase.
pub const ALIAS: Table = Table { number: 10, name: "alias" };
/// lane → its state ([`Lane`](super::Lane)): what is kept for one target of one subscription, group or request.
pub const LANE: Table = Table { number: 11, name: "lane" };
/// owner, lane → target. The lanes of a subscription, group or request.
pub const OWNER: Table = Table { number: 12, name: "owner" };
/// lane, sequence → one notification that was not delivered yet.
pub const OUTBOX: Table = Table { number: 13, name: "outbox" };
/// AE, lane → nothing. The lanes to be looked at when that AE can be reached again.
pub const AWAIT: Table = Table { number: 14, name: "await" };
/// request resource → the request primitive that it stands for, until it was carried out.
pub const ORDER: Table = Table { number: 15, name: "order" };

/// All tables, for tools that walk a data directory.
pub const ALL: [Table; 16] =
    [META, RECORD, NAME, CHILD, TYPE, LABEL, CREATED, MODIFIED, DUE, TALLY, ALIAS, LANE, OWNER, OUTBOX, AWAIT, ORDER];

/// A key being put together.
#[derive(Default)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    pub fn new() -> Self {
        Self(Vec::with_capacity(32))
    }

    pub fn node(self, node: Node) -> Self {
        self.number(node.0)
    }

    pub fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Instants before 1970 do not occur in a CSE; should a clock say so, they sort first.
    pub fn instant(self, micros: i64) -> Self {
        self.number(u64::try_from(micros).unwrap_or(0))
    }

    pub fn resource_type(mut self, ty: u32) -> Self {
        self.0.extend_from_slice(&ty.to_be_bytes());
        self
    }

    pub fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    pub fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub fn done(self) -> Bytes {
        self.0.into()
    }

    pub fn prefix(self) -> KeyRange {
        KeyRange::prefix(self.0)
    }
}

pub(crate) fn node_key(node: Node) -> [u8; 8] {
    node.0.to_be_bytes()
}

/// The number in the last eight bytes of a key.
pub(crate) fn last_node(key: &[u8]) -> Option<Node> {
    number_at(key, key.len().checked_sub(8)?).map(Node)
}

/// The number in eight bytes from `at`.
pub(crate) fn number_at(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}
