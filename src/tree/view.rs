//! One consistent look at the tree, with one's own changes on top.

use std::cell::OnceCell;
use std::sync::Arc;

use bytes::Bytes;

use super::attended::List;
use super::tables::{ALIAS, CHILD, Key, RECORD, TALLY, last_node, node_key};
use super::{CACHED_BYTES, Draft, Node, Record, Tally, Tree, merged};
use crate::store::{Change, Direction, KeyRange, Rows, Snapshot, StoreError, Table};

/// A snapshot that is opened when first needed. A request that finds all it needs in the caches never opens one.
pub struct SnapshotCell<'a> {
    tree: &'a Tree,
    seen: u64,
    snapshot: OnceCell<Box<dyn Snapshot>>,
}

impl<'a> SnapshotCell<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        // The epoch is read before the snapshot can be opened: see `cache`.
        Self { tree, seen: tree.epoch.now(), snapshot: OnceCell::new() }
    }

    pub(super) fn get(&self) -> Result<&dyn Snapshot, StoreError> {
        if let Some(snapshot) = self.snapshot.get() {
            return Ok(&**snapshot);
        }
        let opened = self.tree.store.snapshot()?;
        Ok(&**self.snapshot.get_or_init(|| opened))
    }
}

/// Drafts of earlier requests, the latest on top: those of the same commit, and within a request that stands for many
/// (a group's fan-out) those of its siblings.
#[derive(Clone, Copy)]
pub struct Layer<'a> {
    draft: &'a Draft,
    below: Option<&'a Layer<'a>>,
}

impl<'a> Layer<'a> {
    /// The lowest layer, right above the snapshot.
    #[must_use]
    pub const fn new(draft: &'a Draft) -> Self {
        Self { draft, below: None }
    }
}

/// The tree as one request sees it: the snapshot, the changes of earlier requests of the same commit, its own changes.
pub struct View<'a> {
    cell: &'a SnapshotCell<'a>,
    below: Option<&'a Layer<'a>>,
    /// The request's own changes.
    pub draft: Draft,
}

impl<'a> View<'a> {
    /// What a reader sees.
    #[must_use]
    pub fn new(cell: &'a SnapshotCell<'a>) -> Self {
        Self { cell, below: None, draft: Draft::default() }
    }

    /// What a request sees that is committed together with earlier ones.
    #[must_use]
    pub const fn over(cell: &'a SnapshotCell<'a>, below: &'a Layer<'a>) -> Self {
        Self { cell, below: Some(below), draft: Draft::new() }
    }

    /// A layer of `draft` on top of what this view sees without its own changes.
    #[must_use]
    pub const fn layer<'b>(&self, draft: &'b Draft) -> Layer<'b>
    where
        'a: 'b,
    {
        Layer { draft, below: self.below }
    }

    /// A view like this one over other layers.
    #[must_use]
    pub const fn on<'b>(&self, below: &'b Layer<'b>) -> View<'b>
    where
        'a: 'b,
    {
        View::over(self.cell, below)
    }

    /// This view's drafts, its own first.
    pub(super) fn layers(&self) -> impl Iterator<Item = &Draft> {
        let below = std::iter::successors(self.below, |layer| layer.below).map(|layer| layer.draft);
        std::iter::once(&self.draft).chain(below)
    }

    pub(super) const fn tree(&self) -> &'a Tree {
        self.cell.tree
    }

    pub(super) fn remember_list(&self, name: u64, list: &List) {
        self.tree().lists.offer(name, list.clone(), &self.tree().epoch, self.cell.seen);
    }

    /// Remembers where a path leads. Paths never change their meaning while their resource lives.
    pub(super) fn remember_path(&self, path: &str, node: Node) {
        self.tree().paths.offer(path.into(), node, &self.tree().epoch, self.cell.seen);
    }

    /// The value of a row.
    ///
    /// # Errors
    /// When the store fails.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        for layer in self.layers() {
            if layer.rows.is_empty() {
                continue;
            }
            match layer.rows.get(table, key) {
                Some(Change::Put(value)) => return Ok(Some(value.clone())),
                Some(Change::Delete) => return Ok(None),
                None => {}
            }
        }
        self.cell.get()?.get(table, key)
    }

    /// The rows of a range.
    ///
    /// # Errors
    /// When the store fails.
    pub fn scan(&self, table: Table, range: KeyRange, direction: Direction) -> Result<Rows<'_>, StoreError> {
        let mut rows = self.cell.get()?.scan(table, range.clone(), direction);
        let layers: Vec<&Draft> = self.layers().filter(|layer| !layer.rows.is_empty()).collect();
        for layer in layers.into_iter().rev() {
            rows = merged::lay_over(rows, &layer.rows, table, &range, direction);
        }
        Ok(rows)
    }

    /// A resource by its number, whether or not its ancestors still live.
    ///
    /// # Errors
    /// When the store fails or the record is corrupt.
    pub fn record(&self, node: Node) -> Result<Option<Arc<Record>>, StoreError> {
        for layer in self.layers() {
            if let Some(record) = layer.records.get(&node) {
                return Ok(record.clone());
            }
        }
        let tree = self.tree();
        if let Some(record) = tree.records.get(&node.0) {
            return Ok(Some(record));
        }
        let Some(bytes) = self.cell.get()?.get(RECORD, &node_key(node))? else { return Ok(None) };
        let record = Arc::new(Record::decode(node, &bytes)?);
        if bytes.len() <= CACHED_BYTES {
            tree.records.offer(node.0, record.clone(), &tree.epoch, self.cell.seen);
        }
        Ok(Some(record))
    }

    /// Resources created by requests that are not committed yet; they have no rows to be scanned.
    pub(crate) fn unsaved_records(&self) -> std::collections::BTreeSet<Node> {
        self.layers().flat_map(|layer| layer.records.keys().copied()).collect()
    }

    /// The counters of a resource; zeros when it has none.
    ///
    /// # Errors
    /// When the store fails or the row is corrupt.
    pub fn tally(&self, node: Node) -> Result<Tally, StoreError> {
        for layer in self.layers() {
            if let Some(tally) = layer.tallies.get(&node) {
                return Ok(tally.unwrap_or_default());
            }
        }
        let tree = self.tree();
        if let Some(tally) = tree.tallies.get(&node.0) {
            return Ok(tally);
        }
        let Some(bytes) = self.cell.get()?.get(TALLY, &node_key(node))? else { return Ok(Tally::default()) };
        let tally = Tally::decode(&bytes)
            .ok_or_else(|| StoreError::Corrupt { table: "tally", reason: format!("resource {}", node.0) })?;
        tree.tallies.offer(node.0, tally, &tree.epoch, self.cell.seen);
        Ok(tally)
    }

    /// The counters of a resource as this view's snapshot has them, past the cache.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tally_at_rest(&self, node: Node) -> Result<Tally, StoreError> {
        let bytes = self.cell.get()?.get(TALLY, &node_key(node))?;
        Ok(bytes.as_deref().and_then(Tally::decode).unwrap_or_default())
    }

    /// The resource of that identifier: an AE-ID, the CSEBase's, or one made from a number.
    ///
    /// # Errors
    /// When the store fails.
    pub fn by_id(&self, id: &str) -> Result<Option<Arc<Record>>, StoreError> {
        if let Some(node) = super::node_of(id)
            && let Some(record) = self.record(node)?
            && record.resource_id == id
        {
            return Ok(Some(record));
        }
        if let Some(node) = self.tree().paths.get(id)
            && let Some(record) = self.record(node)?
            && record.resource_id == id
        {
            return Ok(Some(record));
        }
        let Some(node) = self.get(ALIAS, id.as_bytes())?.as_deref().and_then(last_node) else { return Ok(None) };
        self.remember_path(id, node);
        self.record(node)
    }

    /// Whether a resource and all its ancestors live. What lies below a deleted resource is gone for everybody at once,
    /// though its rows are cleared away later.
    ///
    /// # Errors
    /// When the store fails.
    pub fn lives(&self, record: &Record) -> Result<bool, StoreError> {
        Ok(self.ancestors(record)?.is_some())
    }

    /// The ancestors from the parent up to the CSEBase, or `None` when one of them is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub fn ancestors(&self, record: &Record) -> Result<Option<Vec<Arc<Record>>>, StoreError> {
        let mut chain = Vec::with_capacity(4);
        let mut child = record.node;
        let mut parent = record.parent;
        while child != Node::ROOT {
            let Some(record) = self.record(parent)? else { return Ok(None) };
            child = record.node;
            parent = record.parent;
            chain.push(record);
        }
        Ok(Some(chain))
    }

    /// The children of a resource in the order of their creation, all or of one type, from the first after `after`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn children(
        &self,
        parent: Node,
        resource_type: Option<u32>,
        direction: Direction,
    ) -> Result<impl Iterator<Item = Result<(u32, Node), StoreError>> + '_, StoreError> {
        let mut key = Key::new().node(parent);
        if let Some(ty) = resource_type {
            key = key.resource_type(ty);
        }
        let rows = self.scan(CHILD, key.prefix(), direction)?;
        Ok(rows.map(|row| {
            let (key, _) = row?;
            let ty = key.get(8..12).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
            ty.zip(last_node(&key))
                .ok_or_else(|| StoreError::Corrupt { table: "child", reason: "a key is too short".into() })
        }))
    }
}
