//! What a stranger can take up, and what happens at each limit.

use std::time::Duration;

/// Limits of the HTTP server. Each names the abuse that it stops.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request body. Stops one request from filling the memory. Beyond: HTTP 413 with 4000, before the body is
    /// read when its length is announced, at the first byte too many otherwise. Default: 1 MiB.
    pub body_bytes: usize,
    /// Bytes of a request's head. Stops endless headers. Beyond: HTTP 431. At least 8 KiB. Default: 32 KiB.
    pub head_bytes: usize,
    /// Lines of a request's head. Stops many tiny headers, which cost more than their bytes. Beyond: HTTP 431.
    /// Default: 100; any other number costs an allocation per request.
    pub headers: usize,
    /// Connections at a time. Stops a flood from taking every file descriptor. Beyond: accepted and closed at once, so the
    /// peer knows and the queue of the system does not fill with the dead. Default: 10,000.
    pub connections: usize,
    /// Requests being answered at a time. Stops a pile-up when answers take long. Beyond: HTTP 503 with 5000 and
    /// `Retry-After`. Default: 10,000.
    pub in_flight: usize,
    /// Streams of one HTTP/2 connection. Stops one connection from being many. Default: 128.
    pub streams: u32,
    /// Time for the head of a request, from its first byte (or from the connection's beginning, for its first request:
    /// then with the TLS handshake, where there is one).
    /// Stops a peer that sends one byte a minute. Beyond: closed. Default: 10 s.
    pub head_timeout: Duration,
    /// Time for the body of a request. Stops the same with bodies. Beyond: closed. Default: 30 s.
    pub body_timeout: Duration,
    /// Time that a connection may rest between requests, or stand still while an answer is being taken. Stops forgotten
    /// connections from being kept for ever. Beyond: closed. Default: 75 s.
    pub idle_timeout: Duration,
    /// How often each originator may ask. Stops one device with a broken loop from starving the others; it is fairness
    /// among the honest, since a liar can change its name. Beyond: HTTP 429 with 4134 and `Retry-After`. Default: off.
    pub rate: Option<RateLimit>,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Requests per second in the long run.
    pub per_second: f64,
    /// Requests at once after a rest.
    pub burst: f64,
    /// Originators that are remembered. Further ones share one bucket, so a stranger who makes up names fills no memory.
    pub originators: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            head_bytes: 32 * 1024,
            headers: 100,
            connections: 10_000,
            in_flight: 10_000,
            streams: 128,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            rate: None,
        }
    }
}
