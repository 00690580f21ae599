//! What the listener knocks at when something has come.

use onem2m_cse::binding::{Answer, BoxFuture, Door, Health, UpperTesterCommand};
use onem2m_cse::primitive::Request;

use super::mailbox::Boxes;
use crate::remote::Remotes;

/// All mailboxes, and all CSEs of the tester's own.
#[derive(Clone, Default)]
pub(crate) struct Room {
    pub(super) boxes: Boxes,
    pub(super) remotes: Remotes,
    /// For whom it came, where the transport says so; otherwise the address does.
    receiver: Option<String>,
}

impl Room {
    /// The same, when it has come for somebody of that name.
    pub(crate) fn of(self, receiver: &str) -> Self {
        Self { receiver: Some(receiver.to_owned()), ..self }
    }
}

impl Door for Room {
    fn request(&self, request: Request) -> Answer {
        let name = request.to.split(['/', '?']).next_back().unwrap_or_default();
        let name = self.receiver.as_deref().unwrap_or(name);
        Answer::Now(self.boxes.answer(name, &self.remotes, &request))
    }

    fn is_query_attribute(&self, _short: &str) -> bool {
        false
    }

    fn cse_id(&self) -> &str {
        "/conformance"
    }

    fn cse_name(&self) -> &str {
        "conformance"
    }

    fn health(&self) -> Health {
        Health::Ready
    }

    fn upper_tester(&self, _command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        Box::pin(async { Err("this is the tester".to_owned()) })
    }
}
