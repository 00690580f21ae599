//! How many calls are under way to each place, and the lanes that stand in line for one of its places.
//!
//! A lane that finds no room is not looked at again and again: whoever leaves makes room for the first in line.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::tree::Node;
use crate::value::SmolStr;

/// The name under which the calls of all lanes are counted, wherever they lead.
pub(in crate::engine) const EVERYWHERE: &str = "";

/// Who is on the way where, and who would like to be.
#[derive(Debug, Default)]
pub(in crate::engine) struct Crowd {
    under_way: BTreeMap<SmolStr, usize>,
    lines: BTreeMap<SmolStr, VecDeque<Node>>,
    /// Everybody who stands in a line: nobody stands in two.
    standing: BTreeSet<Node>,
    /// Places that somebody left, and whose lines may move on.
    left: BTreeSet<SmolStr>,
}

impl Crowd {
    pub fn enter(&mut self, place: &str) {
        let count = self.under_way.entry(place.into()).or_default();
        *count = count.saturating_add(1);
    }

    pub fn leave(&mut self, place: &str) {
        if let Some(count) = self.under_way.get_mut(place) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.under_way.remove(place);
            }
        }
        if self.lines.contains_key(place) {
            self.left.insert(place.into());
        }
    }

    /// How many are under way to a place.
    pub fn at(&self, place: &str) -> usize {
        self.under_way.get(place).copied().unwrap_or(0)
    }

    /// A lane stands in line, unless it does already.
    pub fn stand_in_line(&mut self, place: &str, lane: Node) {
        if self.standing.insert(lane) {
            self.lines.entry(place.into()).or_default().push_back(lane);
        }
    }

    /// The first in any line that can move on, given how many may be under way to one place, and in all.
    pub fn next(&mut self, to_one: usize, in_all: usize) -> Option<Node> {
        while let Some(place) = self.left.first().cloned() {
            let most = if place == EVERYWHERE { in_all } else { to_one };
            let room = self.at(&place) < most;
            let lane = self.lines.get_mut(&place).filter(|_| room).and_then(VecDeque::pop_front);
            if let Some(lane) = lane {
                self.standing.remove(&lane);
                return Some(lane);
            }
            self.left.remove(&place);
            if self.lines.get(&place).is_some_and(VecDeque::is_empty) {
                self.lines.remove(&place);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_leaves_makes_room_for_the_first_in_line() {
        let mut crowd = Crowd::default();
        for _ in 0..2 {
            crowd.enter("a");
        }
        for lane in [7, 3, 7, 5] {
            crowd.stand_in_line("a", Node(lane));
        }
        assert_eq!(crowd.next(2, 9), None);
        crowd.leave("a");
        assert_eq!(crowd.next(2, 9), Some(Node(7)));
        crowd.enter("a");
        assert_eq!(crowd.next(2, 9), None);
        crowd.leave("a");
        crowd.leave("a");
        assert_eq!([crowd.next(2, 9), crowd.next(2, 9), crowd.next(2, 9)], [Some(Node(3)), Some(Node(5)), None]);
        assert!(
            crowd.under_way.is_empty() && crowd.lines.is_empty() && crowd.standing.is_empty() && crowd.left.is_empty()
        );
    }
}
