//! Oldest and latest instances of a container, and making room for new ones.

use std::sync::Arc;

use super::tables::{CHILD, Key, last_node};
use super::{Node, Record, View};
use crate::store::{Direction, KeyRange, StoreError};

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
        let start = Key::new().node(parent).resource_type(ty).done();
        let end = Key::new().node(parent).resource_type(ty).node(before).done();
        self.first_of(KeyRange { start, end: Some(end) }, Direction::Backward)
    }

    fn first_of(&self, range: KeyRange, direction: Direction) -> Result<Option<Node>, StoreError> {
        match self.scan(CHILD, range, direction)?.next() {
            Some(row) => Ok(last_node(&row?.0)),
            None => Ok(None),
        }
    }

    /// Takes an instance out and corrects its container's counters. `content_size` is the instance's `cs`.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn remove_instance(&mut self, instance: &Arc<Record>, content_size: u64) -> Result<(), StoreError> {
        let (parent, ty, node) = (instance.parent, instance.resource_type, instance.node);
        let mut tally = self.tally(parent)?;
        self.remove(instance)?;
        tally.current_nr_of_instances = tally.current_nr_of_instances.saturating_sub(1);
        tally.current_byte_size = tally.current_byte_size.saturating_sub(content_size);
        if tally.oldest == Some(node) {
            tally.oldest = self.instance_after(parent, ty, Some(node))?;
        }
        if tally.latest == Some(node) {
            tally.latest = self.instance_before(parent, ty, node)?;
        }
        self.set_tally(parent, tally);
        Ok(())
    }
}
