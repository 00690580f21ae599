//! Requests to others whose points of access are WebSocket servers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::header::{CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use hyper::{Request as Handshake, Uri};
use tokio::net::TcpStream;
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;

use super::connection::settings;
use super::line::{Host, Line};
use super::pace::Patience;
use super::session::Session;
use super::subprotocol::{Schemas, Speech, Subprotocol};
use crate::binding::stream::{Dialer, Stream};
#[cfg(feature = "tls")]
use crate::binding::tls::ClientTls;
use crate::binding::{BoxFuture, Caller, Door, Identities};
use crate::codec::format::Format;
use crate::engine::Failure;
use crate::primitive::{Request, Response};
use crate::schema::Registry;
use crate::value::SmolStr;

/// The URL schemes that are spoken.
const SCHEMES: &[&str] = if cfg!(feature = "tls") { &["ws", "wss"] } else { &["ws"] };

/// Configuration of the client.
#[derive(Clone, Debug)]
pub struct WsClientConfig {
    /// Time for a connection and its handshake. Stops a dead machine from holding a request. Default: 5 s.
    pub connect_timeout: Duration,
    /// Bytes of a message. Stops the other side from filling our memory. Default: 1 MiB.
    pub message_bytes: usize,
    /// How long a connection is kept over which nothing is said. Default: 60 s.
    pub idle_timeout: Duration,
    /// Connections at a time, one for each host, port and format. Beyond: not reached. Default: 256.
    pub connections: usize,
    /// Time for a message of ours to be taken. Beyond: closed. Default: 10 s.
    pub write_timeout: Duration,
    /// Requests of the other side that are being answered at a time, on each connection of a client that answers
    /// ([`WsClient::with_door`]). Beyond: nothing is read. Default: 64.
    pub in_flight: usize,
    /// Whom to trust at `wss://`, and who to say that we are. Default: none of its own, which is
    /// [`ClientTlsConfig::default`](crate::binding::tls::ClientTlsConfig): who the system trusts, without a certificate.
    #[cfg(feature = "tls")]
    pub tls: Option<ClientTls>,
}

impl Default for WsClientConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            message_bytes: 1024 * 1024,
            idle_timeout: Duration::from_secs(60),
            connections: 256,
            write_timeout: Duration::from_secs(10),
            in_flight: 64,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

/// Where a connection leads to.
struct Target {
    scheme: &'static str,
    host: String,
    port: u16,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

/// A place for the connection to one host and port, in one format. Whoever makes it holds the lock.
type Place = Arc<AsyncMutex<Option<Session>>>;

/// A WebSocket client that keeps one connection to each host and port for each format asked for, and makes it again when it is
/// needed. Cheap to clone; clones share the connections. They close when the last clone is dropped.
#[derive(Clone)]
pub struct WsClient {
    places: Arc<Mutex<HashMap<String, Place>>>,
    dialer: Dialer,
    config: WsClientConfig,
    closing: Arc<watch::Sender<bool>>,
    registry: Arc<Registry>,
    door: Option<Arc<dyn Door>>,
}

impl std::fmt::Debug for WsClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WsClient").field("config", &self.config).finish_non_exhaustive()
    }
}

impl WsClient {
    /// A client. Connections are made when they are needed, on the tokio runtime of the caller.
    #[must_use]
    pub fn new(config: WsClientConfig) -> Self {
        #[cfg(feature = "tls")]
        let dialer = Dialer::new(config.tls.clone());
        #[cfg(not(feature = "tls"))]
        let dialer = Dialer;
        let (closing, registry) = (Arc::new(watch::Sender::new(false)), Arc::clone(Registry::shared()));
        Self { places: Arc::default(), dialer, config, closing, registry, door: None }
    }

    /// The same client, and requests that come over its connections are handed in at this door. Such connections are kept
    /// open, however little is said over them: the other side may want to say something. Those that are open already stay as
    /// they are.
    #[must_use]
    pub fn with_door(mut self, door: Arc<dyn Door>) -> Self {
        (self.door, self.places) = (Some(door), Arc::default());
        self
    }

    /// The same client with these schemas: how XML spells a vendor's own types.
    #[must_use]
    pub fn with_registry(mut self, registry: Arc<Registry>) -> Self {
        self.registry = registry;
        self
    }

    async fn exchange(&self, format: Format, url: &str, request: Request) -> Result<Response, Failure> {
        let impossible = |reason: &dyn std::fmt::Display| Failure::Impossible(format!("{url}: {reason}"));
        let uri: Uri = url.parse().map_err(|error| impossible(&error))?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| impossible(&"names no host"))?;
        // A host is the same in capitals (RFC 3986 3.2.2).
        let scheme = uri.scheme_str().unwrap_or_default();
        let (scheme, usual) = if scheme.eq_ignore_ascii_case("wss") { ("wss", 443) } else { ("ws", 80) };
        let port = uri.port_u16().unwrap_or(usual);
        let target = Target { scheme, host: host.to_ascii_lowercase(), port };
        // What a connection speaks is settled when it is made: one for each format that somebody wants.
        let place = self.place(&format!("{target} {}", format.name()))?;
        let session = {
            let mut place = place.lock().await;
            match place.as_ref().filter(|session| session.is_open()) {
                Some(session) => session.clone(),
                None => place.insert(self.connect(format, &target, &uri).await?).clone(),
            }
        };
        session.ask(request).await
    }

    fn place(&self, name: &str) -> Result<Place, Failure> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(name) {
            return Ok(Arc::clone(place));
        }
        if places.len() >= self.config.connections {
            places.retain(|_, place| {
                let idle = place.try_lock().is_ok_and(|session| session.as_ref().is_none_or(|s| !s.is_open()));
                Arc::strong_count(place) > 1 || !idle
            });
        }
        if places.len() >= self.config.connections {
            return Err(Failure::NotSent("too many WebSocket connections are open".to_owned()));
        }
        Ok(Arc::clone(places.entry(name.to_owned()).or_default()))
    }

    async fn connect(&self, format: Format, target: &Target, uri: &Uri) -> Result<Session, Failure> {
        let unreachable =
            |reason: &dyn std::fmt::Display| Failure::NotSent(format!("{target} is not reachable: {reason}"));
        let connecting = tokio::time::timeout(self.config.connect_timeout, self.open(format, target, uri)).await;
        connecting.map_err(|_| unreachable(&"no connection in time"))?.map_err(|reason| unreachable(&reason))
    }

    async fn open(&self, format: Format, target: &Target, uri: &Uri) -> Result<Session, String> {
        // An IPv6 address stands in brackets in a URL only.
        let host = target.host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, target.port)).await.map_err(|error| error.to_string())?;
        // Messages are small and leave in one write. Without it they only leave later.
        let _ = stream.set_nodelay(true);
        let host_at = stream.peer_addr().ok().map(|address| address.ip());
        let is_secure = target.scheme == "wss";
        let stream = if is_secure { self.dialer.secure(stream, host).await? } else { Stream::Plain(stream) };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let handshake = Handshake::get(format!("{target}{path}"))
            .header(HOST, format!("{}:{}", target.host, target.port))
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, generate_key())
            .header(SEC_WEBSOCKET_PROTOCOL, Subprotocol::offer(format))
            .body(())
            .map_err(|error| error.to_string())?;
        let settings = Some(settings(self.config.message_bytes));
        let shaken = client_async_with_config(handshake, stream, settings).await;
        let (ws, reply) = shaken.map_err(|error| error.to_string())?;
        let agreed = reply.headers().get(SEC_WEBSOCKET_PROTOCOL).and_then(|name| name.to_str().ok());
        let subprotocol = agreed.and_then(Subprotocol::named).ok_or("no subprotocol was agreed on")?;
        let speech = Speech { subprotocol, schemas: Schemas::Own(Arc::clone(&self.registry)) };
        let (session, outgoing) = Session::new(speech);
        let host = host_at.and_then(|ip| {
            let door = Arc::clone(self.door.as_ref()?);
            let connection = door.connected(Arc::new(session.clone()));
            Some(Host { door, ip, connection, proven: None, identities: Identities::default() })
        });
        let patience = Patience {
            in_flight: self.config.in_flight,
            first_message: None,
            idle: host.is_none().then_some(self.config.idle_timeout),
            ping_interval: Duration::from_secs(30),
            pong: Duration::from_secs(10),
            write: self.config.write_timeout,
        };
        let line = Line::new(ws, session.clone(), outgoing, host, patience, self.closing.subscribe());
        tokio::spawn(line.run());
        Ok(session)
    }
}

impl Caller for WsClient {
    fn schemes(&self) -> &[&str] {
        SCHEMES
    }

    fn answering(&self, door: Arc<dyn Door>) -> Option<Arc<dyn Caller>> {
        Some(Arc::new(self.clone().with_door(door)))
    }

    fn call(&self, url: SmolStr, request: Request, limit: Duration) -> BoxFuture<Result<Response, Failure>> {
        self.call_in(Format::Json, url, request, limit)
    }

    fn call_in(
        &self,
        format: Format,
        url: SmolStr,
        request: Request,
        limit: Duration,
    ) -> BoxFuture<Result<Response, Failure>> {
        let client = self.clone();
        Box::pin(async move {
            let exchange = tokio::time::timeout(limit, client.exchange(format, &url, request)).await;
            exchange.unwrap_or(Err(Failure::TimedOut))
        })
    }
}
