//! What an operator can choose.

use std::net::{Ipv4Addr, SocketAddr};

use super::{ClientConfig, Limits};
use crate::binding::Identities;
#[cfg(feature = "tls")]
use crate::binding::tls::ServerTls;

/// Configuration of the HTTP server.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Where to listen. Port 0 lets the system choose; [`super::HttpServer::addresses`] tells which. Default: 127.0.0.1:8080.
    pub addresses: Vec<SocketAddr>,
    /// Serve unencrypted HTTP to other machines too. Without it, only loopback addresses are accepted: originators and
    /// tokens in clear text are anybody's who listens. Say `true` when something in front of the CSE speaks TLS.
    /// Without effect where there is [`tls`](Self::tls).
    pub allow_plaintext: bool,
    /// Serve HTTPS, and nothing else, at all these addresses. Clients choose between HTTP/2 and HTTP/1.1 in the handshake
    /// (ALPN). Default: no.
    #[cfg(feature = "tls")]
    pub tls: Option<ServerTls>,
    /// Whom the holders of client certificates may speak for. Beyond: 4106. Without rules, and for whoever shows no
    /// certificate, a connection says nothing about originators. Default: none.
    pub identities: Identities,
    /// How this CSE calls others over HTTP. Default: none of its own, so that whoever calls already goes on.
    pub client: Option<ClientConfig>,
    /// What a stranger can take up.
    pub limits: Limits,
    /// Origins whose web pages may read answers, such as `https://dashboard.example.com`; `*` for all. Default: none.
    pub cors_origins: Vec<String>,
    /// Answer the commands of a test system, to loopback peers only. They can erase the CSE; and behind a proxy on the
    /// same machine, everybody is a loopback peer. Default: no.
    pub upper_tester: bool,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))],
            allow_plaintext: false,
            #[cfg(feature = "tls")]
            tls: None,
            identities: Identities::default(),
            client: None,
            limits: Limits::default(),
            cors_origins: Vec::new(),
            upper_tester: false,
        }
    }
}

impl HttpConfig {
    /// Whether nobody on the way can read along.
    pub(super) const fn is_secure(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }
}
