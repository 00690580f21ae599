//! The same message twice has one effect, and the same answer.
//!
//! A broker sends a message again, marked as such (DUP), when it does not know whether we had it: after a reconnect, after
//! its own restart. An originator that does not know whether the broker had its message sends it again as well, and the
//! broker does not tell us that. So a message is the same as an earlier one when topic and payload are equal byte for byte,
//! the request identifier among them, and
//!
//! - the broker says so, and the earlier one is younger than the repeat window (minutes), or
//! - the earlier one is younger than the resend window (seconds), and it was no RETRIEVE: what only looks is looked at anew.
//!
//! A client that gives each request the same identifier is understood as long as it does not say exactly the same within
//! the resend window. What is remembered is bounded, in number and in bytes, and gone when the process ends.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

/// Topic and payload, as a number that nobody outside can foresee.
pub(super) type Fingerprint = u64;

/// How many messages can be acknowledged together with one answer.
const TICKETS: usize = 16;

/// What is remembered, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub repeat: Duration,
    pub resend: Duration,
    pub most: usize,
    pub bytes: usize,
}

/// The messages of late. `T` is what acknowledges one to the broker.
#[derive(Debug)]
pub(super) struct Duplicates<T> {
    memory: Memory,
    known: HashMap<Fingerprint, Known<T>>,
    /// In the order in which they came. What stands here and is not known by that number is over.
    order: VecDeque<(Fingerprint, u64)>,
    last: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Known<T> {
    number: u64,
    since: Instant,
    /// `None` while it is being answered; then empty when its originator wanted no answer.
    answer: Option<Bytes>,
    tickets: Vec<T>,
}

/// What a message is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// None that was known. Its number is for [`Duplicates::answered`].
    New(u64),
    /// The one that is being answered. Its ticket is kept until then.
    UnderWay,
    /// The one that was answered so.
    Answered(Bytes),
}

impl<T> Duplicates<T> {
    pub fn new(memory: Memory) -> Self {
        Self { memory, known: HashMap::new(), order: VecDeque::new(), last: 0, bytes: 0 }
    }

    /// A message has come: `again` when the broker says that it may have come before, `only_looks` when it changes nothing.
    pub fn meet(&mut self, message: Fingerprint, again: bool, only_looks: bool, ticket: T, now: Instant) -> Met {
        self.forget_old(now);
        if let Some(known) = self.known.get_mut(&message) {
            let age = now.saturating_duration_since(known.since);
            if again || (!only_looks && age < self.memory.resend) {
                return match &known.answer {
                    Some(answer) => Met::Answered(answer.clone()),
                    None => {
                        if known.tickets.len() < TICKETS {
                            known.tickets.push(ticket);
                        }
                        Met::UnderWay
                    }
                };
            }
        }
        self.last = self.last.wrapping_add(1);
        let number = self.last;
        let before = self.known.insert(message, Known { number, since: now, answer: None, tickets: vec![ticket] });
        self.bytes = self.bytes.saturating_sub(before.and_then(|known| known.answer).map_or(0, |answer| answer.len()));
        self.order.push_back((message, number));
        while self.order.len() > self.memory.most {
            self.forget_oldest();
        }
        Met::New(number)
    }

    /// A message is answered. Its answer is kept unless there is nothing to keep. Answers the tickets of all who wait;
    /// `None` when it is forgotten already.
    pub fn answered(&mut self, message: Fingerprint, number: u64, answer: Option<Bytes>) -> Option<Vec<T>> {
        let known = self.known.get_mut(&message).filter(|known| known.number == number)?;
        let tickets = std::mem::take(&mut known.tickets);
        match answer {
            Some(answer) => {
                self.bytes = self.bytes.saturating_add(answer.len());
                known.answer = Some(answer);
                while self.bytes > self.memory.bytes && self.forget_oldest() {}
            }
            None => drop(self.known.remove(&message)),
        }
        Some(tickets)
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((message, number)) = self.order.front() {
            let known = self.known.get(message).filter(|known| known.number == *number);
            // What is being answered is known for as long as that takes.
            let stays = known.is_some_and(|known| {
                known.answer.is_none() || now.saturating_duration_since(known.since) < self.memory.repeat
            });
            if stays {
                return;
            }
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((message, number)) = self.order.pop_front() else { return false };
        if self.known.get(&message).is_some_and(|known| known.number == number) {
            let answer = self.known.remove(&message).and_then(|known| known.answer);
            self.bytes = self.bytes.saturating_sub(answer.map_or(0, |answer| answer.len()));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MEMORY: Memory =
        Memory { repeat: Duration::from_secs(600), resend: Duration::from_secs(10), most: 3, bytes: 10 };

    fn new(met: Met) -> u64 {
        match met {
            Met::New(number) => number,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_redelivery_gets_the_answer_of_the_first() {
        let (mut seen, now) = (Duplicates::new(MEMORY), Instant::now());
        let number = new(seen.meet(1, false, false, 'a', now));
        assert_eq!(seen.meet(1, true, false, 'b', now), Met::UnderWay);
        assert_eq!(seen.answered(1, number, Some("yes".into())), Some(vec!['a', 'b']));
        let later = now + Duration::from_secs(599);
        assert_eq!(seen.meet(1, true, false, 'c', later), Met::Answered("yes".into()));
        new(seen.meet(1, true, false, 'd', now + Duration::from_secs(600)));
    }

    #[test]
    fn the_same_words_a_while_later_are_another_request() {
        let (mut seen, now) = (Duplicates::new(MEMORY), Instant::now());
        let number = new(seen.meet(1, false, false, (), now));
        seen.answered(1, number, Some("yes".into()));
        assert_eq!(seen.meet(1, false, false, (), now + Duration::from_secs(9)), Met::Answered("yes".into()));
        let second = new(seen.meet(1, false, false, (), now + Duration::from_secs(10)));
        // The first one, were it only answered now, says nothing about the second.
        assert_eq!(seen.answered(1, number, Some("late".into())), None);
        assert!(seen.answered(1, second, Some("again".into())).is_some());
    }

    #[test]
    fn whoever_looks_again_sees_what_is_there_now() {
        let (mut seen, now) = (Duplicates::new(MEMORY), Instant::now());
        let number = new(seen.meet(1, false, true, (), now));
        // A long poll that the broker repeats waits on; its answer is not kept.
        assert_eq!(seen.meet(1, true, true, (), now), Met::UnderWay);
        assert_eq!(seen.answered(1, number, None).map(|tickets| tickets.len()), Some(2));
        new(seen.meet(1, false, true, (), now));
        new(seen.meet(1, false, true, (), now));
    }

    #[test]
    fn what_is_remembered_is_bounded_in_number_and_in_bytes() {
        let (mut seen, now) = (Duplicates::new(MEMORY), Instant::now());
        for message in 0..5 {
            let number = new(seen.meet(message, false, false, (), now));
            seen.answered(message, number, Some("four".into()));
        }
        // Two answers of four bytes are left; the third would make twelve.
        assert_eq!(seen.bytes, 8);
        assert_eq!(seen.meet(4, true, false, (), now), Met::Answered("four".into()));
        new(seen.meet(2, true, false, (), now));
    }

    proptest! {
        #[test]
        fn the_books_are_right_whatever_comes(
            steps in prop::collection::vec((0_u64..6, any::<bool>(), any::<bool>(), 0_usize..6, 0_u64..20), 0..80),
        ) {
            let (mut seen, mut now) = (Duplicates::new(MEMORY), Instant::now());
            for (message, again, looks, length, seconds) in steps {
                now += Duration::from_secs(seconds);
                if let Met::New(number) = seen.meet(message, again, looks, (), now) {
                    seen.answered(message, number, (!looks).then(|| vec![0; length].into()));
                }
                let bytes: usize = seen.known.values().filter_map(|known| known.answer.as_ref()).map(Bytes::len).sum();
                prop_assert_eq!(seen.bytes, bytes);
                prop_assert!(bytes <= MEMORY.bytes && seen.known.len() <= MEMORY.most && seen.order.len() <= MEMORY.most);
            }
        }
    }
}
