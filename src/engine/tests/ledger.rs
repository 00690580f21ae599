//! What lives according to the log of changes alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::World;
use crate::engine::{Change, ChangeKind};
use crate::primitive::Status;
use crate::tree::{Node, Record};
use crate::value::Value;

/// What lives according to the log of changes, from which nothing may be missing.
#[derive(Default)]
pub struct Ledger {
    living: BTreeMap<Node, Arc<Record>>,
    all: BTreeSet<String>,
}

impl Ledger {
    /// Reads on. Each change has to fit what was there before it.
    pub fn read(&mut self, changes: &mut Vec<Change>) -> Result<(), TestCaseError> {
        for Change { kind, record, .. } in changes.drain(..) {
            let known = self.living.contains_key(&record.node);
            let parent_known = record.parent == Node::ROOT || self.living.contains_key(&record.parent);
            prop_assert!(parent_known, "{:?} {} below nothing", kind, record.resource_id);
            prop_assert_eq!(known, kind != ChangeKind::Created, "{:?} {}", kind, record.resource_id);
            match kind {
                ChangeKind::Created | ChangeKind::Updated => {
                    self.all.insert(record.resource_id.to_string());
                    self.living.insert(record.node, record);
                }
                ChangeKind::Deleted | ChangeKind::Expired | ChangeKind::Evicted => self.remove(record.node),
            }
        }
        Ok(())
    }

    /// Whether nothing lives any more.
    pub fn is_empty(&self) -> bool {
        self.living.is_empty()
    }

    fn remove(&mut self, node: Node) {
        self.living.remove(&node);
        let below: Vec<Node> =
            self.living.values().filter(|record| record.parent == node).map(|record| record.node).collect();
        below.into_iter().for_each(|node| self.remove(node));
    }

    /// The log and the tree tell the same.
    pub fn agrees(&self, world: &mut World) -> Result<(), TestCaseError> {
        // What nobody may retrieve is not found either (disableRetrieval).
        let disabled = |record: &Record| {
            let parent = self.living.get(&record.parent);
            let disabled = parent.is_some_and(|parent| parent.attributes().get("disr") == Some(&Value::Bool(true)));
            record.resource_type == 4 && disabled
        };
        let expected = self.living.values().filter(|record| !disabled(record)).count();
        let base = world.retrieve_as("CAdmin", "cse-in", 6, &[]);
        let found = base.attributes().and_then(|list| list.get("rrf").and_then(Value::as_list).map(<[Value]>::len));
        prop_assert_eq!(found, Some(expected + 1), "with the administration policy");
        for record in self.living.values() {
            let shown = world.retrieve("CAdmin", &record.resource_id);
            if disabled(record) {
                prop_assert_eq!(shown.status, Status::OPERATION_NOT_ALLOWED);
                continue;
            }
            prop_assert_eq!(shown.status, Status::OK, "{}", record.resource_id);
            let shown = shown.attributes().unwrap();
            for (name, value) in record.attributes().iter() {
                prop_assert_eq!(shown.get(name), Some(value), "{} {}", record.resource_id, name);
            }
        }
        let living: BTreeSet<&str> = self.living.values().map(|record| &*record.resource_id).collect();
        for gone in self.all.iter().filter(|id| !living.contains(id.as_str())) {
            prop_assert_eq!(world.retrieve("CAdmin", gone).status, Status::NOT_FOUND, "{}", gone);
        }
        Ok(())
    }
}
