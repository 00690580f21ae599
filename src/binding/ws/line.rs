//! One connection: what comes, what goes, and when it is over.
//!
//! One task reads and writes. It reads nothing while as many requests are being answered as may be, and while it writes:
//! a peer that does not read is not read either.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::end::{End, FAREWELL, broken, say_goodbye};
use super::pace::{Due, Pace, Patience};
use super::session::Session;
use super::subprotocol::Unreadable;
use crate::binding::primitives::{self, Said, Unsaid};
use crate::binding::stream::Stream;
use crate::binding::{Answer, Door, Identities, Proven};
use crate::codec::primitive::from_response;
use crate::engine::Failure;
use crate::primitive::{Access, ConnectionId, Rejection, Request, Response, Status};

/// How many messages leave in one write.
const BATCH: usize = 16;

/// What a peer's requests are handed to.
pub(super) struct Host {
    pub door: Arc<dyn Door>,
    pub ip: IpAddr,
    pub connection: Option<ConnectionId>,
    /// Who the peer has proved to be.
    pub proven: Option<Proven>,
    /// Whom that may speak for.
    pub identities: Identities,
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(connection) = self.connection {
            self.door.disconnected(connection);
        }
    }
}

/// One connection.
pub(super) struct Line {
    ws: WebSocketStream<Stream>,
    session: Session,
    outgoing: mpsc::Receiver<Message>,
    /// `None` where nobody takes requests: over a connection that we opened.
    host: Option<Host>,
    in_flight: usize,
    write_timeout: Duration,
    closing: watch::Receiver<bool>,
    /// Requests that are being answered.
    tasks: JoinSet<Option<Message>>,
    /// A request that waits for one of these to end.
    held: Option<Request>,
    pace: Pace,
}

/// What a connection waits for.
enum Event {
    Closing,
    /// A request of the peer is answered, unless it wanted no answer.
    Answered(Option<Message>),
    /// A request of ours is to be sent.
    Asks(Message),
    Heard(Option<Result<Message, WsError>>),
    Clock,
}

impl Drop for Line {
    fn drop(&mut self) {
        // In this order: what is sent from now on fails, and what was sent before hears of it.
        self.outgoing.close();
        self.session.close();
    }
}

impl Line {
    pub fn new(
        ws: WebSocketStream<Stream>,
        session: Session,
        outgoing: mpsc::Receiver<Message>,
        host: Option<Host>,
        patience: Patience,
        closing: watch::Receiver<bool>,
    ) -> Self {
        let (tasks, in_flight, write_timeout) = (JoinSet::new(), patience.in_flight.max(1), patience.write);
        let pace = Pace::new(patience, Instant::now());
        Self { ws, session, outgoing, host, in_flight, write_timeout, closing, tasks, held: None, pace }
    }

    /// Talks until either side has had enough.
    pub async fn run(mut self) {
        let end = self.talk().await;
        self.session.close();
        if let End::Close(code, reason) = end {
            tracing::debug!(%code, reason, "a connection is closed");
            say_goodbye(&mut self.ws, code, reason).await;
        }
    }

    async fn talk(&mut self) -> End {
        let mut is_closing = false;
        loop {
            if is_closing && self.tasks.is_empty() {
                return End::Close(CloseCode::Away, "the CSE is stopping".to_owned());
            }
            let reads = self.held.is_none();
            let deadline = self.pace.deadline();
            let event = {
                let closing = &mut self.closing;
                tokio::select! {
                    biased;
                    // The sender may be gone as well: then nobody serves any more.
                    () = async { drop(closing.wait_for(|closing| *closing).await) }, if !is_closing => Event::Closing,
                    Some(done) = self.tasks.join_next() => Event::Answered(done.ok().flatten()),
                    Some(message) = self.outgoing.recv() => Event::Asks(message),
                    heard = self.ws.next(), if reads => Event::Heard(heard),
                    () = tokio::time::sleep_until(deadline), if reads => Event::Clock,
                    else => return End::Gone,
                }
            };
            let end = match event {
                Event::Closing => {
                    is_closing = true;
                    None
                }
                Event::Answered(Some(message)) => self.write(message).await,
                Event::Answered(None) => None,
                Event::Asks(message) => {
                    self.pace.used(Instant::now());
                    self.write(message).await
                }
                Event::Heard(heard) => self.hear(heard, is_closing).await,
                Event::Clock => self.look_at_clock().await,
            };
            if let Some(end) = end {
                return end;
            }
            if self.tasks.len() < self.in_flight
                && let Some(request) = self.held.take()
            {
                // While nothing was read, nothing could be heard.
                self.pace.heard(Instant::now());
                if let Some(end) = self.answer(request).await {
                    return end;
                }
            }
        }
    }

    async fn hear(&mut self, heard: Option<Result<Message, WsError>>, is_closing: bool) -> Option<End> {
        self.pace.heard(Instant::now());
        let value = match heard {
            Some(Ok(Message::Text(text))) => self.session.speech().read_text(&text),
            Some(Ok(Message::Binary(bytes))) => self.session.speech().read_binary(&bytes),
            // Pings are answered with the next write or read.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return None,
            Some(Ok(Message::Close(_))) => {
                // The next look sends the answer.
                let _ = timeout(FAREWELL, self.ws.next()).await;
                return Some(End::Gone);
            }
            Some(Err(error)) => return Some(broken(&error)),
            None => return Some(End::Gone),
        };
        self.pace.spoke(Instant::now());
        let value = match value {
            Ok(value) => value,
            Err(Unreadable::Kind) => {
                let name = self.session.speech().subprotocol.name;
                return Some(End::Close(CloseCode::Unsupported, format!("{name} does not travel in such frames")));
            }
            Err(Unreadable::Text(reason)) => return Some(End::Close(CloseCode::Invalid, reason)),
        };
        match primitives::read(&value) {
            Ok(Said::Request(request)) if is_closing => {
                let rejection = Rejection::new(Status::INTERNAL_SERVER_ERROR, "the CSE is stopping");
                self.say(Response::rejected(&rejection, &request)).await
            }
            Ok(Said::Request(request)) => {
                self.held = Some(*request);
                None
            }
            Ok(Said::Response(response)) => {
                let identifier = response.request_identifier.clone();
                if !self.session.heard(&identifier, Ok(*response)) {
                    tracing::debug!(%identifier, "a response that nobody waits for");
                }
                None
            }
            Err(Unsaid::Refused(response)) => self.say(*response).await,
            Err(Unsaid::Response(identifier, reason)) => {
                tracing::debug!(%identifier, reason, "a response that is none");
                self.session.heard(&identifier, Err(Failure::Unreachable(reason)));
                None
            }
            Err(Unsaid::Nothing(reason)) => Some(End::Close(CloseCode::Invalid, reason)),
        }
    }

    /// Hands a request in.
    async fn answer(&mut self, mut request: Request) -> Option<End> {
        let Some(host) = &self.host else {
            let reason = "requests are not taken over a connection that was opened from here";
            return self.say(Response::rejected(&Rejection::not_allowed(reason), &request)).await;
        };
        request.access = Access { ip: Some(host.ip), authenticated: false, connection: host.connection };
        if let Err(rejection) = host.identities.admit(host.proven.as_ref(), &mut request) {
            return self.say(Response::rejected(&rejection, &request)).await;
        }
        let (identifier, speech) = (request.request_identifier.clone(), self.session.speech().clone());
        // Whatever it says, it is the response to this request.
        let named = move |mut response: Response| {
            response.request_identifier = identifier;
            (!response.silent).then(|| speech.write(&from_response(&response).into()))
        };
        match host.door.request(request) {
            Answer::Now(response) => match named(response) {
                Some(message) => self.write(message).await,
                None => None,
            },
            Answer::Later(response) => {
                self.tasks.spawn(async move { named(response.await) });
                None
            }
        }
    }

    async fn say(&mut self, response: Response) -> Option<End> {
        let message = self.session.speech().write(&from_response(&response).into());
        self.write(message).await
    }

    /// Writes a message, and what else is there to be sent.
    async fn write(&mut self, message: Message) -> Option<End> {
        let (ws, outgoing) = (&mut self.ws, &mut self.outgoing);
        let write = async {
            ws.feed(message).await?;
            for _ in 1..BATCH {
                let Ok(another) = outgoing.try_recv() else { break };
                ws.feed(another).await?;
            }
            ws.flush().await
        };
        match timeout(self.write_timeout, write).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(End::Gone),
            Err(_) => {
                tracing::debug!("a peer that does not read is cut off");
                Some(End::Gone)
            }
        }
    }

    async fn look_at_clock(&mut self) -> Option<End> {
        match self.pace.look(Instant::now(), self.session.is_asking())? {
            Due::Ping => self.write(Message::Ping(bytes::Bytes::new())).await,
            Due::End(end) => Some(end),
        }
    }
}
