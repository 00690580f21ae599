//! A listener of the client's own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::Inbox;
use crate::binding::http::{HttpConfig, HttpServer, serve};
use crate::client::ClientError;
use crate::value::SmolStr;

/// Where notifications go; a resource has a name, and this is ours.
const PATH: &str = "notifications";

/// Configuration of a listener for notifications.
#[derive(Clone, Debug)]
pub struct ListenerConfig {
    /// The HTTP server. Default: [`HttpConfig`]'s, on a port of 127.0.0.1 that the system chooses.
    pub http: HttpConfig,
    /// The URL by which the CSE reaches it, such as `http://sensor.local:9000`. Default: the address that it listens on, which
    /// serves a CSE on the same machine.
    pub url: Option<SmolStr>,
}

impl Default for ListenerConfig {
    fn default() -> Self {
        let addresses = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
        Self { http: HttpConfig { addresses, ..HttpConfig::default() }, url: None }
    }
}

/// A listener that runs, until it is dropped.
pub(super) struct Listener {
    _server: HttpServer,
    pub url: SmolStr,
}

impl Listener {
    pub async fn start(inbox: &Arc<Inbox>, config: &ListenerConfig) -> Result<Self, ClientError> {
        let impossible = |reason: String| ClientError::Impossible(format!("cannot listen for notifications: {reason}"));
        // HTTP tells when the CSE has given up: nothing else needs to end the wait.
        let server =
            serve(inbox.door(None), config.http.clone()).await.map_err(|error| impossible(error.to_string()))?;
        let url = match (&config.url, server.addresses().first()) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(address)) if address.ip().is_unspecified() => {
                return Err(impossible(format!("{address} is no address to be called at; say which URL is")));
            }
            (None, Some(address)) => format!("http://{address}"),
            (None, None) => return Err(impossible("there is no address".to_owned())),
        };
        Ok(Self { _server: server, url: format!("{url}/{PATH}").into() })
    }
}
