//! The MQTT binding (TS-0010): both ways over one connection to a broker.
//!
//! ```text
//!  broker ─▶ wire ─▶ line ─▶ service ─▶ Door       their requests: topic, duplicates, primitive
//!             ▲       │  ◀── outbox  ◀─ Response   kept until the broker has it; only then is the request acknowledged
//!             └───────┘  ◀── asking  ◀─ Caller     our requests, their responses
//! ```
//! `wire` is the MQTT client of one connection and knows nothing of oneM2M; `line` makes it anew for as long as it is
//! needed, and `web` carries what they say through a WebSocket, where the broker wants that. Topics, duplicates, the outbox and the back-off are plain machines without sockets or clocks.

mod asking;
mod backoff;
mod broker;
mod caller;
mod check;
mod client;
mod config;
mod duplicates;
mod entity;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod line;
mod outbox;
mod server;
mod service;
mod topic;
mod transport;
mod way;
#[cfg(all(feature = "mqtt-ws", target_os = "linux"))]
mod web;
#[cfg(not(all(feature = "mqtt-ws", target_os = "linux")))]
#[path = "no_web.rs"]
mod web;
mod wire;

pub use check::BrokerCheck;
pub use client::MqttClient;
pub use config::{MqttConfig, MqttLimits, MqttLogin, MqttSession, MqttVersion};
pub use server::{MqttBinding, MqttError};
