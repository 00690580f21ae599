//! One connection: what comes, what goes, and when it is over.
//!
//! One task reads and writes. It reads nothing while as many requests are being answered as may be, and while it writes:
//! a peer that does not read is not read either.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::mapping::{self, Said, Unsaid};
use super::session::Session;
use super::subprotocol::Unreadable;
use crate::binding::{Answer, Door};
use crate::codec::primitive::from_response;
use crate::engine::Failure;
use crate::primitive::{Access, ConnectionId, Rejection, Request, Response, Status};

/// How many messages leave in one write.
const BATCH: usize = 16;

/// Time for the last words. A peer that is slow to hear them has heard enough.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a connection waits for what.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    pub in_flight: usize,
    /// Until the first primitive.
    pub first_message: Option<Duration>,
    /// Between primitives.
    pub idle: Option<Duration>,
    pub ping_interval: Duration,
    pub pong: Duration,
    pub write: Duration,
}

/// What a peer's requests are handed to.
pub(super) struct Host {
    pub door: Arc<dyn Door>,
    pub ip: IpAddr,
    pub connection: Option<ConnectionId>,
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
    ws: WebSocketStream<TcpStream>,
    session: Session,
    outgoing: mpsc::Receiver<Message>,
    /// `None` where nobody takes requests: over a connection that we opened.
    host: Option<Host>,
    patience: Patience,
    closing: watch::Receiver<bool>,
    /// Requests that are being answered.
    tasks: JoinSet<Option<Message>>,
    /// A request that waits for one of these to end.
    held: Option<Request>,
    heard: Instant,
    used: Instant,
    asked_for_sign: Option<Instant>,
    spoke: bool,
}

/// Why a connection is over.
enum End {
    /// It is closed, or broken.
    Gone,
    /// We close it, and say why.
    Close(CloseCode, String),
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
        ws: WebSocketStream<TcpStream>,
        session: Session,
        outgoing: mpsc::Receiver<Message>,
        host: Option<Host>,
        patience: Patience,
        closing: watch::Receiver<bool>,
    ) -> Self {
        let (now, tasks) = (Instant::now(), JoinSet::new());
        let (heard, used) = (now, now);
        Self {
            ws,
            session,
            outgoing,
            host,
            patience,
            closing,
            tasks,
            held: None,
            heard,
            used,
            asked_for_sign: None,
            spoke: false,
        }
    }

    /// Talks until either side has had enough.
    pub async fn run(mut self) {
        let end = self.talk().await;
        self.session.close();
        if let End::Close(code, reason) = end {
            tracing::debug!(%code, reason, "a connection is closed");
            self.part(code, reason).await;
        }
    }

    async fn talk(&mut self) -> End {
        let mut is_closing = false;
        loop {
            if is_closing && self.tasks.is_empty() {
                return End::Close(CloseCode::Away, "the CSE is stopping".to_owned());
            }
            let reads = self.held.is_none();
            let deadline = self.deadline();
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
                    self.used = Instant::now();
                    self.write(message).await
                }
                Event::Heard(heard) => self.hear(heard, is_closing).await,
                Event::Clock => self.look_at_clock().await,
            };
            if let Some(end) = end {
                return end;
            }
            if self.tasks.len() < self.patience.in_flight.max(1)
                && let Some(request) = self.held.take()
            {
                // While nothing was read, nothing could be heard.
                (self.heard, self.asked_for_sign) = (Instant::now(), None);
                if let Some(end) = self.answer(request).await {
                    return end;
                }
            }
        }
    }

    async fn hear(&mut self, heard: Option<Result<Message, WsError>>, is_closing: bool) -> Option<End> {
        (self.heard, self.asked_for_sign) = (Instant::now(), None);
        let value = match heard {
            Some(Ok(Message::Text(text))) => self.session.subprotocol().read_text(&text),
            Some(Ok(Message::Binary(bytes))) => self.session.subprotocol().read_binary(&bytes),
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
        (self.spoke, self.used) = (true, self.heard);
        let value = match value {
            Ok(value) => value,
            Err(Unreadable::Kind) => {
                let name = self.session.subprotocol().name;
                return Some(End::Close(CloseCode::Unsupported, format!("{name} does not travel in such frames")));
            }
            Err(Unreadable::Text(reason)) => return Some(End::Close(CloseCode::Invalid, reason)),
        };
        match mapping::read(&value) {
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
            Err(Unsaid::Close(code, reason)) => Some(End::Close(code, reason)),
        }
    }

    /// Hands a request in.
    async fn answer(&mut self, mut request: Request) -> Option<End> {
        let Some(host) = &self.host else {
            let reason = "requests are not taken over a connection that this CSE opened";
            return self.say(Response::rejected(&Rejection::not_allowed(reason), &request)).await;
        };
        request.access = Access { ip: Some(host.ip), authenticated: false, connection: host.connection };
        let (identifier, subprotocol) = (request.request_identifier.clone(), self.session.subprotocol());
        // Whatever it says, it is the response to this request.
        let named = move |mut response: Response| {
            response.request_identifier = identifier;
            (!response.silent).then(|| subprotocol.write(&from_response(&response).into()))
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
        let message = self.session.subprotocol().write(&from_response(&response).into());
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
        match timeout(self.patience.write, write).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(End::Gone),
            Err(_) => {
                tracing::debug!("a peer that does not read is cut off");
                Some(End::Gone)
            }
        }
    }

    /// When to look at the clock.
    fn deadline(&self) -> Instant {
        let sign = match self.asked_for_sign {
            Some(asked) => later(asked, self.patience.pong),
            None => later(self.heard, self.patience.ping_interval),
        };
        // Before the first primitive, `used` is when the connection began.
        let first = self.patience.first_message.filter(|_| !self.spoke).map(|time| later(self.used, time));
        let idle = self.patience.idle.map(|time| later(self.used, time));
        [Some(sign), first, idle].into_iter().flatten().min().unwrap_or(sign)
    }

    async fn look_at_clock(&mut self) -> Option<End> {
        let now = Instant::now();
        let over = |since: Instant, time: Option<Duration>| time.is_some_and(|time| later(since, time) <= now);
        if !self.spoke && over(self.used, self.patience.first_message) {
            return Some(End::Close(CloseCode::Policy, "no primitive came in time".to_owned()));
        }
        if over(self.used, self.patience.idle) {
            if !self.session.is_asking() {
                return Some(End::Close(CloseCode::Normal, "idle".to_owned()));
            }
            self.used = now;
        }
        match self.asked_for_sign {
            Some(asked) if later(asked, self.patience.pong) <= now => Some(End::Gone),
            None if later(self.heard, self.patience.ping_interval) <= now => {
                self.asked_for_sign = Some(now);
                self.write(Message::Ping(bytes::Bytes::new())).await
            }
            _ => None,
        }
    }

    /// Says goodbye, and lets the peer hear it: a socket that is closed with something unread in it takes back what was
    /// said last.
    async fn part(&mut self, code: CloseCode, reason: String) {
        // A control frame holds 125 bytes, two of them the code (RFC 6455 5.5).
        let reason: String = reason.chars().take(40).filter(char::is_ascii).collect();
        let ws = &mut self.ws;
        let parting = async {
            ws.close(Some(CloseFrame { code, reason: reason.into() })).await.ok()?;
            let io = ws.get_mut();
            io.shutdown().await.ok()?;
            let mut unread = [0; 4096];
            while io.read(&mut unread).await.ok()? > 0 {}
            Some(())
        };
        let _ = timeout(FAREWELL, parting).await;
    }
}

/// What is said to a peer that broke the rules.
fn broken(error: &WsError) -> End {
    match error {
        WsError::Capacity(_) => End::Close(CloseCode::Size, error.to_string()),
        WsError::Utf8(_) => End::Close(CloseCode::Invalid, error.to_string()),
        WsError::Protocol(_) => End::Close(CloseCode::Protocol, error.to_string()),
        _ => End::Gone,
    }
}

fn later(since: Instant, time: Duration) -> Instant {
    since.checked_add(time).unwrap_or_else(|| Instant::now() + Duration::from_secs(86_400))
}
