//! Oldest and latest instances of a container, and making room for new ones.

use std::sync::Arc;

use super::tables::{CHILD, Key, last_node};
use super::{Node, Record, View};
use crate::store::{Direction, KeyRange, StoreError};

/// How many successors of the oldest instance are looked up at once.
const SUCCESSORS: usize = 32;

impl View<'_> {
    /// The instance of `ty` that follows `after` in age, towards the newer ones; from the very oldest when `None`.
    ///
    /// The scan begins at the given instance, not at the beginning of the container: there lie the graves of all that
    /// were evicted, and a store has to step over each.
    ///
    /// # Errors
    /// When the store fails.
    pub fn instance_after(&self, parent: Node, ty: u32, after: Option<Node>) -> Result<Option<Node>, StoreError> {
        let all = Key::new().node(parent).resource_type(ty).prefix();
        let start = match after {
            Some(node) => Key::new().node(parent).resource_type(ty).number(node.0.saturating_add(1)).done(),
            None => all.start,
        };
        self.first_of(KeyRange { start, end: all.end }, Direction::Forward)
    }

    /// The newest instance of `ty` that is older than `before`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn instance_before(&self, parent: Node, ty: u32, before: Node) -> Result<Option<Node>, StoreError> {
        let withdrawn = self.tally(parent)?.withdrawn.map_or(0, |node| node.0.saturating_add(1));
        let start = Key::new().node(parent).resource_type(ty).number(withdrawn).done();
        let end = Key::new().node(parent).resource_type(ty).node(before).done();
        self.first_of(KeyRange { start, end: Some(end) }, Direction::Backward)
    }

    fn first_of(&self, range: KeyRange, direction: Direction) -> Result<Option<Node>, StoreError> {
        match self.scan(CHILD, range, direction)?.next() {
            Some(row) => Ok(last_node(&row?.0)),
            None => Ok(None),
        }
    }

    /// The instance that becomes the oldest when `node` goes. A look-up in the store brings a handful of successors, kept
    /// for the next times: a full container evicts with each instance that comes.
    fn next_oldest(&self, parent: Node, ty: u32, node: Node) -> Result<Option<Node>, StoreError> {
        // Looked up by a request that was turned down in the end, they may follow a later one than `node`.
        let known = self.tree().successors.get(&parent.0).filter(|(after, _)| *after <= node);
        if let Some((_, successors)) = known {
            for successor in successors.iter().filter(|successor| **successor > node) {
                // One of them may have been deleted since; an earlier one cannot have come.
                if self.record(*successor)?.is_some() {
                    return Ok(Some(*successor));
                }
            }
        }
        let start = Key::new().node(parent).resource_type(ty).number(node.0.saturating_add(1)).done();
        let range = KeyRange { start, end: Key::new().node(parent).resource_type(ty).prefix().end };
        let rows = self.scan(CHILD, range, Direction::Forward)?.take(SUCCESSORS);
        let nodes: Vec<Node> = rows
            .map(|row| Ok(last_node(&row?.0)))
            .collect::<Result<Vec<_>, StoreError>>()?
            .into_iter()
            .flatten()
            .collect();
        let first = nodes.first().copied();
        self.tree().successors.put(parent.0, (node, nodes.into()));
        Ok(first)
    }

    /// Takes an instance out and corrects its container's counters.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn remove_instance(&mut self, instance: &Arc<Record>) -> Result<(), StoreError> {
        let (parent, ty, node) = (instance.parent, instance.resource_type, instance.node);
        let mut tally = self.tally(parent)?;
        self.remove(instance)?;
        if tally.withdrawn.is_some_and(|last| node <= last) {
            return Ok(());
        }
        tally.current_nr_of_instances = tally.current_nr_of_instances.saturating_sub(1);
        tally.current_byte_size = tally.current_byte_size.saturating_sub(instance.content_size);
        if tally.oldest == Some(node) {
            tally.oldest = self.next_oldest(parent, ty, node)?;
        }
        if tally.latest == Some(node) {
            tally.latest = self.instance_before(parent, ty, node)?;
        }
        self.set_tally(parent, tally);
        Ok(())
    }
}
