//! The MQTT binding (TS-0010): both ways over one connection to a broker.
//!
//! ```text
//!  broker ─▶ wire ─▶ line ─▶ service ─▶ Door       their requests: topic, duplicates, primitive
//!             ▲       │  ◀── outbox  ◀─ Response   kept until the broker has it; only then is the request acknowledged
//!             └───────┘  ◀── asking  ◀─ Caller     our requests, their responses
//! ```
//! `wire` is the MQTT client of one connection and knows nothing of oneM2M; `line` makes it anew for as long as it is
//! needed. Topics, duplicates, the outbox and the back-off are plain machines without sockets or clocks.

mod asking;
mod backoff;
mod broker;
mod caller;
mod check;
mod config;
mod duplicates;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod line;
mod outbox;
mod server;
mod service;
mod topic;
mod transport;
mod way;
mod wire;

pub use check::BrokerCheck;
pub use config::{MqttConfig, MqttLimits, MqttLogin, MqttSession, MqttVersion};
pub use server::{MqttBinding, MqttError};
