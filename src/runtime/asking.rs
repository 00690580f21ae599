//! Who waits for which answer.

use std::collections::HashMap;

use ::tokio::sync::oneshot;

use crate::engine::Ticket;
use crate::primitive::Response;

/// Requests whose answer is still to come, by ticket.
#[derive(Default)]
pub(super) struct Asking {
    next: Ticket,
    replies: HashMap<Ticket, oneshot::Sender<Response>>,
    undelivered: Vec<Ticket>,
}

impl Asking {
    /// A ticket for somebody who waits.
    pub fn ticket(&mut self, reply: oneshot::Sender<Response>) -> Ticket {
        self.next = self.next.wrapping_add(1);
        self.replies.insert(self.next, reply);
        self.next
    }

    /// Answers. What was done for somebody who has hung up stays done; the engine hears of it all the same, as what a
    /// long poll took along is to be delivered again.
    pub fn answer(&mut self, ticket: Ticket, response: Response) {
        if let Some(reply) = self.replies.remove(&ticket)
            && reply.send(response).is_err()
        {
            self.undelivered(ticket);
        }
    }

    /// Notes that an answer found nobody.
    fn undelivered(&mut self, ticket: Ticket) {
        self.undelivered.push(ticket);
    }

    /// Whether an answer found nobody since the last look.
    pub const fn has_undelivered(&self) -> bool {
        !self.undelivered.is_empty()
    }

    /// The answers that found nobody.
    pub fn take_undelivered(&mut self) -> Vec<Ticket> {
        std::mem::take(&mut self.undelivered)
    }
}
