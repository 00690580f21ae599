//! The rows of lanes: which there are, what waits in them, when they are looked at.

use bytes::Bytes;

use super::attended::{self, Kind};
use super::due::{Due, DueKind};
use super::tables::{AWAIT, Key, LANE, META, ORDER, OUTBOX, OWNER, last_node, node_key, number_at};
use super::{Lane, Node, View};
use crate::store::{Direction, KeyRange, StoreError};
use crate::value::Timestamp;

const REQUESTS: &[u8] = b"requests";

/// A notification that waits, with its place in the lane.
pub(crate) type Waiting = (u64, Bytes);

impl View<'_> {
    /// The state of a lane.
    pub(crate) fn lane(&self, lane: Node) -> Result<Option<Lane>, StoreError> {
        let Some(bytes) = self.get(LANE, &node_key(lane))? else { return Ok(None) };
        Lane::decode(&bytes).map(Some).ok_or_else(|| corrupt("lane", "a row cannot be read"))
    }

    /// Opens a lane.
    pub(crate) fn open_lane(&mut self, number: Node, lane: &Lane) {
        let target = Bytes::copy_from_slice(lane.target.as_bytes());
        self.draft.put(OWNER, Key::new().node(lane.owner).node(number).done(), target);
        self.draft.lists.insert(attended::name(Kind::Lanes, lane.owner));
        if let Some(entity) = lane.wakes_with {
            self.draft.put(AWAIT, Key::new().node(entity).node(number).done(), Bytes::new());
        }
        self.draft.put(LANE, Key::new().node(number).done(), lane.encode());
    }

    /// Keeps a lane's next state.
    pub(crate) fn set_lane(&mut self, number: Node, lane: &Lane) {
        self.draft.put(LANE, Key::new().node(number).done(), lane.encode());
    }

    /// Sees to it that a lane is looked at then, or not at all. The caller keeps the lane.
    pub(crate) fn schedule_lane(&mut self, number: Node, lane: &mut Lane, at: Option<Timestamp>) {
        if lane.due == at {
            return;
        }
        if let Some(before) = lane.due {
            self.disarm(Due { at: before, kind: DueKind::Deliver, node: number });
        }
        if let Some(at) = at {
            self.arm(Due { at, kind: DueKind::Deliver, node: number });
        }
        lane.due = at;
    }

    /// Adds a notification at the end of a lane. The caller keeps the lane.
    pub(crate) fn push_notification(&mut self, number: Node, lane: &mut Lane, notification: Bytes) {
        self.draft.put(OUTBOX, Key::new().node(number).number(lane.next).done(), notification);
        lane.next = lane.next.saturating_add(1);
        lane.waiting = lane.waiting.saturating_add(1);
    }

    /// The oldest notifications of a lane, at most `most`.
    pub(crate) fn oldest_notifications(
        &self,
        number: Node,
        lane: &Lane,
        most: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        let rows = self.scan(OUTBOX, outbox(number, lane), Direction::Forward)?;
        rows.take(most).map(read).collect()
    }

    /// The sequence numbers of a lane's notifications up to that one.
    pub(crate) fn notifications_until(&self, number: Node, lane: &Lane, last: u64) -> Result<Vec<u64>, StoreError> {
        let end = Key::new().node(number).number(last.saturating_add(1)).done();
        let range = KeyRange { end: Some(end), ..outbox(number, lane) };
        self.scan(OUTBOX, range, Direction::Forward)?.map(|row| Ok(read(row)?.0)).collect()
    }

    /// Takes a notification out of a lane. The caller keeps the lane.
    pub(crate) fn take_notification(&mut self, number: Node, lane: &mut Lane, sequence: u64) {
        self.draft.delete(OUTBOX, Key::new().node(number).number(sequence).done());
        lane.waiting = lane.waiting.saturating_sub(1);
        if lane.waiting == 0 {
            lane.first = lane.next;
        } else if sequence == lane.first {
            lane.first = sequence.saturating_add(1);
        }
    }

    /// Closes a lane and forgets what waited in it.
    ///
    /// The number of rows is bounded by the limit of notifications per target.
    pub(crate) fn close_lane(&mut self, number: Node, lane: &Lane) -> Result<(), StoreError> {
        if let Some(at) = lane.due {
            self.disarm(Due { at, kind: DueKind::Deliver, node: number });
        }
        let keys: Vec<Bytes> = self
            .scan(OUTBOX, outbox(number, lane), Direction::Forward)?
            .map(|row| Ok(row?.0))
            .collect::<Result<_, StoreError>>()?;
        for key in keys {
            self.draft.delete(OUTBOX, key);
        }
        if let Some(entity) = lane.wakes_with {
            self.draft.delete(AWAIT, Key::new().node(entity).node(number).done());
        }
        self.draft.delete(OWNER, Key::new().node(lane.owner).node(number).done());
        self.draft.lists.insert(attended::name(Kind::Lanes, lane.owner));
        self.draft.delete(LANE, Key::new().node(number).done());
        Ok(())
    }

    /// The lanes whose target is that AE, at most `most`.
    pub(crate) fn lanes_awaiting(&self, entity: Node, most: usize) -> Result<Vec<Node>, StoreError> {
        let rows = self.scan(AWAIT, Key::new().node(entity).prefix(), Direction::Forward)?;
        rows.take(most).map(|row| last_node(&row?.0).ok_or_else(|| corrupt("await", "a key cannot be read"))).collect()
    }

    /// The AE that a lane wakes with is another one now. The caller keeps the lane.
    pub(crate) fn await_entity(&mut self, number: Node, lane: &mut Lane, entity: Option<Node>) {
        if let Some(before) = lane.wakes_with {
            self.draft.delete(AWAIT, Key::new().node(before).node(number).done());
        }
        if let Some(entity) = entity {
            self.draft.put(AWAIT, Key::new().node(entity).node(number).done(), Bytes::new());
        }
        lane.wakes_with = entity;
    }

    /// Keeps the request that a request resource stands for, and says when it is carried out.
    pub(crate) fn put_order(&mut self, resource: Node, order: Bytes, at: Timestamp) {
        self.draft.put(ORDER, Key::new().node(resource).done(), order);
        self.arm(Due { at, kind: DueKind::Execute, node: resource });
    }

    /// The request that a request resource stands for, while it was not carried out.
    pub(crate) fn order(&self, resource: Node) -> Result<Option<Bytes>, StoreError> {
        self.get(ORDER, &node_key(resource))
    }

    /// How many request resources there are.
    pub(crate) fn request_resources(&self) -> Result<u64, StoreError> {
        Ok(self.get(META, REQUESTS)?.as_deref().and_then(|row| number_at(row, 0)).unwrap_or(0))
    }

    /// Notes how many there are now.
    pub(crate) fn set_request_resources(&mut self, count: u64) {
        self.draft.put(META, Bytes::from_static(REQUESTS), count.to_be_bytes().to_vec());
    }

    /// Forgets it.
    pub(crate) fn take_order(&mut self, resource: Node) {
        self.draft.delete(ORDER, Key::new().node(resource).done());
    }
}

fn outbox(number: Node, lane: &Lane) -> KeyRange {
    let start = Key::new().node(number).number(lane.first).done();
    KeyRange { start, end: Key::new().node(number).prefix().end }
}

fn read(row: Result<(Bytes, Bytes), StoreError>) -> Result<Waiting, StoreError> {
    let (key, value) = row?;
    let sequence = number_at(&key, 8).ok_or_else(|| corrupt("outbox", "a key cannot be read"))?;
    Ok((sequence, value))
}

fn corrupt(table: &'static str, reason: &str) -> StoreError {
    StoreError::Corrupt { table, reason: reason.into() }
}
