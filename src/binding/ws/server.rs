//! Listening, accepting, and stopping in good order.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

use super::{WsClient, WsConfig, connection};
use crate::binding::{Binding, BindingLimits, BoxFuture, Caller, Door, Listening};
use crate::error::Error;
use crate::schema::Registry;

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum WsServeError {
    /// The configuration asks for unencrypted WebSocket on an address that other machines reach.
    #[error(
        "{0} is not a loopback address and this is unencrypted WebSocket: give it a certificate (tls), put TLS in \
         front of the CSE and listen on 127.0.0.1, or set allow_plaintext to accept that originators and content can be read on the way"
    )]
    Plaintext(SocketAddr),
    /// The configuration names no address.
    #[error("no address to listen on")]
    NoAddress,
    /// The system does not let us listen there.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// A running server. [`WsServer::shutdown`] stops it and waits; dropping it stops it in the same order, without a deadline
/// and without waiting.
#[derive(Debug)]
pub struct WsServer {
    addresses: Vec<SocketAddr>,
    is_secure: bool,
    closing: watch::Sender<bool>,
    acceptors: Vec<JoinHandle<()>>,
    open: Open,
}

/// The tasks of open connections, by number.
#[derive(Clone, Debug, Default)]
struct Open(Arc<Mutex<(u64, HashMap<u64, AbortHandle>)>>);

impl Open {
    fn lock(&self) -> MutexGuard<'_, (u64, HashMap<u64, AbortHandle>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn len(&self) -> usize {
        self.lock().1.len()
    }
}

/// Takes a connection out of the list, whichever way its task ends.
struct Entry(Open, u64);

impl Drop for Entry {
    fn drop(&mut self) {
        self.0.lock().1.remove(&self.1);
    }
}

struct Shared {
    door: Arc<dyn Door>,
    config: WsConfig,
    open: Open,
}

/// Starts a WebSocket server in front of a door, on the tokio runtime that this is called on.
///
/// # Errors
/// [`WsServeError`], with the remedy in its text. Either every address is served or none.
pub async fn serve(door: Arc<dyn Door>, config: WsConfig) -> Result<WsServer, WsServeError> {
    if let Some(open) = config.addresses.iter().find(|address| !address.ip().is_loopback())
        && !config.allow_plaintext
        && !config.is_secure()
    {
        return Err(WsServeError::Plaintext(*open));
    }
    let mut listeners = Vec::new();
    for address in &config.addresses {
        let listen = |source| WsServeError::Listen { address: *address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        listeners.push((listener.local_addr().map_err(listen)?, listener));
    }
    if listeners.is_empty() {
        return Err(WsServeError::NoAddress);
    }
    let (open, is_secure) = (Open::default(), config.is_secure());
    let shared = Arc::new(Shared { door, config, open: open.clone() });
    let (closing, closed) = watch::channel(false);
    let addresses: Vec<SocketAddr> = listeners.iter().map(|(address, _)| *address).collect();
    let acceptors = listeners
        .into_iter()
        .map(|(address, listener)| {
            tracing::info!(%address, tls = shared.config.is_secure(), "listening for WebSocket");
            tokio::spawn(accept(Arc::clone(&shared), listener, closed.clone()))
        })
        .collect();
    Ok(WsServer { addresses, is_secure, closing, acceptors, open })
}

impl WsServer {
    /// Where the server listens, with the ports that the system chose.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The number of open connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.open.len()
    }

    /// Stops: accepts nothing more, lets requests that are under way be answered until the deadline, says goodbye (1001),
    /// then closes what is left. `true` when nothing was cut off.
    pub async fn shutdown(self, deadline: Duration) -> bool {
        self.closing.send_replace(true);
        for acceptor in self.acceptors {
            // An acceptor ends when it is told; it does not panic.
            let _ = acceptor.await;
        }
        let all_gone = async {
            while self.open.len() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(deadline, all_gone).await.is_ok();
        let left: Vec<AbortHandle> = self.open.lock().1.values().cloned().collect();
        left.iter().for_each(AbortHandle::abort);
        in_time
    }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, closing: watch::Receiver<bool>) {
    let mut told = closing.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = told.wait_for(|closing| *closing) => return,
        };
        match accepted {
            Ok((stream, peer)) => begin(&shared, stream, peer, closing.clone()),
            Err(error) => {
                // Out of file descriptors, most likely: a moment's rest is better than a busy loop.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn begin(shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr, closing: watch::Receiver<bool>) {
    let mut open = shared.open.lock();
    if open.1.len() >= shared.config.limits.connections {
        tracing::debug!(%peer, "too many connections");
        return;
    }
    open.0 = open.0.wrapping_add(1);
    let number = open.0;
    let entry = Entry(shared.open.clone(), number);
    let shared = Arc::clone(shared);
    // The list is locked until the task is in it: it cannot end before.
    let task = tokio::spawn(async move {
        let _entry = entry;
        connection::run(&shared.door, &shared.config, stream, peer, closing).await;
    });
    open.1.insert(number, task.abort_handle());
}

impl Binding for WsConfig {
    fn serve(self: Box<Self>, door: Arc<dyn Door>) -> BoxFuture<Result<Box<dyn Listening>, Error>> {
        Box::pin(async move {
            match serve(door, *self).await {
                Ok(server) => Ok(Box::new(server) as Box<dyn Listening>),
                Err(error) => Err(Error::Binding { doing: "starting WebSocket".into(), reason: error.to_string() }),
            }
        })
    }

    fn caller(&mut self, registry: &Arc<Registry>) -> Option<Arc<dyn Caller>> {
        let client = WsClient::new(self.client.clone()?);
        Some(Arc::new(client.with_registry(Arc::clone(registry))))
    }

    fn limits(&self) -> BindingLimits {
        BindingLimits { in_flight: None }
    }
}

impl Listening for WsServer {
    fn addresses(&self) -> Vec<String> {
        let scheme = if self.is_secure { "wss" } else { "ws" };
        self.addresses.iter().map(|address| format!("{scheme}://{address}")).collect()
    }

    fn stop(self: Box<Self>, deadline: Duration) -> BoxFuture<()> {
        Box::pin(async move {
            if !self.shutdown(deadline).await {
                tracing::warn!("some WebSocket requests were cut off by the deadline");
            }
        })
    }
}
