//! What an operator can choose.

use std::net::{Ipv4Addr, SocketAddr};

use super::Limits;

/// Configuration of the HTTP server.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Where to listen. Port 0 lets the system choose; [`super::HttpServer::addresses`] tells which. Default: 127.0.0.1:8080.
    pub addresses: Vec<SocketAddr>,
    /// Serve unencrypted HTTP to other machines too. Without it, only loopback addresses are accepted: originators and
    /// tokens in clear text are anybody's who listens. Say `true` when something in front of the CSE speaks TLS.
    pub allow_plaintext: bool,
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
            limits: Limits::default(),
            cors_origins: Vec::new(),
            upper_tester: false,
        }
    }
}
