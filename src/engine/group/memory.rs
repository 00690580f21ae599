//! What is kept between requests to groups, in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::trail::{Goal, Trail};
use crate::primitive::Request;
use crate::tree::Node;
use crate::value::{SmolStr, Timestamp};

/// How long a group request identifier is remembered whose request does not say when it expires, in seconds.
const REMEMBERED: i64 = 300;
/// The longest that one is remembered.
const LONGEST: i64 = 3600;
/// The most targets that are remembered; with more, those that are forgotten soonest go.
const MOST_GOALS: usize = 32_768;
/// The most groups whose turns are remembered.
const MOST_TURNS: usize = 1024;

/// Group request identifiers that came from outside, and whose turn it is in groups that were asked for some members.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    identifiers: BTreeMap<SmolStr, Known>,
    ends: BTreeSet<(Timestamp, SmolStr)>,
    goals: usize,
    turns: BTreeMap<Node, u64>,
}

#[derive(Debug)]
struct Known {
    until: Timestamp,
    goals: BTreeSet<Goal>,
}

impl Memory {
    /// Whether a request of that identifier has been at that target.
    pub fn knows(&self, identifier: &str, goal: &Goal, now: Timestamp) -> bool {
        let known = self.identifiers.get(identifier);
        known.is_some_and(|known| known.until > now && known.goals.contains(goal))
    }

    /// The member of a group whose turn it is.
    pub fn turn(&self, group: Node) -> u64 {
        self.turns.get(&group).copied().unwrap_or(0)
    }

    /// Keeps what a request leaves behind when it has walked.
    pub fn learn(&mut self, request: &Request, trail: Trail, now: Timestamp) {
        for (group, next) in trail.turns {
            if self.turns.len() >= MOST_TURNS && !self.turns.contains_key(&group) {
                self.turns.pop_first();
            }
            self.turns.insert(group, next);
        }
        // An identifier of our own making cannot come back: nothing leaves this CSE yet.
        if let Some(identifier) = request.group_request_identifier.as_ref().filter(|_| !trail.goals.is_empty()) {
            self.forget(now);
            let said = request.request_expiration_timestamp.map(|at| at.resolve(now));
            let until = said.unwrap_or(now.plus_seconds(REMEMBERED)).min(now.plus_seconds(LONGEST));
            self.remember(identifier.clone(), until, trail.goals);
        }
    }

    fn remember(&mut self, identifier: SmolStr, until: Timestamp, goals: BTreeSet<Goal>) {
        let fresh = || Known { until, goals: BTreeSet::new() };
        let known = self.identifiers.entry(identifier.clone()).or_insert_with(fresh);
        self.ends.remove(&(known.until, identifier.clone()));
        known.until = known.until.max(until);
        let before = known.goals.len();
        known.goals.extend(goals);
        self.goals = self.goals.saturating_add(known.goals.len()).saturating_sub(before);
        self.ends.insert((known.until, identifier));
        while self.goals > MOST_GOALS && self.drop_first() {}
    }

    fn forget(&mut self, now: Timestamp) {
        while self.ends.first().is_some_and(|(until, _)| *until <= now) && self.drop_first() {}
    }

    fn drop_first(&mut self) -> bool {
        let Some((_, identifier)) = self.ends.pop_first() else { return false };
        let gone = self.identifiers.remove(&identifier);
        self.goals = self.goals.saturating_sub(gone.map_or(0, |known| known.goals.len()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(identifier: &str) -> Request {
        let mut request = Request::retrieve("cse-in");
        request.group_request_identifier = Some(identifier.into());
        request
    }

    fn trail(nodes: std::ops::Range<u64>) -> Trail {
        let goals = nodes.map(|node| (Node(node), SmolStr::default())).collect();
        Trail { goals, ..Trail::default() }
    }

    #[test]
    fn an_identifier_is_forgotten_in_time() {
        let (mut memory, now) = (Memory::default(), Timestamp::from_micros(1_000_000));
        memory.learn(&request("a"), trail(1..2), now);
        let goal = (Node(1), SmolStr::default());
        assert!(memory.knows("a", &goal, now));
        assert!(!memory.knows("b", &goal, now));
        assert!(!memory.knows("a", &(Node(2), SmolStr::default()), now));
        let late = now.plus_seconds(REMEMBERED);
        assert!(!memory.knows("a", &goal, late));
        memory.learn(&request("b"), trail(1..2), late);
        assert_eq!((memory.identifiers.len(), memory.goals), (1, 1));
    }

    #[test]
    fn it_never_holds_more_than_so_many() {
        let (mut memory, now) = (Memory::default(), Timestamp::from_micros(1_000_000));
        for number in 0..50 {
            let at = now.plus_micros(number);
            memory.learn(&request(&format!("g{number}")), trail(0..1_000), at);
            memory.learn(&request(&format!("g{number}")), trail(500..1_500), at);
        }
        assert!(memory.goals <= MOST_GOALS && memory.goals > MOST_GOALS - 1_500, "{}", memory.goals);
        assert_eq!(memory.identifiers.len(), memory.ends.len());
        let goal = (Node(1), SmolStr::default());
        assert!(memory.knows("g49", &goal, now.plus_micros(49)) && !memory.knows("g0", &goal, now));
        for group in 0..5_000 {
            memory.learn(&request("t"), Trail { turns: vec![(Node(group), 1)], ..Trail::default() }, now);
        }
        assert_eq!(memory.turns.len(), MOST_TURNS);
    }
}
