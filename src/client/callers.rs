//! Who carries requests: the clients of the bindings that this build has, a line for each.

use std::sync::Arc;

use super::{ClientConfig, ClientError};
use crate::binding::Caller;
#[cfg(feature = "coap")]
use crate::binding::coap;
#[cfg(feature = "dtls")]
use crate::binding::dtls::DtlsConfig;
#[cfg(feature = "http")]
use crate::binding::http;
#[cfg(feature = "mqtt")]
use crate::binding::mqtt;
#[cfg(feature = "tls")]
use crate::binding::tls::ClientTls;
#[cfg(feature = "ws")]
use crate::binding::ws;
use crate::schema::Registry;

/// Idle connections are kept for longer than by a CSE: a program asks the same CSE again and again, and that one serves many
/// connections at a time.
#[cfg(feature = "http")]
const IDLE: std::time::Duration = std::time::Duration::from_secs(30);

/// Who the client is for a protocol, and whom it trusts.
#[derive(Default)]
pub(super) struct Credentials {
    #[cfg(feature = "tls")]
    pub tls: Option<ClientTls>,
    #[cfg(feature = "dtls")]
    pub dtls: Option<DtlsConfig>,
    #[cfg(feature = "mqtt")]
    pub mqtt: Option<mqtt::MqttConfig>,
}

/// What callers are made of.
#[allow(dead_code, reason = "which of this is looked at depends on the bindings")]
pub(super) struct Means<'a> {
    pub config: &'a ClientConfig,
    pub registry: &'a Arc<Registry>,
    pub credentials: &'a Credentials,
}

impl Means<'_> {
    /// All callers. None connects before it is asked to.
    ///
    /// # Errors
    /// [`ClientError::Impossible`], when keys or certificates cannot be used.
    pub fn callers(&self) -> Result<Vec<Arc<dyn Caller>>, ClientError> {
        let all: Vec<Option<Arc<dyn Caller>>> = vec![
            #[cfg(feature = "http")]
            Some(Arc::new(self.http())),
            #[cfg(feature = "ws")]
            Some(Arc::new(self.ws())),
            #[cfg(feature = "coap")]
            Some(Arc::new(self.coap(None))),
            #[cfg(feature = "dtls")]
            self.coaps()?,
            #[cfg(feature = "mqtt")]
            Some(Arc::new(self.mqtt())),
        ];
        Ok(all.into_iter().flatten().collect())
    }

    #[cfg(feature = "http")]
    fn http(&self) -> http::HttpClient {
        let config = http::ClientConfig {
            body_bytes: self.config.response_bytes,
            idle_timeout: IDLE,
            #[cfg(feature = "tls")]
            tls: self.credentials.tls.clone(),
            ..http::ClientConfig::default()
        };
        http::HttpClient::new(config).with_registry(Arc::clone(self.registry))
    }

    #[cfg(feature = "ws")]
    fn ws(&self) -> ws::WsClient {
        let config = ws::WsClientConfig {
            message_bytes: self.config.response_bytes,
            #[cfg(feature = "tls")]
            tls: self.credentials.tls.clone(),
            ..ws::WsClientConfig::default()
        };
        ws::WsClient::new(config).with_registry(Arc::clone(self.registry))
    }

    #[cfg(feature = "coap")]
    fn coap(&self, shields: Option<coap::Shields>) -> coap::CoapClient {
        let config = coap::CoapClientConfig {
            body_bytes: self.config.response_bytes,
            // One more than RFC 7252 4.7 begins with: a poll holds one until the CSE acknowledges it, for half a second.
            transmission: coap::Transmission { nstart: 2, ..coap::Transmission::default() },
            shields,
            ..coap::CoapClientConfig::default()
        };
        coap::CoapClient::new(config).with_registry(Arc::clone(self.registry))
    }

    /// Nobody is spoken to inside DTLS without a key or a certificate.
    #[cfg(feature = "dtls")]
    fn coaps(&self) -> Result<Option<Arc<dyn Caller>>, ClientError> {
        let Some(dtls) = self.credentials.dtls.clone() else { return Ok(None) };
        let shields = dtls.client().map_err(|error| ClientError::Impossible(error.to_string()))?;
        Ok(Some(Arc::new(self.coap(Some(shields)))))
    }

    #[cfg(feature = "mqtt")]
    fn mqtt(&self) -> mqtt::MqttClient {
        let mut config = self.credentials.mqtt.clone().unwrap_or_default();
        config.limits.message_bytes = self.config.response_bytes;
        #[cfg(feature = "tls")]
        if config.tls.is_none() {
            config.tls.clone_from(&self.credentials.tls);
        }
        mqtt::MqttClient::new(config).with_registry(Arc::clone(self.registry))
    }
}
