//! Clearing away what lies below a deleted resource, a bounded piece at a time.

use super::due::{Due, DueKind};
use super::tables::{CHILD, Key};
use super::{Node, View};
use crate::store::{Direction, StoreError};
use crate::value::Timestamp;

impl View<'_> {
    /// Removes up to `most` resources below `node`, which is gone itself. Children that have children of their own are
    /// put on the list of what is due, so nothing is recursive and a restart loses nothing. Answers how many went.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn reap(&mut self, node: Node, most: usize) -> Result<usize, StoreError> {
        let children = self.children(node, None, Direction::Forward)?.take(most.max(1));
        let children: Vec<_> = children.collect::<Result<_, _>>()?;
        for (resource_type, child) in &children {
            match self.record(*child) {
                Ok(Some(record)) => self.remove(&record)?,
                // A record that cannot be read, or is gone already, must not keep the others: its row here goes.
                Ok(None) | Err(StoreError::Corrupt { .. }) => {
                    let key = Key::new().node(node).resource_type(*resource_type).node(*child).done();
                    self.draft.delete(CHILD, key);
                }
                Err(error) => return Err(error),
            }
        }
        if children.len() < most {
            self.disarm(Due { at: Timestamp::from_micros(0), kind: DueKind::Reap, node });
        }
        Ok(children.len())
    }
}
