//! Structured, unstructured and mixed paths to resources (TS-0001 9.3.1).

use std::sync::Arc;

use super::tables::{Key, NAME, last_node};
use super::{Node, Record, View, node_of};
use crate::store::StoreError;

/// Where a path leads.
#[derive(Debug)]
pub struct Place {
    /// The last resource on the path.
    pub record: Arc<Record>,
    /// What follows it and is no resource: a virtual child's name, perhaps with more behind it.
    pub rest: String,
}

impl View<'_> {
    /// The child of that name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn child_named(&self, parent: Node, name: &str) -> Result<Option<Arc<Record>>, StoreError> {
        // A child named by its own identifier has no row: it is found by the number in its name.
        if let Some(node) = node_of(name)
            && let Some(record) = self.record(node)?
            && record.self_named
            && record.parent == parent
            && record.resource_name == name
        {
            return Ok(Some(record));
        }
        let key = Key::new().node(parent).text(name).done();
        match self.get(NAME, &key)?.as_deref().and_then(last_node) {
            Some(node) => self.record(node),
            None => Ok(None),
        }
    }

    /// Follows a CSE-relative path. `base_name` is the CSEBase's resource name; `-` stands for it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn walk(&self, path: &str, base_name: &str) -> Result<Option<Place>, StoreError> {
        if let Some(node) = self.tree().paths.get(path)
            && let Some(record) = self.record(node)?
            && self.lives(&record)?
        {
            return Ok(Some(Place { record, rest: String::new() }));
        }
        let mut segments = path.split('/');
        let first = segments.next().unwrap_or_default();
        let start = if first == base_name || first == "-" { self.record(Node::ROOT)? } else { self.by_id(first)? };
        let Some(mut record) = start else { return Ok(None) };
        if !self.lives(&record)? {
            return Ok(None);
        }
        while let Some(name) = segments.next() {
            let Some(child) = self.child_named(record.node, name)? else {
                let rest = std::iter::once(name).chain(segments).collect::<Vec<_>>().join("/");
                return Ok(Some(Place { record, rest }));
            };
            record = child;
        }
        self.remember_path(path, record.node);
        Ok(Some(Place { record, rest: String::new() }))
    }

    /// The structured address of a resource: the names from the CSEBase down.
    ///
    /// # Errors
    /// When the store fails.
    pub fn structured_path(&self, record: &Record) -> Result<String, StoreError> {
        let chain = self.ancestors(record)?.unwrap_or_default();
        let mut path = String::with_capacity(64);
        for ancestor in chain.iter().rev() {
            path.push_str(&ancestor.resource_name);
            path.push('/');
        }
        path.push_str(&record.resource_name);
        Ok(path)
    }
}
