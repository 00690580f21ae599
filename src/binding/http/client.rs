//! Requests to other machines: CSEs, and AEs that want to be notified.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper::{Request as Message, Response as Answer, StatusCode};
use thiserror::Error;

use super::line::{Target, connect};
use super::mapping::{from_http, outgoing};
use super::pool::{Line, Pool, Visit};
use crate::binding::stream::Dialer;
#[cfg(feature = "tls")]
use crate::binding::tls::ClientTls;
use crate::binding::{BoxFuture, Caller};
use crate::codec::format::Format;
use crate::engine::Failure;
use crate::primitive::{Operation, Request, Response, Status, StatusClass};
use crate::schema::Registry;
use crate::value::SmolStr;

/// The URL schemes that are spoken.
const SCHEMES: &[&str] = if cfg!(feature = "tls") { &["http", "https"] } else { &["http"] };

/// Why there is no response.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The request cannot be said in HTTP, or the URL is none.
    #[error("{0}")]
    Request(String),
    /// The URL names a scheme that this client does not speak.
    #[error("{0}: expected one of these schemes: {schemes}", schemes = SCHEMES.join(", "))]
    Scheme(String),
    /// No connection came about: the request never left.
    #[error("{url} is not reachable: {reason}")]
    NotConnected {
        /// Where.
        url: String,
        /// Why not.
        reason: String,
    },
    /// Nobody answers there, or the connection broke.
    #[error("{url} is not reachable: {reason}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why, down to the cause.
        reason: String,
    },
    /// No complete answer in time.
    #[error("{0} did not answer in time")]
    Timeout(String),
    /// The answer is not one, or too large.
    #[error("{url} answered something that is no response: {reason}")]
    Response {
        /// Who.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Configuration of the client.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Time for a connection to be made, with its TLS handshake. Stops a dead machine from holding a request. Default: 5 s.
    pub connect_timeout: Duration,
    /// Time for the whole exchange. A call of the CSE brings a limit of its own. Default: 10 s.
    pub timeout: Duration,
    /// Bytes of an answer. Stops the other side from filling our memory. Default: 1 MiB.
    pub body_bytes: usize,
    /// How long an idle connection is kept. Short, as simple receivers of notifications serve one connection at a time.
    /// Default: 0.5 s.
    pub idle_timeout: Duration,
    /// Idle connections kept for each host. Default: 8.
    pub idle_connections: usize,
    /// Whom to trust at `https://`, and who to say that we are. Default: none of its own, which is
    /// [`ClientTlsConfig::default`](crate::binding::tls::ClientTlsConfig): who the system trusts, without a certificate.
    #[cfg(feature = "tls")]
    pub tls: Option<ClientTls>,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            body_bytes: 1024 * 1024,
            idle_timeout: Duration::from_millis(500),
            idle_connections: 8,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

/// An HTTP client that keeps connections. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct HttpClient {
    pool: Arc<Pool>,
    dialer: Dialer,
    config: ClientConfig,
    registry: Arc<Registry>,
}

/// Without the schemas, which fill a page each.
impl std::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpClient").field("pool", &self.pool).field("config", &self.config).finish_non_exhaustive()
    }
}

impl HttpClient {
    /// A client. Connections are made when they are needed, on the tokio runtime of the caller.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        let pool = Arc::new(Pool::new(config.idle_connections, config.idle_timeout));
        #[cfg(feature = "tls")]
        let dialer = Dialer::new(config.tls.clone());
        #[cfg(not(feature = "tls"))]
        let dialer = Dialer;
        Self { pool, dialer, config, registry: Registry::shared().clone() }
    }

    /// The same client with other schemas than the standard's: XML cannot be read or written without them.
    #[must_use]
    pub fn with_registry(mut self, registry: Arc<Registry>) -> Self {
        self.registry = registry;
        self
    }

    /// Sends a request to a URL and waits for the response. [`outgoing::url`] makes the URL of a resource behind a point
    /// of access; a notification goes to the URL that its subscriber gave.
    ///
    /// # Errors
    /// [`ClientError`]. Any response of the other side is a response, however bad its news.
    pub async fn call(&self, url: &str, request: &Request) -> Result<Response, ClientError> {
        self.call_in(Format::Json, url, request).await
    }

    /// The same with the content in another format. The answer may come in any.
    ///
    /// # Errors
    /// As [`call`](Self::call), and when this build does not have the format.
    pub async fn call_in(&self, format: Format, url: &str, request: &Request) -> Result<Response, ClientError> {
        self.call_within(format, url, request, self.config.timeout).await
    }

    async fn call_within(
        &self,
        format: Format,
        url: &str,
        request: &Request,
        limit: Duration,
    ) -> Result<Response, ClientError> {
        let message = outgoing::request(url, request, format, &self.registry).map_err(ClientError::Request)?;
        let mut message = message.map(Full::new);
        if !message.uri().scheme_str().is_some_and(|scheme| SCHEMES.contains(&scheme)) {
            return Err(ClientError::Scheme(url.to_owned()));
        }
        let target = Target::of(&mut message).map_err(ClientError::Request)?;
        let exchange = self.exchange(url, &target, message, request.operation);
        let timed_out = |_| ClientError::Timeout(url.to_owned());
        tokio::time::timeout(limit, exchange).await.map_err(timed_out)?
    }

    async fn exchange(
        &self,
        url: &str,
        target: &Target,
        mut message: Message<Full<Bytes>>,
        operation: Operation,
    ) -> Result<Response, ClientError> {
        let unreachable = |reason: String| ClientError::Unreachable { url: url.to_owned(), reason };
        let visit = self.pool.enter(target.to_string());
        while let Some(mut line) = visit.kept() {
            if line.ready().await.is_err() {
                continue;
            }
            // The other side may just be closing it. What was not sent, or may be said twice, is said once more.
            let again = matches!(operation, Operation::Notify | Operation::Retrieve).then(|| message.clone());
            message = match line.try_send_request(message).await {
                Ok(answer) => return self.read(url, answer, operation, &visit, line).await,
                Err(mut error) => match error.take_message().or(again) {
                    Some(message) => message,
                    None => return Err(unreachable(causes(error.error()))),
                },
            };
            break;
        }
        let line = connect(target, &self.dialer, self.config.connect_timeout).await;
        let not_connected = |reason: String| ClientError::NotConnected { url: url.to_owned(), reason };
        let mut line = line.map_err(not_connected)?;
        let answer = line.send_request(message).await.map_err(|error| unreachable(causes(&error)))?;
        self.read(url, answer, operation, &visit, line).await
    }

    async fn read(
        &self,
        url: &str,
        answer: Answer<hyper::body::Incoming>,
        operation: Operation,
        visit: &Visit,
        line: Line,
    ) -> Result<Response, ClientError> {
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, self.config.body_bytes).collect().await.map_err(|error| error.to_string());
        if body.is_ok() {
            visit.keep(line);
        }
        let read =
            body.and_then(|body| outgoing::response(head.status, &head.headers, &body.to_bytes(), &self.registry));
        let read = if operation == Operation::Notify { taken(read, head.status, &head.headers) } else { read };
        read.map_err(|reason| ClientError::Response { url: url.to_owned(), reason })
    }
}

/// The answer to a notification. A plain web server may have taken it, and says so by its status alone, with a page of its
/// own in the body, or with 202: what it says beside the status does not matter.
fn taken(read: Result<Response, String>, http: StatusCode, headers: &HeaderMap) -> Result<Response, String> {
    let mut response =
        read.or_else(|reason| outgoing::response(http, headers, b"", Registry::shared()).map_err(|_| reason))?;
    let bare = !headers.contains_key("x-m2m-rsc");
    if bare && http.is_success() && from_http(http).class() == StatusClass::Informational {
        response.status = Status::OK;
    }
    Ok(response)
}

impl Caller for HttpClient {
    fn schemes(&self) -> &[&str] {
        SCHEMES
    }

    fn url(&self, point_of_access: &str, to: &str) -> SmolStr {
        outgoing::url(point_of_access, to).into()
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
        Box::pin(async move { client.call_within(format, &url, &request, limit).await.map_err(Failure::from) })
    }
}

/// Somebody who answers no response may do better later, or another point of access may.
impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Request(_) | ClientError::Scheme(_) => Self::Impossible(error.to_string()),
            ClientError::NotConnected { .. } => Self::NotSent(error.to_string()),
            ClientError::Unreachable { .. } | ClientError::Response { .. } => Self::Unreachable(error.to_string()),
            ClientError::Timeout(_) => Self::TimedOut,
        }
    }
}

/// An error with what caused it: "client error" alone helps nobody.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
