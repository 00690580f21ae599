//! Who carries requests: the clients of the bindings that this build has, a line for each.

use std::sync::Arc;

use super::ClientConfig;
use crate::binding::Caller;
#[cfg(feature = "http")]
use crate::binding::http;
#[cfg(feature = "ws")]
use crate::binding::ws;

/// Idle connections are kept for longer than by a CSE: a program asks the same CSE again and again, and that one serves many
/// connections at a time.
#[cfg(feature = "http")]
const IDLE: std::time::Duration = std::time::Duration::from_secs(30);

/// All of them. None connects before it is asked to.
pub(super) fn own(config: &ClientConfig) -> Vec<Arc<dyn Caller>> {
    let _ = config;
    vec![
        #[cfg(feature = "http")]
        Arc::new(http::HttpClient::new(http::ClientConfig {
            body_bytes: config.response_bytes,
            idle_timeout: IDLE,
            ..http::ClientConfig::default()
        })),
        #[cfg(feature = "ws")]
        Arc::new(ws::WsClient::new(ws::WsClientConfig {
            message_bytes: config.response_bytes,
            ..ws::WsClientConfig::default()
        })),
    ]
}
