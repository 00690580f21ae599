//! A connection to a broker that is made again for as long as it is needed: what comes, what goes, and in which order.
//!
//! A request of somebody else's is acknowledged to the broker when the broker has our answer, and not before. So whatever
//! breaks in between, one of the two sides still has it: the broker the request, or we the answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::asking::Asking;
use super::backoff::{Backoff, chance};
use super::config::{MqttLimits, MqttSession};
use super::outbox::{Outbox, Outgoing};
use super::service::{Heard, Reply, Service, Ticket};
use super::topic::{Kind, Own, Topic};
use super::wire::{Dial, Event, Incoming, Loss, Wire};
use crate::binding::Answer;
use crate::binding::primitives::{self, Said, Unsaid};
use crate::codec::decode;
use crate::codec::format::Format;
use crate::engine::Failure;
use crate::primitive::{Rejection, Request, Response, Status};
use crate::schema::Registry;

/// Time for the last words.
const FAREWELL: Duration = Duration::from_secs(1);

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
        let idle_at = self.used + self.line.limits.broker_idle;
        let may_idle = self.line.service.is_none() && self.line.asking.is_empty() && self.outbox.len() == 0;
        let (closing, commands) = (&mut self.line.closing, &mut self.line.commands);
        let wire = self.wire.as_mut();
        let is_wired = wire.is_some();
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

    fn listen(&mut self, filter: String) {
        // More prefixes than these belong to nobody honest: a CSE's peers are told apart by their identifiers.
        if self.line.filters.len() >= 64 || self.line.filters.contains(&filter) {
            return;
        }
        if let (Some(wire), true) = (&self.wire, self.up.is_some()) {
            wire.subscribe(std::slice::from_ref(&filter));
        }
        self.line.filters.push(filter);
    }

    fn heard(&mut self, event: Event) {
        match event {
            Event::Up => {
                self.connection = self.connection.wrapping_add(1);
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

    /// The broker listens to us from now on.
    fn begin(&mut self, allowed: &[bool]) {
        let broker = &self.line.dial.broker;
        for (filter, _) in self.line.filters.iter().zip(allowed).filter(|(_, allowed)| !**allowed) {
            tracing::error!(%broker, filter, "the broker does not let this CSE listen; nothing will come that way");
        }
        if self.told || self.line.service.is_some() {
            tracing::info!(%broker, "connected with the MQTT broker");
        }
        (self.told, self.forget, self.up) = (false, false, Some(Instant::now()));
        self.line.state.send_replace(State::Up);
    }

    fn message(&mut self, message: Incoming) {
        let ticket = Ticket { connection: self.connection, packet: message.packet };
        let is_old = message.retained;
        let topic =
            message.topic.rfind("/oneM2M/").and_then(|at| Topic::parse(message.topic.get(..at)?, &message.topic));
        // TS-0010 5.1: retained messages are not used. One would come with each connection.
        let Some(topic) = topic.filter(|_| !is_old) else { return self.acknowledge(&[ticket]) };
        match topic.kind {
            Kind::Response => {
                self.response(&topic, &message);
                self.acknowledge(&[ticket]);
            }
            Kind::RegistrationResponse => self.acknowledge(&[ticket]),
            // Without an acknowledgement, it comes again to whoever is next.
            Kind::Request | Kind::RegistrationRequest if self.is_closing => {}
            Kind::Request | Kind::RegistrationRequest => {
                if self.line.service.is_some() {
                    self.request(topic, message, ticket);
                } else {
                    self.acknowledge(&[ticket]);
                }
            }
        }
    }

    fn request(&mut self, topic: Topic, message: Incoming, ticket: Ticket) {
        let limits = &self.line.limits;
        let bytes = self.queued_bytes.saturating_add(message.payload.len());
        if self.queue.len() < limits.queued && bytes <= limits.queued_bytes {
            self.queued_bytes = bytes;
            return self.queue.push_back((topic, message, ticket));
        }
        if let Some((request, reply)) = self.hear(&topic, &message, ticket) {
            let reason = "too many requests wait to be answered, try again";
            let rejection = Rejection::new(Status::INTERNAL_SERVER_ERROR, reason);
            self.answered(reply, Response::rejected(&rejection, &request));
        }
    }

    /// Looks at a message. What is a request is still to be answered.
    fn hear(&mut self, topic: &Topic, message: &Incoming, ticket: Ticket) -> Option<(Box<Request>, Reply)> {
        match self.line.service.as_mut()?.hear(topic, message, ticket, Instant::now()) {
            Heard::Done(answer, tickets) => self.say(answer, tickets),
            Heard::UnderWay => {}
            Heard::Request(request, reply) => return Some((request, reply)),
        }
        None
    }

    /// Hands in what has waited, while there is room for answers.
    fn admit(&mut self) {
        let limits = &self.line.limits;
        let (in_flight, most, bytes) = (limits.in_flight.max(1), limits.outgoing.max(1), limits.outgoing_bytes);
        while self.tasks.len() < in_flight && self.outbox.len() < most && self.outbox.bytes() < bytes {
            let Some((topic, message, ticket)) = self.queue.pop_front() else { return };
            self.queued_bytes = self.queued_bytes.saturating_sub(message.payload.len());
            let Some((request, reply)) = self.hear(&topic, &message, ticket) else { continue };
            let Some(service) = &self.line.service else { return };
            match service.door.request(*request) {
                Answer::Now(response) => self.answered(reply, response),
                Answer::Later(response) => drop(self.tasks.spawn(async move { (reply, response.await) })),
            }
        }
    }

    fn answered(&mut self, reply: Reply, response: Response) {
        let Some(service) = &mut self.line.service else { return };
        let (answer, tickets) = service.finish(reply, response);
        self.say(answer, tickets);
    }

    fn say(&mut self, answer: Option<Outgoing>, tickets: Vec<Ticket>) {
        match answer {
            // Refusals cost nobody a place: there is an end to them here. What is not acknowledged comes again.
            Some(_) if self.outbox.len() >= self.most_answers() => {
                tracing::debug!("an answer is dropped: too many wait for the broker");
            }
            Some(answer) => self.outbox.push(answer, Then::Acknowledge(tickets)),
            None => self.acknowledge(&tickets),
        }
    }

    fn most_answers(&self) -> usize {
        let limits = &self.line.limits;
        limits.outgoing.saturating_add(limits.in_flight).saturating_add(limits.queued)
    }

    fn acknowledge(&mut self, tickets: &[Ticket]) {
        let Some(wire) = &self.wire else { return };
        // On another connection, the same number is another message.
        for ticket in tickets.iter().filter(|ticket| ticket.connection == self.connection) {
            if let Some(packet) = ticket.packet {
                wire.acknowledge(packet);
            }
        }
    }

    fn response(&mut self, topic: &Topic, message: &Incoming) {
        let Some(format) = Format::ALL.into_iter().find(|format| format.name() == topic.serialization) else { return };
        if message.payload.len() > self.line.limits.message_bytes
            || !self.line.own.names(&topic.originator, &self.line.own.cse)
        {
            return;
        }
        let (identifier, outcome) = match decode(format, &message.payload, &self.line.registry) {
            Ok(value) => match primitives::read(&value) {
                Ok(Said::Response(response)) => (response.request_identifier.clone(), Ok(*response)),
                Err(Unsaid::Response(identifier, reason)) => (identifier, Err(Failure::Unreachable(reason))),
                _ => return,
            },
            Err(reason) => return tracing::debug!(reason, "a response that is none"),
        };
        if !self.line.asking.heard(&self.line.own, &topic.receiver, &identifier, outcome) {
            tracing::debug!(%identifier, "a response that nobody waits for");
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

    /// The connection is over. Whether there is to be another.
    fn lost(&mut self, loss: Loss) -> bool {
        let broker = &self.line.dial.broker;
        let was_up = self.up.take().map(|since| since.elapsed());
        self.wire = None;
        self.outbox.lost();
        let pause = self.backoff.lost(was_up, chance());
        self.retry_at = Instant::now() + pause;
        if loss == Loss::TooLarge {
            // Kept by the broker, it would come again and again.
            tracing::error!(%broker, "a message came that is far too large; the broker is asked to forget what it keeps");
            self.forget = true;
        }
        if !self.told && !self.is_closing && self.line.service.is_some() {
            let reason = loss.to_string();
            tracing::warn!(%broker, reason, "the MQTT broker cannot be reached; it is tried again until it can");
            self.told = true;
        }
        self.line.state.send_replace(State::Away(loss));
        self.line.service.is_some() || self.is_closing
    }

    /// The last words.
    async fn part(mut self) {
        let state = self.line.state.borrow().clone();
        let reason = match state {
            State::Away(loss) => loss.to_string(),
            State::Begins | State::Up => "the connection is closed".to_owned(),
        };
        self.line.commands.close();
        while let Ok(command) = self.line.commands.try_recv() {
            if let Command::Publish(message, told) = command {
                self.outbox.push(message, Then::Tell(told));
            }
        }
        for then in self.outbox.drain() {
            if let Then::Tell(told) = then {
                // Whoever waited may have gone.
                let _ = told.send(Err(reason.clone()));
            }
        }
        self.line.asking.close(&reason);
        let Some(mut wire) = self.wire.take() else { return };
        wire.disconnect();
        let gone = async { while !matches!(wire.event().await, Event::Lost(_)) {} };
        let _ = tokio::time::timeout(FAREWELL, gone).await;
    }
}
