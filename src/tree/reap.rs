//! Clearing away what lies below a deleted resource.

use super::tables::{CHILD, Key};
use super::{Node, View};

impl View<'_> {
    /// Takes a child's row out of its parent's list, when there is no resource behind it that could be taken out.
    pub(crate) fn forget_child(&mut self, parent: Node, resource_type: u32, child: Node) {
        let key = Key::new().node(parent).resource_type(resource_type).node(child).done();
        self.draft.delete(CHILD, key);
    }
}
