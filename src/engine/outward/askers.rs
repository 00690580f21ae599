//! Requests between two walks: waiting for answers, or behind somebody else's verdict.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::ask::{AskerId, Outcome, Pocket};
use crate::engine::writer::Ticket;
use crate::primitive::Request;
use crate::tree::Node;
use crate::value::{AbsRelTimestamp, SmolStr, Timestamp};

/// Whom a request is carried out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Who {
    /// Somebody who waits for the response.
    Ticket(Ticket),
    /// A request resource, which gets the result.
    Order(Node),
}

/// A request, and what it knows already.
#[derive(Debug)]
pub(in crate::engine) struct Asker {
    pub id: AskerId,
    pub who: Who,
    pub request: Box<Request>,
    pub pocket: Pocket,
    missing: usize,
}

impl Asker {
    /// A request that has not walked yet.
    pub fn new(who: Who, request: Box<Request>) -> Self {
        Self { id: 0, who, request, pocket: Pocket::default(), missing: 0 }
    }

    /// Relative times count from when the request came, not from its second walk.
    pub fn pin(&mut self, now: Timestamp) {
        let pin = |time: &mut Option<AbsRelTimestamp>| *time = time.map(|time| AbsRelTimestamp::At(time.resolve(now)));
        pin(&mut self.request.request_expiration_timestamp);
        pin(&mut self.request.result_expiration_timestamp);
        pin(&mut self.request.operation_execution_time);
    }
}

/// The requests between two walks.
#[derive(Debug, Default)]
pub(in crate::engine) struct Askers {
    last: AskerId,
    parked: BTreeMap<AskerId, Asker>,
    /// The resources whose UPDATE waits for a verdict.
    pub locks: HashMap<Node, AskerId>,
    behind: BTreeMap<Node, VecDeque<AskerId>>,
}

impl Askers {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.parked.len()
    }

    /// Forgets all of them, and says who they were.
    pub fn clear(&mut self) -> Vec<Asker> {
        self.locks.clear();
        self.behind.clear();
        std::mem::take(&mut self.parked).into_values().collect()
    }

    /// Whether what that request resource stands for is being carried out.
    pub fn works_on(&self, order: Node) -> bool {
        self.parked.values().any(|asker| asker.who == Who::Order(order))
    }

    /// A name for a request, for as long as it lives.
    pub fn name(&mut self, asker: &mut Asker) {
        if asker.id == 0 {
            self.last = self.last.wrapping_add(1).max(1);
            asker.id = self.last;
        }
    }

    /// Keeps a request until `missing` answers have come.
    pub fn park(&mut self, mut asker: Asker, missing: usize, holds: &[Node]) {
        for node in holds {
            self.locks.insert(*node, asker.id);
        }
        asker.missing = missing;
        self.parked.insert(asker.id, asker);
    }

    /// Keeps a request until nobody awaits a verdict on that resource any more.
    pub fn park_behind(&mut self, asker: Asker, node: Node) {
        self.behind.entry(node).or_default().push_back(asker.id);
        self.parked.insert(asker.id, asker);
    }

    /// An answer has come. The request that has all its answers walks again.
    pub fn answered(&mut self, id: AskerId, key: SmolStr, outcome: Outcome) -> Option<Asker> {
        let asker = self.parked.get_mut(&id)?;
        asker.pocket.answers.insert(key, outcome);
        asker.missing = asker.missing.saturating_sub(1);
        if asker.missing == 0 { self.parked.remove(&id) } else { None }
    }

    /// A request has come to its end. Those that stood behind it walk now.
    pub fn done(&mut self, id: AskerId) -> Vec<Asker> {
        if id == 0 || self.locks.is_empty() {
            return Vec::new();
        }
        let freed: Vec<Node> = self.locks.iter().filter(|(_, holder)| **holder == id).map(|(node, _)| *node).collect();
        let mut next = Vec::new();
        for node in freed {
            self.locks.remove(&node);
            let waiting = self.behind.remove(&node).unwrap_or_default();
            next.extend(waiting.into_iter().filter_map(|id| self.parked.remove(&id)));
        }
        next
    }
}
