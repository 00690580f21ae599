//! Who is to be told: the subscriptions of a resource, the lanes of a subscription. Asked for with each change of a watched
//! resource, and so kept in memory.

use std::sync::Arc;

use super::tables::{Key, OWNER, last_node};
use super::{Node, View};
use crate::store::{Direction, StoreError};
use crate::value::SmolStr;

/// The type of a subscription.
pub(super) const SUBSCRIPTION: u32 = 23;

/// Longer lists are read anew each time, so that the cache is bounded in bytes as well as in entries.
const LONGEST: usize = 64;

/// A list: numbers, and for lanes their targets.
pub(super) type List = Arc<[(Node, SmolStr)]>;

/// Which list.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Subscriptions,
    Lanes,
}

/// The list's name in the cache and in drafts.
pub(super) const fn name(kind: Kind, node: Node) -> u64 {
    node.0.wrapping_mul(2).wrapping_add(kind as u64)
}

impl View<'_> {
    /// The subscriptions of a resource, in the order of their creation.
    pub(crate) fn subscriptions_of(&self, node: Node) -> Result<Vec<Node>, StoreError> {
        Ok(self.list(Kind::Subscriptions, node)?.iter().map(|(node, _)| *node).collect())
    }

    /// The lanes of an owner, with their targets.
    pub(crate) fn lanes_of(&self, owner: Node) -> Result<List, StoreError> {
        self.list(Kind::Lanes, owner)
    }

    fn list(&self, kind: Kind, node: Node) -> Result<List, StoreError> {
        let name = name(kind, node);
        if self.layers().any(|layer| layer.lists.contains(&name)) {
            return self.read_list(kind, node);
        }
        let tree = self.tree();
        if let Some(list) = tree.lists.get(&name) {
            return Ok(list);
        }
        let list = self.read_list(kind, node)?;
        if list.len() <= LONGEST {
            self.remember_list(name, &list);
        }
        Ok(list)
    }

    fn read_list(&self, kind: Kind, node: Node) -> Result<List, StoreError> {
        match kind {
            Kind::Subscriptions => {
                let children = self.children(node, Some(SUBSCRIPTION), Direction::Forward)?;
                children.map(|child| Ok((child?.1, SmolStr::default()))).collect()
            }
            Kind::Lanes => {
                let rows = self.scan(OWNER, Key::new().node(node).prefix(), Direction::Forward)?;
                rows.map(|row| {
                    let (key, target) = row?;
                    let corrupt = || StoreError::Corrupt { table: "owner", reason: "a key cannot be read".into() };
                    Ok((last_node(&key).ok_or_else(corrupt)?, String::from_utf8_lossy(&target).into()))
                })
                .collect()
            }
        }
    }
}
