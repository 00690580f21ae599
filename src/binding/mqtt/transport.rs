//! What carries MQTT, or the WebSocket that it is in, to a broker: TCP, alone or with TLS in it.

use super::broker::Broker;
use super::config::MqttConfig;
#[cfg(feature = "tls")]
use crate::binding::tls::{ClientTls, Dialer};

/// What carries the packets of one connection after another.
#[derive(Clone, Debug)]
pub(super) enum Transport {
    /// TCP.
    Plain,
    /// TLS over TCP. Each connection uses the certificates that are there when it is made.
    #[cfg(feature = "tls")]
    Tls(ClientTls),
}

/// Finds transports.
#[derive(Clone, Debug)]
pub(super) struct Transports {
    #[cfg(feature = "tls")]
    dialer: Dialer,
}

impl Transports {
    /// As an operator has chosen.
    #[cfg_attr(not(feature = "tls"), allow(unused_variables, reason = "there is nothing to choose"))]
    pub fn new(config: &MqttConfig) -> Self {
        Self {
            #[cfg(feature = "tls")]
            dialer: Dialer::new(config.tls.clone()),
        }
    }

    /// What carries MQTT to that broker.
    ///
    /// # Errors
    /// A sentence, when it wants TLS and there is none, or nobody to trust.
    pub async fn to(&self, broker: &Broker) -> Result<Transport, String> {
        if !broker.tls {
            return Ok(Transport::Plain);
        }
        if broker.web.is_none() && broker.host.contains(':') {
            // The MQTT client cannot tell an IPv6 address from a name that it is to find in a certificate.
            return Err(format!("{broker}: expected a name or an IPv4 address where TLS is wanted"));
        }
        #[cfg(feature = "tls")]
        return self.dialer.client().await.map(Transport::Tls);
        #[cfg(not(feature = "tls"))]
        Err(format!("{broker}: this build has no TLS"))
    }
}

impl Transport {
    /// As the MQTT client takes it.
    pub fn of_client(&self) -> rumqttc::Transport {
        match self {
            Self::Plain => rumqttc::Transport::Tcp,
            #[cfg(feature = "tls")]
            Self::Tls(tls) => rumqttc::Transport::Tls(rumqttc::TlsConfiguration::Rustls(tls.rustls())),
        }
    }
}
