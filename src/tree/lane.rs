//! What waits to be told to one target: a lane of notifications in the order in which they came.
//!
//! A lane belongs to a subscription, a group or a request resource (its owner), and to one target of it. Its state is a
//! row of its own, so that neither the owner nor its neighbours are touched when something is delivered.

use bytes::Bytes;

use super::Node;
use super::tables::number_at;
use crate::value::{SmolStr, Timestamp};

/// The state of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The subscription, group or request that it belongs to.
    pub owner: Node,
    /// Whom to tell: a URL or a resource identifier.
    pub target: SmolStr,
    /// The AE that the target is, if it is one of ours: the lane is looked at when that one can be reached again.
    pub wakes_with: Option<Node>,
    /// The sequence number of the oldest notification there may be. A look-up begins here and so passes no graves.
    pub first: u64,
    /// The sequence number of the next notification.
    pub next: u64,
    /// How many notifications wait.
    pub waiting: u64,
    /// When the lane is looked at next, as armed in the due index.
    pub due: Option<Timestamp>,
    /// Failed deliveries in a row.
    pub attempts: u64,
    /// How often the target has refused the oldest notification for a reason of its own.
    pub refusals: u64,
    /// When the first notification of the present batch came.
    pub batch_began: Option<Timestamp>,
    /// When the present window of the rate limit began.
    pub window_began: Option<Timestamp>,
    /// How many events were sent in that window.
    pub window_sent: u64,
    /// `noec`: events that were meant for this target.
    pub events: u64,
    /// `rqs`: requests sent to it.
    pub sent: u64,
    /// `rsr`: responses received from it.
    pub answered: u64,
    /// Notifications that were given up: by the subscriber's policy, or because there were too many.
    pub dropped: u64,
    /// The owner is gone: what waits is delivered without its policies, and then the lane goes.
    pub closing: bool,
}

const FIELDS: usize = 16;

impl Lane {
    /// An empty lane.
    #[must_use]
    pub const fn new(owner: Node, target: SmolStr) -> Self {
        Self {
            owner,
            target,
            wakes_with: None,
            first: 1,
            next: 1,
            waiting: 0,
            due: None,
            attempts: 0,
            refusals: 0,
            batch_began: None,
            window_began: None,
            window_sent: 0,
            events: 0,
            sent: 0,
            answered: 0,
            dropped: 0,
            closing: false,
        }
    }

    pub(crate) fn encode(&self) -> Bytes {
        let instant = |at: Option<Timestamp>| at.map_or(0, |at| u64::try_from(at.as_micros()).unwrap_or(0));
        let fields: [u64; FIELDS] = [
            self.owner.0,
            self.wakes_with.map_or(0, |node| node.0),
            self.first,
            self.next,
            self.waiting,
            instant(self.due),
            self.attempts,
            instant(self.batch_began),
            instant(self.window_began),
            self.window_sent,
            self.events,
            self.sent,
            self.answered,
            self.dropped,
            u64::from(self.closing),
            self.refusals,
        ];
        let mut out = Vec::with_capacity(FIELDS.saturating_mul(8).saturating_add(self.target.len()));
        for field in fields {
            out.extend_from_slice(&field.to_be_bytes());
        }
        out.extend_from_slice(self.target.as_bytes());
        out.into()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let field = |place: usize| number_at(bytes, place.checked_mul(8)?);
        let instant = |place: usize| {
            field(place).map(|micros| (micros != 0).then(|| Timestamp::from_micros(micros.cast_signed())))
        };
        let target = std::str::from_utf8(bytes.get(FIELDS.checked_mul(8)?..)?).ok()?;
        Some(Self {
            owner: Node(field(0)?),
            target: target.into(),
            wakes_with: field(1).map(|node| (node != 0).then_some(Node(node)))?,
            first: field(2)?,
            next: field(3)?,
            waiting: field(4)?,
            due: instant(5)?,
            attempts: field(6)?,
            batch_began: instant(7)?,
            window_began: instant(8)?,
            window_sent: field(9)?,
            events: field(10)?,
            sent: field(11)?,
            answered: field(12)?,
            dropped: field(13)?,
            closing: field(14)? != 0,
            refusals: field(15)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_comes_back_as_it_was_put_to_rest() {
        let mut lane = Lane::new(Node(7), "http://example.com/notify?ct=json".into());
        assert_eq!(Lane::decode(&lane.encode()), Some(lane.clone()));
        lane.due = Some(Timestamp::from_micros(5));
        (lane.wakes_with, lane.waiting, lane.closing, lane.dropped) = (Some(Node(9)), 3, true, 2);
        assert_eq!(Lane::decode(&lane.encode()), Some(lane.clone()));
        assert_eq!(Lane::decode(&lane.encode().slice(..20)), None);
    }
}
