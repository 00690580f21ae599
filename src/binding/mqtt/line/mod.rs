//! A connection to a broker that is made again for as long as it is needed: what comes, what goes, and in which order.
//!
//! A request of somebody else's is acknowledged to the broker when the broker has our answer, and not before. So whatever
//! breaks in between, one of the two sides still has it: the broker the request, or we the answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::asking::Asking;
use super::backoff::Backoff;
use super::config::{MqttLimits, MqttSession};
use super::outbox::{Outbox, Outgoing};
use super::service::{Reply, Service, Ticket};
use super::topic::{Own, Topic};
use super::wire::{Dial, Event, Incoming, Loss, Wire};
use crate::binding::after::After as _;
use crate::primitive::Response;
use crate::schema::Registry;

mod life;
mod requests;

/// What is wanted of a line.
pub(super) enum Command {
    /// Publish this, and say when the broker has it or why it will not.
    Publish(Outgoing, oneshot::Sender<Result<(), String>>),
    /// Listen to that as well.
    Listen(String),
}

/// How a line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has not been up yet.
    Begins,
    /// It is up, and listens.
    Up,
    /// It is not up, and why.
    Away(Loss),
}

/// What is to be done when the broker has a message of ours.
enum Then {
    Acknowledge(Vec<Ticket>),
    Tell(oneshot::Sender<Result<(), String>>),
}

/// What a line is made of.
pub(super) struct Line {
    pub dial: Dial,
    pub session: MqttSession,
    pub filters: Vec<String>,
    pub own: Own,
    /// `None` where nobody takes requests: at a broker that is not ours. Such a line ends with its first connection.
    pub service: Option<Service>,
    pub registry: Arc<Registry>,
    pub asking: Asking,
    pub commands: mpsc::Receiver<Command>,
    pub closing: watch::Receiver<bool>,
    pub state: watch::Sender<State>,
    pub limits: MqttLimits,
}

/// A line that runs.
struct Running {
    line: Line,
    wire: Option<Wire>,
    /// Since when the broker has listened to us, and sends what is for us.
    up: Option<Instant>,
    /// Until when the broker may take to say whether it will.
    heard_by: Option<Instant>,
    connection: u64,
    retry_at: Instant,
    backoff: Backoff,
    /// Whether the operator was told that the broker is away.
    told: bool,
    /// What the broker keeps is to be forgotten at the next connection.
    forget: bool,
    is_closing: bool,
    used: Instant,
    outbox: Outbox<Then>,
    /// Requests that are being answered.
    tasks: JoinSet<(Reply, Response)>,
    /// Messages that wait for one of these to end.
    queue: VecDeque<(Topic, Incoming, Ticket)>,
    queued_bytes: usize,
}

/// What a line waits for.
#[allow(clippy::large_enum_variant, reason = "boxing the common case would cost an allocation per request")]
enum Happening {
    Closing,
    Answered(Reply, Response),
    Nothing,
    Wanted(Option<Command>),
    Wire(Event),
    Retry,
    Idle,
}

impl Line {
    /// Runs until it is told to close, or nobody needs it.
    pub async fn run(self) {
        let now = Instant::now();
        let backoff = Backoff::new(self.limits.retry_least, self.limits.retry_most);
        let outbox = Outbox::new(self.limits.unacknowledged);
        let mut running = Running {
            line: self,
            wire: None,
            up: None,
            heard_by: None,
            connection: 0,
            retry_at: now,
            backoff,
            told: false,
            forget: false,
            is_closing: false,
            used: now,
            outbox,
            tasks: JoinSet::new(),
            queue: VecDeque::new(),
            queued_bytes: 0,
        };
        while !running.is_over() {
            let happening = running.wait().await;
            if !running.handle(happening) {
                break;
            }
            running.admit();
            running.flush();
        }
        running.part().await;
    }
}

impl Running {
    fn is_over(&self) -> bool {
        let answered = self.tasks.is_empty() && self.queue.is_empty();
        // What is left while the broker is away stays unsaid; the broker still has the requests.
        self.is_closing && answered && (self.outbox.len() == 0 || self.up.is_none())
    }

    async fn wait(&mut self) -> Happening {
        let idle_at = self.used.after(self.line.limits.broker_idle);
        let may_idle = self.line.service.is_none() && self.line.asking.is_empty() && self.outbox.len() == 0;
        let (closing, commands) = (&mut self.line.closing, &mut self.line.commands);
        let wire = self.wire.as_mut();
        let is_wired = wire.is_some();
        let (is_waiting, heard_by) = (self.heard_by.is_some(), self.heard_by.unwrap_or(self.retry_at));
        let event = async {
            match wire {
                Some(wire) => wire.event().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // The sender may be gone as well: then nobody serves any more.
            () = async { drop(closing.wait_for(|closing| *closing).await) }, if !self.is_closing => Happening::Closing,
            Some(done) = self.tasks.join_next() => match done {
                Ok((reply, response)) => Happening::Answered(reply, response),
                // A door that panics answers nothing; the broker will send the request again.
                Err(_) => Happening::Nothing,
            },
            command = commands.recv(), if !self.is_closing => Happening::Wanted(command),
            event = event => Happening::Wire(event),
            () = tokio::time::sleep_until(self.retry_at.into()), if !is_wired => Happening::Retry,
            () = tokio::time::sleep_until(heard_by.into()), if is_waiting => {
                Happening::Wire(Event::Lost(Loss::Broken("the broker does not answer a subscription".into())))
            }
            () = tokio::time::sleep_until(idle_at.into()), if may_idle => Happening::Idle,
        }
    }

    /// Whether it goes on.
    fn handle(&mut self, happening: Happening) -> bool {
        match happening {
            Happening::Closing | Happening::Wanted(None) => {
                self.is_closing = true;
                // What a broker keeps for us meanwhile is what a session is for.
                if let (Some(wire), MqttSession::Clean) = (&self.wire, self.line.session) {
                    wire.unsubscribe(&self.line.filters);
                }
            }
            Happening::Answered(reply, response) => self.answered(reply, response),
            Happening::Nothing => {}
            Happening::Wanted(Some(Command::Publish(message, told))) => {
                self.used = Instant::now();
                let limits = &self.line.limits;
                if self.outbox.len() >= limits.outgoing || self.outbox.bytes() >= limits.outgoing_bytes {
                    // Whoever waited may have gone.
                    let _ = told.send(Err("too many messages wait for the broker".into()));
                } else {
                    self.outbox.push(message, Then::Tell(told));
                }
            }
            Happening::Wanted(Some(Command::Listen(filter))) => self.listen(filter),
            Happening::Wire(Event::Lost(loss)) => return self.lost(loss),
            Happening::Wire(event) => self.heard(event),
            Happening::Retry => {
                let mut dial = self.line.dial.clone();
                if self.forget {
                    dial.clean = true;
                }
                self.wire = Some(Wire::open(&dial));
            }
            Happening::Idle => return false,
        }
        true
    }

    fn heard(&mut self, event: Event) {
        match event {
            Event::Up => {
                self.connection = self.connection.wrapping_add(1);
                self.heard_by = Some(Instant::now().after(self.line.limits.connect_timeout));
                if let Some(wire) = &self.wire {
                    wire.subscribe(&self.line.filters);
                }
            }
            Event::Subscribed(allowed) => {
                if self.up.is_none() {
                    self.begin(&allowed);
                }
            }
            Event::Message(message) => self.message(message),
            Event::Named(packet) => self.outbox.named(packet),
            Event::Taken(packet, complaint) => {
                let Some(then) = self.outbox.taken(packet) else { return };
                if let Some(complaint) = &complaint {
                    tracing::debug!(broker = %self.line.dial.broker, complaint, "the broker does not deliver a message");
                }
                match then {
                    Then::Acknowledge(tickets) => self.acknowledge(&tickets),
                    // Whoever waited may have gone.
                    Then::Tell(told) => drop(told.send(complaint.map_or(Ok(()), Err))),
                }
            }
            Event::Lost(_) => {}
        }
    }

    /// Gives the client what may go.
    fn flush(&mut self) {
        let (Some(wire), true) = (&self.wire, self.up.is_some()) else { return };
        let is_wanted = |then: &Then| match then {
            Then::Acknowledge(_) => true,
            Then::Tell(told) => !told.is_closed(),
        };
        while let Some(message) = self.outbox.next(is_wanted) {
            wire.publish(&message.topic, message.payload.clone());
        }
    }
}
