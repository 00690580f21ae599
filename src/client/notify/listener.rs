//! A listener of the client's own.

use std::sync::Arc;
use std::time::Duration;

use super::Inbox;
use crate::binding::{Binding, Listening};
use crate::client::ClientError;
use crate::value::SmolStr;

#[cfg(feature = "http")]
use crate::binding::http::HttpConfig;

/// Where notifications go; a resource has a name, and this is ours.
const PATH: &str = "notifications";

/// Where a program listens for notifications, and under which URL the CSE reaches it.
///
/// With feature `http`, [`Listener::default`] is an HTTP server on a port of 127.0.0.1 that the system chooses: enough for a CSE
/// on the same machine.
#[derive(Clone)]
pub struct Listener {
    make: Arc<dyn Fn() -> Box<dyn Binding> + Send + Sync>,
    /// Whether the binding tells when the CSE does not wait any more.
    tells: bool,
    url: Option<SmolStr>,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Listener {
    /// Listens with any binding that serves: `CoapConfig`, `WsConfig`, one of your own. For HTTP there is [`Listener::http`].
    pub fn new(binding: impl Binding + Clone + Sync) -> Self {
        Self { make: Arc::new(move || Box::new(binding.clone())), tells: false, url: None }
    }

    /// Listens with an HTTP server.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn http(config: HttpConfig) -> Self {
        Self { tells: true, ..Self::new(config) }
    }

    /// The URL by which the CSE reaches it, such as `http://sensor.local:9000`. Default: the address that it listens on.
    #[must_use]
    pub fn at(mut self, url: impl Into<SmolStr>) -> Self {
        self.url = Some(url.into());
        self
    }
}

#[cfg(feature = "http")]
impl Default for Listener {
    fn default() -> Self {
        let addresses = vec![std::net::SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0))];
        Self::http(HttpConfig { addresses, ..HttpConfig::default() })
    }
}

/// A listener that runs, until it is dropped.
pub(super) struct Open {
    _server: Box<dyn Listening>,
    pub url: SmolStr,
}

impl Open {
    pub async fn start(inbox: &Arc<Inbox>, listener: &Listener, patience: Duration) -> Result<Self, ClientError> {
        let impossible = |reason: String| ClientError::Impossible(format!("cannot listen for notifications: {reason}"));
        // Where the CSE is heard giving up, nothing else needs to end the wait.
        let door = inbox.door((!listener.tells).then_some(patience));
        let server = (listener.make)().serve(door).await.map_err(|error| impossible(error.to_string()))?;
        let listening = server.addresses().into_iter().next().map(SmolStr::from);
        let url = listener.url.clone().or(listening).ok_or_else(|| impossible("there is no address".to_owned()))?;
        if url.contains("://0.0.0.0:") || url.contains("://[::]:") {
            return Err(impossible(format!("{url} is no address to be called at; say which is: Listener::at")));
        }
        // TS-0020 6.2.2.1: a WebSocket has no resources behind it.
        let path = if url.starts_with("ws") { "" } else { PATH };
        Ok(Self { _server: server, url: format!("{}/{path}", url.trim_end_matches('/')).into() })
    }
}
