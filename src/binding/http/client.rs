//! Requests to other machines: CSEs, and AEs that want to be notified.

use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use thiserror::Error;

use super::mapping::outgoing;
use crate::primitive::{Request, Response};

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
    /// Time for the whole exchange. Default: 10 s.
    pub timeout: Duration,
    /// Bytes of an answer. Stops the other side from filling our memory. Default: 1 MiB.
    pub body_bytes: usize,
    /// How long an idle connection is kept. Short, as simple notification sinks serve one connection at a time.
    /// Default: 2 s.
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
            idle_timeout: Duration::from_secs(2),
            idle_connections: 8,
        }
    }
}

/// An HTTP client that keeps connections. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client<HttpConnector, Full<Bytes>>,
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
            .build(connector);
        Self { client, config }
    }

    /// Sends a request to a URL and waits for the response. [`outgoing::url`] makes the URL of a resource behind a point
    /// of access; a notification goes to the URL that its subscriber gave.
    ///
    /// # Errors
    /// [`ClientError`]. Any response of the other side is a response, however bad its news.
    pub async fn call(&self, url: &str, request: &Request) -> Result<Response, ClientError> {
        let message = outgoing::request(url, request).map_err(ClientError::Request)?;
        if message.uri().scheme_str() != Some("http") {
            return Err(ClientError::Scheme(url.to_owned()));
        }
        let exchange = self.exchange(url, message.map(Full::new));
        let timed_out = |_| ClientError::Timeout(url.to_owned());
        tokio::time::timeout(self.config.timeout, exchange).await.map_err(timed_out)?
    }

    async fn exchange(&self, url: &str, message: hyper::Request<Full<Bytes>>) -> Result<Response, ClientError> {
        let answer = self
            .client
            .request(message)
            .await
            .map_err(|error| ClientError::Unreachable { url: url.to_owned(), reason: causes(&error) })?;
        let wrong = |reason: String| ClientError::Response { url: url.to_owned(), reason };
        let (head, body) = answer.into_parts();
        let body =
            Limited::new(body, self.config.body_bytes).collect().await.map_err(|error| wrong(error.to_string()))?;
        outgoing::response(head.status, &head.headers, &body.to_bytes()).map_err(wrong)
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
