//! Requests to other machines: CSEs, and AEs that want to be notified.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HeaderMap, HeaderValue};
use hyper::{StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use thiserror::Error;

use super::crowd::{Crowd, Visit};
use super::mapping::{from_http, outgoing};
use crate::binding::{BoxFuture, Caller};
use crate::engine::Failure;
use crate::primitive::{Operation, Request, Response, Status, StatusClass};
use crate::value::SmolStr;

/// Why there is no response.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The request cannot be said in HTTP, or the URL is none.
    #[error("{0}")]
    Request(String),
    /// The URL names a scheme that this client does not speak.
    #[error("{0}: only http is supported")]
    Scheme(String),
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
    /// Time for a connection to be made. Stops a dead machine from holding a request. Default: 5 s.
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
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            body_bytes: 1024 * 1024,
            idle_timeout: Duration::from_millis(500),
            idle_connections: 8,
        }
    }
}

/// An HTTP client that keeps connections. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client<HttpConnector, Full<Bytes>>,
    /// Keeps no connection.
    fresh: Client<HttpConnector, Full<Bytes>>,
    crowd: Arc<Crowd>,
    config: ClientConfig,
}

impl HttpClient {
    /// A client. Connections are made when they are needed, on the tokio runtime of the caller.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(config.connect_timeout));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.idle_timeout)
            .pool_max_idle_per_host(config.idle_connections)
            .build(connector.clone());
        let fresh = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Self { client, fresh, crowd: Arc::new(Crowd::new(config.idle_timeout)), config }
    }

    /// Sends a request to a URL and waits for the response. [`outgoing::url`] makes the URL of a resource behind a point
    /// of access; a notification goes to the URL that its subscriber gave.
    ///
    /// # Errors
    /// [`ClientError`]. Any response of the other side is a response, however bad its news.
    pub async fn call(&self, url: &str, request: &Request) -> Result<Response, ClientError> {
        self.call_within(url, request, self.config.timeout).await
    }

    async fn call_within(&self, url: &str, request: &Request, limit: Duration) -> Result<Response, ClientError> {
        let message = outgoing::request(url, request).map_err(ClientError::Request)?.map(Full::new);
        if message.uri().scheme_str() != Some("http") {
            return Err(ClientError::Scheme(url.to_owned()));
        }
        let exchange = async {
            let visit = self.crowd.enter(place(message.uri()), Instant::now());
            let safe = matches!(request.operation, Operation::Notify | Operation::Retrieve);
            let again = (safe && visit.over_kept).then(|| message.clone());
            let answer = match (self.send(message, &visit).await, again) {
                // It was sent over a connection that the other side was just closing, most likely. What may be said twice
                // is said once more.
                (Err(error), Some(mut message)) if !error.is_connect() => {
                    message.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                    self.fresh.request(message).await
                }
                (answer, _) => answer,
            };
            let answer =
                answer.map_err(|error| ClientError::Unreachable { url: url.to_owned(), reason: causes(&error) })?;
            self.read(answer, request.operation)
                .await
                .map_err(|reason| ClientError::Response { url: url.to_owned(), reason })
        };
        let timed_out = |_| ClientError::Timeout(url.to_owned());
        tokio::time::timeout(limit, exchange).await.map_err(timed_out)?
    }

    async fn send(&self, mut message: Message, visit: &Visit) -> Result<Answer, hyper_util::client::legacy::Error> {
        let captured = capture_connection(&mut message);
        let answer = self.client.request(message).await;
        if !visit.keeps(Instant::now())
            && let Some(connection) = captured.connection_metadata().as_ref()
        {
            connection.poison();
        }
        answer
    }

    async fn read(&self, answer: Answer, operation: Operation) -> Result<Response, String> {
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, self.config.body_bytes).collect().await.map_err(|error| error.to_string());
        let read = body.and_then(|body| outgoing::response(head.status, &head.headers, &body.to_bytes()));
        if operation == Operation::Notify { taken(read, head.status, &head.headers) } else { read }
    }
}

type Message = hyper::Request<Full<Bytes>>;
type Answer = hyper::Response<hyper::body::Incoming>;

/// The answer to a notification. A plain web server may have taken it, and says so by its status alone, with a page of its
/// own in the body, or with 202: what it says beside the status does not matter.
fn taken(read: Result<Response, String>, http: StatusCode, headers: &HeaderMap) -> Result<Response, String> {
    let mut response = read.or_else(|reason| outgoing::response(http, headers, b"").map_err(|_| reason))?;
    let bare = !headers.contains_key("x-m2m-rsc");
    if bare && http.is_success() && from_http(http).class() == StatusClass::Informational {
        response.status = Status::OK;
    }
    Ok(response)
}

/// Host and port.
fn place(url: &Uri) -> &str {
    url.authority().map_or("", |authority| authority.as_str())
}

impl Caller for HttpClient {
    fn schemes(&self) -> &[&str] {
        &["http"]
    }

    fn call(&self, url: SmolStr, request: Request, limit: Duration) -> BoxFuture<Result<Response, Failure>> {
        let client = self.clone();
        Box::pin(async move { client.call_within(&url, &request, limit).await.map_err(Failure::from) })
    }
}

/// Somebody who answers no response may do better later, or another point of access may.
impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Request(_) | ClientError::Scheme(_) => Self::Impossible(error.to_string()),
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
