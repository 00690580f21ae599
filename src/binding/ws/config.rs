//! What an operator can choose, and what a stranger can take up.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::WsClientConfig;
use crate::binding::Identities;
#[cfg(feature = "tls")]
use crate::binding::tls::ServerTls;

/// Configuration of the WebSocket server.
#[derive(Clone, Debug)]
pub struct WsConfig {
    /// Where to listen. Port 0 lets the system choose; [`super::WsServer::addresses`] tells which. Default: 127.0.0.1:8180.
    pub addresses: Vec<SocketAddr>,
    /// Serve unencrypted WebSocket to other machines too. Without it, only loopback addresses are accepted. Say `true`
    /// when something in front of the CSE speaks TLS. Without effect where there is [`tls`](Self::tls).
    pub allow_plaintext: bool,
    /// Serve `wss`, and nothing else, at all these addresses. Default: no.
    #[cfg(feature = "tls")]
    pub tls: Option<ServerTls>,
    /// Whom the holders of client certificates may speak for. Beyond: 4106. Who may speak for one AE alone is reached over
    /// the connection as soon as it is open. Without rules, and for whoever shows no certificate, a connection says nothing
    /// about originators. Default: none.
    pub identities: Identities,
    /// How this CSE calls others over WebSocket. Default: none of its own, so that whoever calls already goes on.
    pub client: Option<WsClientConfig>,
    /// Origins whose web pages may connect, such as `https://dashboard.example.com`; `*` for all. A browser lets any page
    /// open a WebSocket to anywhere, also to this machine, and only says where the page came from. Beyond: HTTP 403.
    /// Default: none.
    pub origins: Vec<String>,
    /// What a stranger can take up.
    pub limits: WsLimits,
}

impl Default for WsConfig {
    fn default() -> Self {
        Self {
            addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8180))],
            allow_plaintext: false,
            #[cfg(feature = "tls")]
            tls: None,
            identities: Identities::default(),
            client: None,
            origins: Vec::new(),
            limits: WsLimits::default(),
        }
    }
}

impl WsConfig {
    /// Whether nobody on the way can read along.
    pub(super) const fn is_secure(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }
}

/// Limits of the WebSocket server. Each names the abuse that it stops.
#[derive(Clone, Debug)]
pub struct WsLimits {
    /// Connections at a time. Stops a flood from taking every file descriptor. Beyond: accepted and closed at once.
    /// Default: 10,000.
    pub connections: usize,
    /// Bytes of a message. Stops one message from filling the memory. Beyond: closed with 1009. Default: 1 MiB.
    pub message_bytes: usize,
    /// Bytes of a handshake. Stops endless headers. Beyond: HTTP 431. At least 8 KiB. Default: 16 KiB.
    pub head_bytes: usize,
    /// Requests of one connection that are answered at a time. Stops one peer from being many. Beyond: nothing more is
    /// read until one of them is answered, so the peer waits. Default: 32.
    pub in_flight: usize,
    /// Time for the handshake, with that of TLS where there is one. Stops connections that never become any. Beyond: closed. Default: 10 s.
    pub handshake_timeout: Duration,
    /// Time from the handshake to the first primitive. Stops strangers that hold connections and say nothing. Beyond:
    /// closed with 1008. Default: 30 s.
    pub first_message_timeout: Duration,
    /// A peer that says nothing for so long is asked whether it is there. Default: 30 s.
    pub ping_interval: Duration,
    /// Time for its answer. Stops the dead from being kept. Beyond: closed. Default: 10 s.
    pub pong_timeout: Duration,
    /// Time for a message of ours to be taken. Stops peers that ask and do not read. Beyond: closed. Default: 10 s.
    pub write_timeout: Duration,
}

impl Default for WsLimits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            message_bytes: 1024 * 1024,
            head_bytes: 16 * 1024,
            in_flight: 32,
            handshake_timeout: Duration::from_secs(10),
            first_message_timeout: Duration::from_secs(30),
            ping_interval: Duration::from_secs(30),
            pong_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
        }
    }
}
