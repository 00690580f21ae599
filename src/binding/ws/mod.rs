//! The WebSocket binding (TS-0020): a server that knocks at a [`Door`](super::Door), and a client.
//!
//! ```text
//!  socket ─▶ handshake ─▶ line ─▶ primitives ─▶ Door          their requests, our responses
//!            (HTTP/1.1)    │  ◀── session ◀─ Peer, Caller  our requests, their responses
//! ```
//! Each message is one primitive, and either side may ask. The server answers the two paths of health beside the handshake,
//! as HTTP does: [`LIVENESS_PATH`] and [`READINESS_PATH`].

mod client;
mod config;
mod connection;
mod end;
mod handshake;
mod line;
mod pace;
mod server;
mod session;
mod subprotocol;

pub use client::{WsClient, WsClientConfig};
pub use config::{WsConfig, WsLimits};
pub use server::{WsServeError, WsServer, serve};

/// Answers 200 as long as the process serves at all. For supervisors.
pub const LIVENESS_PATH: &str = "/__health__";

/// Answers 200 when the CSE can answer requests, 503 and a reason when it cannot. For load balancers.
pub const READINESS_PATH: &str = "/__ready__";
