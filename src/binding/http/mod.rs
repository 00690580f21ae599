//! The HTTP binding (TS-0009): a server that knocks at a [`Door`], a client, and the mapping that both share.
//!
//! ```text
//!  socket ─▶ connection ─▶ service ─▶ mapping ─▶ Door
//!  (limits,   (HTTP/1.1     (limits,   (pure)
//!   pulse)     or HTTP/2)    endpoints)
//! ```
//!
//! Beside resources the server answers three paths of its own: [`LIVENESS_PATH`], [`READINESS_PATH`] and, when it is
//! switched on, [`UPPER_TESTER_PATH`]. They begin with two underscores, as no resource made by this CSE does.

pub mod client;
pub mod mapping;

mod body;
mod config;
mod connection;
mod cors;
mod limits;
mod line;
mod pool;
mod pulse;
mod rate;
mod server;
mod service;
mod upper_tester;

pub use client::{ClientConfig, ClientError, HttpClient};
pub use config::HttpConfig;
pub use limits::{Limits, RateLimit};
pub use server::{HttpServer, ServeError, serve};

use super::Door;

/// Answers 200 as long as the process serves at all. For supervisors.
pub const LIVENESS_PATH: &str = "/__health__";

/// Answers 200 when the CSE can answer requests, 503 and a reason when it cannot. For load balancers.
pub const READINESS_PATH: &str = "/__ready__";

/// Where a test system sends its commands (TS-0019). Off unless [`HttpConfig::upper_tester`] says otherwise.
pub const UPPER_TESTER_PATH: &str = "/__ut__";

#[cfg(test)]
mod tests;
