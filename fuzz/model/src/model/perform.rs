//! One request, to one resource or to the members of a group.

use serde_json::Value as Json;

use super::{Act, Asked, Instant, Model, Outcome, code};

impl Outcome {
    /// A refusal.
    #[must_use]
    pub const fn refused(code: u16) -> Self {
        Self { code, shown: None, members: Vec::new() }
    }
}

impl Model {
    /// Does what is asked for.
    pub fn perform(&mut self, asked: &Asked, now: Instant) -> Outcome {
        match asked.to.split_once("/fopt") {
            Some((group, suffix)) => self.fan_out(asked, group, suffix, now),
            None => self.one(asked, now),
        }
    }

    fn one(&mut self, asked: &Asked, now: Instant) -> Outcome {
        let (success, done) = match asked.act {
            Act::Create => (code::CREATED, self.create(asked, now)),
            Act::Retrieve => (code::OK, self.retrieve(asked)),
            Act::Update => (code::UPDATED, self.update(asked, now)),
            Act::Delete => (code::DELETED, self.delete(asked)),
        };
        match done {
            Err(code) => Outcome::refused(code),
            // A container without room keeps nothing of what it takes: that is shown once more, by its creation.
            Ok(path) => {
                let shown = self.nodes.contains_key(&path).then(|| Json::Object(self.shown(&path)));
                Outcome { code: success, shown, members: Vec::new() }
            }
        }
    }
}
