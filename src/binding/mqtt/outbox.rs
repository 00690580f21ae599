//! What is to be published: kept until the broker has it, and said again on the next connection.

use std::collections::{BTreeMap, HashMap, VecDeque};

use bytes::Bytes;

/// A message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub topic: String,
    pub payload: Bytes,
}

impl Outgoing {
    fn size(&self) -> usize {
        self.topic.len().saturating_add(self.payload.len())
    }
}

/// Messages in the order in which they were put in. `T` is what is to be done when the broker has one.
#[derive(Debug)]
pub(super) struct Outbox<T> {
    /// How many may be on their way at a time.
    window: usize,
    last: u64,
    bytes: usize,
    waiting: BTreeMap<u64, (Outgoing, T)>,
    /// Given to the client, which has not named its packet identifier yet; it does so in this order.
    given: VecDeque<(u64, Outgoing, T)>,
    flying: HashMap<u16, (u64, Outgoing, T)>,
}

impl<T> Outbox<T> {
    pub fn new(window: u16) -> Self {
        Self {
            window: usize::from(window.max(1)),
            last: 0,
            bytes: 0,
            waiting: BTreeMap::new(),
            given: VecDeque::new(),
            flying: HashMap::new(),
        }
    }

    /// How many messages the broker does not have yet.
    pub fn len(&self) -> usize {
        self.waiting.len().saturating_add(self.given.len()).saturating_add(self.flying.len())
    }

    /// Their bytes.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts a message in.
    pub fn push(&mut self, message: Outgoing, then: T) {
        self.bytes = self.bytes.saturating_add(message.size());
        self.last = self.last.wrapping_add(1);
        self.waiting.insert(self.last, (message, then));
    }

    /// The next message to be given to the client, if one may be. What nobody wants any more is left out.
    pub fn next(&mut self, is_wanted: impl Fn(&T) -> bool) -> Option<&Outgoing> {
        while self.given.len().saturating_add(self.flying.len()) < self.window {
            let (number, (message, then)) = self.waiting.pop_first()?;
            if is_wanted(&then) {
                self.given.push_back((number, message, then));
                return self.given.back().map(|(_, message, _)| message);
            }
            self.bytes = self.bytes.saturating_sub(message.size());
        }
        None
    }

    /// The client has given the oldest one its packet identifier.
    pub fn named(&mut self, packet: u16) {
        if let Some(message) = self.given.pop_front() {
            self.flying.insert(packet, message);
        }
    }

    /// The broker has that one. Answers what is to be done.
    pub fn taken(&mut self, packet: u16) -> Option<T> {
        let (_, message, then) = self.flying.remove(&packet)?;
        self.bytes = self.bytes.saturating_sub(message.size());
        Some(then)
    }

    /// Takes out everything: nothing more will be said.
    pub fn drain(&mut self) -> Vec<T> {
        self.lost();
        self.bytes = 0;
        std::mem::take(&mut self.waiting).into_values().map(|(_, then)| then).collect()
    }

    /// The connection is gone: what the broker may not have is to be said again, in the old order.
    pub fn lost(&mut self) {
        let under_way = self.given.drain(..).chain(self.flying.drain().map(|(_, message)| message));
        self.waiting.extend(under_way.map(|(number, message, then)| (number, (message, then))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(text: &str) -> Outgoing {
        Outgoing { topic: "t".into(), payload: text.to_owned().into() }
    }

    fn said(outbox: &mut Outbox<u32>) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(message) = outbox.next(|_| true) {
            said.push(String::from_utf8(message.payload.to_vec()).unwrap());
        }
        said
    }

    #[test]
    fn what_the_broker_does_not_have_is_said_again_in_order() {
        let mut outbox = Outbox::new(3);
        for number in 0..5 {
            outbox.push(message(&number.to_string()), number);
        }
        assert_eq!(said(&mut outbox), ["0", "1", "2"]);
        outbox.named(11);
        outbox.named(12);
        assert_eq!(outbox.taken(12), Some(1));
        assert_eq!(outbox.taken(12), None);
        outbox.lost();
        assert_eq!(said(&mut outbox), ["0", "2", "3"]);
        assert_eq!((outbox.len(), outbox.bytes()), (4, 8));
    }

    #[test]
    fn what_nobody_wants_any_more_is_not_said() {
        let mut outbox = Outbox::new(9);
        outbox.push(message("a"), 1);
        outbox.push(message("b"), 2);
        assert_eq!(outbox.next(|then| *then == 2).map(|message| message.payload.clone()), Some("b".into()));
        assert_eq!((outbox.len(), outbox.bytes()), (1, 2));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_done_twice(steps in prop::collection::vec(0_u8..4, 0..200)) {
            let mut outbox = Outbox::new(4);
            let (mut put, mut packet, mut done) = (0_u32, 0_u16, Vec::new());
            for step in steps.into_iter().chain([3, 1, 2]) {
                match step {
                    0 => {
                        outbox.push(message("x"), put);
                        put += 1;
                    }
                    1 => {
                        while outbox.next(|_| true).is_some() {
                            packet += 1;
                            outbox.named(packet);
                        }
                    }
                    2 => {
                        let mut flying: Vec<u16> = outbox.flying.keys().copied().collect();
                        flying.sort_unstable();
                        done.extend(flying.into_iter().filter_map(|packet| outbox.taken(packet)));
                    }
                    _ => outbox.lost(),
                }
                prop_assert_eq!(outbox.len() + done.len(), put as usize);
                prop_assert_eq!(outbox.bytes(), outbox.len() * 2);
            }
            let in_order: Vec<u32> = (0..done.len() as u32).collect();
            prop_assert_eq!(done, in_order);
        }
    }
}
