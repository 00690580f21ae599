//! Requests to other machines: CSEs, and AEs that want to be notified.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::lookup_host;
use tokio::sync::{mpsc, oneshot};

use super::exchange::dice::Dice;
use super::exchange::{AskId, Endpoint, Failed, Output};
use super::line::{Line, bind, now, sleep};
use super::mapping::{Target, outgoing};
use super::message::Parts;
use super::{CoapLimits, Shields, Transmission};
use crate::binding::after::After as _;
use crate::binding::{BoxFuture, Caller, path};
use crate::codec::format::Format;
use crate::engine::Failure;
use crate::primitive::{Request, Response};
use crate::schema::Registry;
use crate::value::SmolStr;

/// Configuration of the client.
#[derive(Clone, Debug)]
pub struct CoapClientConfig {
    /// Bytes of an answer. Stops the other side from filling our memory. Beyond: not taken. Default: 1 MiB.
    pub body_bytes: usize,
    /// The largest block, in bytes: 16, 32, 64, 128, 256, 512 or 1024. The other side may want smaller ones.
    /// Default: 1,024.
    pub block_size: usize,
    /// Machines that are spoken to at a time. Beyond: not reached. Default: 1,024.
    pub peers: usize,
    /// Requests that wait until their peer has acknowledged those before. Beyond: not sent. Default: 64.
    pub waiting_per_peer: usize,
    /// How messages are repeated.
    pub transmission: Transmission,
    /// What lies between the sockets and the messages. `None` is plain UDP, for `coap`; with it, the client speaks `coaps`
    /// and nothing else. Default: `None`.
    pub shields: Option<Shields>,
}

impl Default for CoapClientConfig {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            block_size: 1024,
            peers: 1024,
            waiting_per_peer: 64,
            transmission: Transmission::default(),
            shields: None,
        }
    }
}

/// A request on its way to a socket.
struct Job {
    peer: SocketAddr,
    host: String,
    parts: Parts,
    until: Instant,
    reply: oneshot::Sender<Result<Parts, Failed>>,
}

/// Requests that wait for a socket's task to take them. It does so at once.
const QUEUE: usize = 256;

/// A CoAP client with one socket for IPv4 and one for IPv6, opened when they are needed. Cheap to clone; clones share the
/// sockets. They are closed when the last clone is dropped.
#[derive(Clone)]
pub struct CoapClient {
    config: CoapClientConfig,
    registry: Arc<Registry>,
    lines: Arc<Mutex<[Option<mpsc::Sender<Job>>; 2]>>,
}

/// Without the schemas, which fill a page each.
impl std::fmt::Debug for CoapClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CoapClient").field("config", &self.config).finish_non_exhaustive()
    }
}

impl CoapClient {
    /// A client. Its sockets live on the tokio runtime of the caller.
    #[must_use]
    pub fn new(config: CoapClientConfig) -> Self {
        Self { config, registry: Registry::shared().clone(), lines: Arc::default() }
    }

    /// The same client with other schemas than the standard's: XML cannot be read or written without them.
    #[must_use]
    pub fn with_registry(mut self, registry: Arc<Registry>) -> Self {
        self.registry = registry;
        self
    }

    /// Sends a request to a URL and waits for the response, no longer than `limit`. The URL says where it goes:
    /// [`outgoing::url`] makes that of a resource behind a point of access; a notification goes to the URL that its
    /// subscriber gave. The answer may come in any format.
    ///
    /// # Errors
    /// [`Failure`]. Any response of the other side is a response, however bad its news.
    pub async fn call_in(
        &self,
        format: Format,
        url: &str,
        request: &Request,
        limit: Duration,
    ) -> Result<Response, Failure> {
        let exchange = tokio::time::timeout(limit, self.exchange(format, url, request, now().after(limit)));
        exchange.await.unwrap_or(Err(Failure::TimedOut))
    }

    async fn exchange(
        &self,
        format: Format,
        url: &str,
        request: &Request,
        until: Instant,
    ) -> Result<Response, Failure> {
        let target = Target::parse(url).map_err(Failure::Impossible)?;
        if target.scheme != self.scheme() {
            return Err(Failure::Impossible(format!("{url}: only {} is spoken here", self.scheme())));
        }
        let mut parts = outgoing::request(request, format, &self.registry).map_err(Failure::Impossible)?;
        target.put(&mut parts.options);
        let unreachable = |reason: String| Failure::Unreachable(format!("{url} is not reachable: {reason}"));
        let found = lookup_host((target.host.as_str(), target.port)).await;
        let found: Vec<SocketAddr> = found.map_err(|error| unreachable(error.to_string()))?.collect();
        // Nobody says "not here" over UDP, so one address is all that is tried; `localhost` is mostly the older one.
        let peer = found.iter().find(|address| address.is_ipv4()).or(found.first());
        let peer = *peer.ok_or_else(|| unreachable("the host has no address".to_owned()))?;
        let line = self.line(peer).map_err(|error| unreachable(error.to_string()))?;
        let (reply, answer) = oneshot::channel();
        let gone = || unreachable("the client has stopped".to_owned());
        line.send(Job { peer, host: target.host, parts, until, reply }).await.map_err(|_| gone())?;
        let parts = answer.await.map_err(|_| gone())?.map_err(|failed| match failed {
            Failed::TimedOut => Failure::TimedOut,
            Failed::Refused(reason) => unreachable(reason.to_owned()),
            Failed::Response(reason) => {
                Failure::Unreachable(format!("{url} answered something that is no response: {reason}"))
            }
        })?;
        outgoing::response(&parts, request.operation, &self.registry)
            .map_err(|reason| Failure::Unreachable(format!("{url} answered something that is no response: {reason}")))
    }

    const fn scheme(&self) -> &'static str {
        if self.config.shields.is_some() { "coaps" } else { "coap" }
    }

    /// The socket that reaches a peer.
    fn line(&self, peer: SocketAddr) -> std::io::Result<mpsc::Sender<Job>> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let [v4, v6] = &mut *lines;
        let (place, any) = match peer {
            SocketAddr::V4(_) => (v4, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))),
            SocketAddr::V6(_) => (v6, SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))),
        };
        // Its task ends with its runtime; the next call may be on another.
        if let Some(line) = place.as_ref().filter(|line| !line.is_closed()) {
            return Ok(line.clone());
        }
        let limits = CoapLimits {
            body_bytes: self.config.body_bytes,
            block_size: self.config.block_size,
            peers: self.config.peers,
            waiting_per_peer: self.config.waiting_per_peer,
            transmission: self.config.transmission.clone(),
            ..CoapLimits::default()
        };
        let shield = self.config.shields.clone().unwrap_or_default().make();
        let line = Line::new(bind(any)?, shield, Endpoint::new(limits, Dice::random(), false));
        let (sender, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(run(line, jobs));
        Ok(place.insert(sender).clone())
    }
}

/// Carries requests out until nobody can bring any more.
async fn run(mut line: Line, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting: HashMap<AskId, oneshot::Sender<Result<Parts, Failed>>> = HashMap::new();
    loop {
        tokio::select! {
            job = jobs.recv() => match job {
                Some(Job { peer, host, parts, until, reply }) => {
                    line.expect(peer, &host);
                    let id = line.with(|endpoint, now, out| endpoint.ask(now, peer, parts, until, out));
                    waiting.insert(id, reply);
                }
                None => break,
            },
            ready = line.socket.readable() => if ready.is_ok() { line.read() },
            () = sleep(line.next_due()) => line.due(),
        }
        for output in line.take() {
            if let Output::Outcome(id, outcome) = output
                && let Some(reply) = waiting.remove(&id)
            {
                // Whoever asked may have left.
                let _ = reply.send(outcome);
            }
        }
        line.flush().await;
    }
    line.close();
    line.flush().await;
}

impl Caller for CoapClient {
    fn schemes(&self) -> &[&str] {
        if self.config.shields.is_some() { &["coaps"] } else { &["coap"] }
    }

    fn url(&self, point_of_access: &str, to: &str) -> SmolStr {
        path::url(point_of_access, to).into()
    }

    fn call(&self, url: SmolStr, request: Request, limit: Duration) -> BoxFuture<Result<Response, Failure>> {
        Caller::call_in(self, Format::Json, url, request, limit)
    }

    fn call_in(
        &self,
        format: Format,
        url: SmolStr,
        request: Request,
        limit: Duration,
    ) -> BoxFuture<Result<Response, Failure>> {
        let client = self.clone();
        Box::pin(async move { client.call_in(format, &url, &request, limit).await })
    }
}
