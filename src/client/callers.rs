//! Who carries requests: the clients of the bindings that this build has, a line for each.

use std::sync::Arc;

use super::ClientConfig;
use crate::binding::Caller;
#[cfg(feature = "http")]
use crate::binding::http;
#[cfg(feature = "tls")]
use crate::binding::tls::ClientTls;
#[cfg(feature = "ws")]
use crate::binding::ws;
use crate::schema::Registry;

/// Idle connections are kept for longer than by a CSE: a program asks the same CSE again and again, and that one serves many
/// connections at a time.
#[cfg(feature = "http")]
const IDLE: std::time::Duration = std::time::Duration::from_secs(30);

/// What callers are made of.
#[cfg_attr(not(any(feature = "http", feature = "ws")), expect(dead_code, reason = "no binding, no callers"))]
pub(super) struct Means<'a> {
    pub config: &'a ClientConfig,
    pub registry: &'a Arc<Registry>,
    #[cfg(feature = "tls")]
    pub tls: &'a Option<ClientTls>,
}

impl Means<'_> {
    /// All callers. None connects before it is asked to.
    pub fn callers(&self) -> Vec<Arc<dyn Caller>> {
        vec![
            #[cfg(feature = "http")]
            Arc::new(self.http()),
            #[cfg(feature = "ws")]
            Arc::new(self.ws()),
        ]
    }

    #[cfg(feature = "http")]
    fn http(&self) -> http::HttpClient {
        let config = http::ClientConfig {
            body_bytes: self.config.response_bytes,
            idle_timeout: IDLE,
            #[cfg(feature = "tls")]
            tls: self.tls.clone(),
            ..http::ClientConfig::default()
        };
        http::HttpClient::new(config).with_registry(Arc::clone(self.registry))
    }

    #[cfg(feature = "ws")]
    fn ws(&self) -> ws::WsClient {
        let config = ws::WsClientConfig { message_bytes: self.config.response_bytes, ..ws::WsClientConfig::default() };
        ws::WsClient::new(config).with_registry(Arc::clone(self.registry))
    }
}
