//! Putting a resource into the tree, replacing it, taking it out: every index in the same change-set.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::attended::{self, Kind, SUBSCRIPTION};
use super::due::{Due, DueKind};
use super::tables::{ALIAS, CHILD, Key, LABEL, META, MODIFIED, NAME, TYPE, node_key};
use super::{Node, Parts, Record, Tally, View, node_of};
use crate::store::StoreError;
use crate::value::{Attr, Timestamp};

const LABELS: Attr<Vec<String>> = Attr::new("lbl");

/// How many bytes of a label are in the index.
const INDEXED_LABEL: usize = 256;

/// Whether a type is one of instances: many, short-lived, found through their parent and so without a type index row.
pub(crate) const fn is_instance(resource_type: u32) -> bool {
    matches!(resource_type, 4 | 30 | 58)
}

impl View<'_> {
    /// Adds a resource. The caller has made sure that its name and number are free.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn insert(&mut self, parts: Parts) -> Result<Arc<Record>, StoreError> {
        let record = Arc::new(Record::new(parts));
        let node = record.node;
        if node != Node::ROOT {
            if !record.self_named {
                if node_of(&record.resource_name).is_some() && !self.tree().generated_names_can_be_taken() {
                    self.tree().lookalikes.store(true, Ordering::Release);
                    self.draft.put(META, Bytes::from_static(b"lookalikes"), Bytes::new());
                }
                let key = Key::new().node(record.parent).text(&record.resource_name).done();
                self.draft.put(NAME, key, node.0.to_be_bytes().to_vec());
            }
            self.draft.put(CHILD, child_key(&record), Bytes::new());
            self.note_subscription(&record);
            let parent = self.record(record.parent)?;
            if parent.is_some_and(|parent| is_instance(parent.resource_type)) {
                self.tree().fertile_instances.store(true, Ordering::Release);
                self.draft.put(META, Bytes::from_static(b"fertile"), Bytes::new());
            }
        }
        if node_of(&record.resource_id) != Some(node) {
            let key = Bytes::copy_from_slice(record.resource_id.as_bytes());
            self.draft.put(ALIAS, key, node.0.to_be_bytes().to_vec());
        }
        if !is_instance(record.resource_type) {
            self.draft.put(TYPE, type_key(&record), Bytes::new());
        }
        for key in label_keys(&record) {
            self.draft.put(LABEL, key, Bytes::new());
        }
        if let Some(due) = self.expiry(&record)? {
            self.arm(due);
        }
        if record.tallied {
            self.draft.tallies.insert(node, Some(Tally::default()));
        }
        self.draft.note_created(node, record.creation_time);
        self.draft.records.insert(node, Some(record.clone()));
        Ok(record)
    }

    /// Replaces a resource by its next state.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn replace(&mut self, old: &Record, parts: Parts) -> Result<Arc<Record>, StoreError> {
        let new = Arc::new(Record::new(parts));
        let (before, after) = (label_keys(old), label_keys(&new));
        for gone in before.difference(&after) {
            self.draft.delete(LABEL, gone.clone());
        }
        for come in after.difference(&before) {
            self.draft.put(LABEL, come.clone(), Bytes::new());
        }
        let (was, is) = (modified_key(old), modified_key(&new));
        if was != is {
            if let Some(key) = was {
                self.draft.delete(MODIFIED, key);
            }
            if let Some(key) = is {
                self.draft.put(MODIFIED, key, Bytes::new());
            }
        }
        if old.expiration_time != new.expiration_time {
            self.move_expiry(old, &new)?;
        }
        self.draft.records.insert(new.node, Some(new.clone()));
        Ok(new)
    }

    fn note_subscription(&mut self, record: &Record) {
        if record.resource_type == SUBSCRIPTION {
            self.draft.lists.insert(attended::name(Kind::Subscriptions, record.parent));
        }
    }

    /// Notes that a resource is watched, or no longer.
    pub(crate) fn set_watched(&mut self, record: &Record, watched: bool) {
        if record.watched != watched {
            self.draft.records.insert(record.node, Some(Arc::new(record.with_watched(watched))));
        }
    }

    /// Takes a resource out. What lies below it is no longer reachable from this commit on; its rows go later, piece by
    /// piece, so that a subtree of any size costs a bounded commit.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn remove(&mut self, record: &Record) -> Result<(), StoreError> {
        self.remove_one(record)?;
        let barren = is_instance(record.resource_type) && !self.tree().fertile_instances.load(Ordering::Acquire);
        let has_children =
            !barren && self.children(record.node, None, crate::store::Direction::Forward)?.next().is_some();
        if has_children {
            self.arm(Due { at: Timestamp::from_micros(0), kind: DueKind::Reap, node: record.node });
        }
        Ok(())
    }

    /// Takes one resource and all its rows out, but not what lies below it.
    pub(super) fn remove_one(&mut self, record: &Record) -> Result<(), StoreError> {
        let node = record.node;
        if !record.self_named {
            self.draft.delete(NAME, Key::new().node(record.parent).text(&record.resource_name).done());
        }
        self.draft.delete(CHILD, child_key(record));
        self.note_subscription(record);
        if node_of(&record.resource_id) != Some(node) {
            self.draft.delete(ALIAS, Bytes::copy_from_slice(record.resource_id.as_bytes()));
        }
        if !is_instance(record.resource_type) {
            self.draft.delete(TYPE, type_key(record));
        }
        for key in label_keys(record) {
            self.draft.delete(LABEL, key);
        }
        if let Some(key) = modified_key(record) {
            self.draft.delete(MODIFIED, key);
        }
        // An instance that lives as long as its container has no row; whether the container still lives does not matter.
        if let Some(at) = record.expiration_time
            && (!is_instance(record.resource_type) || self.expiry(record)?.is_some())
        {
            self.disarm(Due { at, kind: DueKind::Expire, node });
        }
        if record.tallied {
            let tally = self.tally(node)?;
            if tally.age_due != 0 {
                let at = Timestamp::from_micros(i64::try_from(tally.age_due).unwrap_or(i64::MAX));
                self.disarm(Due { at, kind: DueKind::Age, node });
            }
            self.draft.tallies.insert(node, None);
        }
        self.draft.records.insert(node, None);
        Ok(())
    }

    /// Changes a resource's counters.
    pub(crate) fn set_tally(&mut self, node: Node, tally: Tally) {
        self.draft.tallies.insert(node, Some(tally));
    }

    /// The row of the due index that ends a resource's life, if it needs one: what expires together with its parent is
    /// taken along by the parent's.
    fn expiry(&self, record: &Record) -> Result<Option<Due>, StoreError> {
        let Some(at) = record.expiration_time else { return Ok(None) };
        let parent = if record.node == Node::ROOT { None } else { self.record(record.parent)? };
        let with_parent = parent.and_then(|parent| parent.expiration_time).is_some_and(|parents| parents <= at);
        Ok((!with_parent).then_some(Due { at, kind: DueKind::Expire, node: record.node }))
    }

    /// The expiration time has changed. When it is put off, children that counted on the old one need somebody to think
    /// of them at that instant.
    fn move_expiry(&mut self, old: &Record, new: &Record) -> Result<(), StoreError> {
        if let Some(at) = old.expiration_time {
            self.disarm(Due { at, kind: DueKind::Expire, node: old.node });
            if new.expiration_time.is_none_or(|later| later > at) {
                self.arm(Due { at, kind: DueKind::Sweep, node: old.node });
            }
        }
        if let Some(due) = self.expiry(new)? {
            self.arm(due);
        }
        Ok(())
    }
}

/// The rows of the label index that a resource has. Most instances have no labels, and then nothing is parsed.
pub(super) fn label_keys(record: &Record) -> BTreeSet<Bytes> {
    if !record.labelled {
        return BTreeSet::new();
    }
    let labels = LABELS.get(record.attributes()).unwrap_or_default();
    labels
        .iter()
        .map(|label| {
            let mut key = label_prefix(label);
            key.extend_from_slice(&node_key(record.node));
            key.into()
        })
        .collect()
}

/// What the rows of a label begin with. The index knows so much of a long label and no more, as stores bound their keys;
/// whoever reads it looks at the resource anyway.
pub(crate) fn label_prefix(label: &str) -> Vec<u8> {
    let known = label.as_bytes().get(..INDEXED_LABEL).unwrap_or(label.as_bytes());
    [known, &[0]].concat()
}

pub(super) fn child_key(record: &Record) -> Bytes {
    Key::new().node(record.parent).resource_type(record.resource_type).node(record.node).done()
}

pub(super) fn type_key(record: &Record) -> Bytes {
    Key::new().resource_type(record.resource_type).node(record.node).done()
}

/// The row of the index of modifications, for a resource that was modified after its creation. Minutes are fine enough:
/// whoever reads the index looks at the resource anyway.
pub(super) fn modified_key(record: &Record) -> Option<Bytes> {
    let modified = record.last_modified_time;
    (modified != record.creation_time).then(|| {
        let minute = u64::try_from(modified.as_seconds().div_euclid(60)).unwrap_or(0);
        Key::new().number(minute).node(record.node).done()
    })
}
