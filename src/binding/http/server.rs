//! Listening, accepting, and stopping in good order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::pulse::Pulses;
use super::rate::Rate;
use super::service::Shared;
use super::{Door, HttpClient, HttpConfig, connection};
use crate::binding::{BindingLimits, BoxFuture, Caller, Listening};
use crate::error::Error;
use crate::schema::Registry;

/// How often the sweeper looks for connections that take too long.
const SWEEP: Duration = Duration::from_millis(250);

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The configuration asks for unencrypted HTTP on an address that other machines reach.
    #[error(
        "{0} is not a loopback address and this is unencrypted HTTP: give it a certificate (tls), put TLS in front \
         of the CSE and listen on 127.0.0.1, or set allow_plaintext to accept that originators and content can be read on the way"
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

/// A running server. [`HttpServer::shutdown`] stops it and waits; dropping it stops it in the same order, without a
/// deadline and without waiting.
#[derive(Debug)]
pub struct HttpServer {
    addresses: Vec<SocketAddr>,
    closing: watch::Sender<bool>,
    acceptors: Vec<JoinHandle<()>>,
    sweeper: JoinHandle<()>,
    shared: SharedHandle,
}

struct SharedHandle(Arc<Shared>);

impl std::fmt::Debug for SharedHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.config.fmt(f)
    }
}

/// Starts an HTTP server in front of a door, on the tokio runtime that this is called on.
///
/// # Errors
/// [`ServeError`], with the remedy in its text. Either every address is served or none.
pub async fn serve(door: Arc<dyn Door>, config: HttpConfig) -> Result<HttpServer, ServeError> {
    if let Some(open) = config.addresses.iter().find(|address| !address.ip().is_loopback())
        && !config.allow_plaintext
        && !config.is_secure()
    {
        return Err(ServeError::Plaintext(*open));
    }
    let mut listeners = Vec::new();
    for address in &config.addresses {
        let listen = |source| ServeError::Listen { address: *address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        listeners.push((listener.local_addr().map_err(listen)?, listener));
    }
    if listeners.is_empty() {
        return Err(ServeError::NoAddress);
    }
    let rate = config.limits.rate.map(Rate::new);
    let shared = Arc::new(Shared { door, config, pulses: Pulses::new(), rate, in_flight: AtomicUsize::new(0) });
    let (closing, closed) = watch::channel(false);
    let addresses: Vec<SocketAddr> = listeners.iter().map(|(address, _)| *address).collect();
    let acceptors = listeners
        .into_iter()
        .map(|(address, listener)| {
            tracing::info!(%address, tls = shared.config.is_secure(), "listening for HTTP");
            tokio::spawn(accept(Arc::clone(&shared), listener, closed.clone()))
        })
        .collect();
    let sweeper = tokio::spawn(sweep(Arc::clone(&shared), closed));
    Ok(HttpServer { addresses, closing, acceptors, sweeper, shared: SharedHandle(shared) })
}

impl HttpServer {
    /// Where the server listens, with the ports that the system chose.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The number of open connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.0.pulses.len()
    }

    /// Stops: accepts nothing more, lets requests that are under way be answered until the deadline, then closes what
    /// is left. `true` when nothing was cut off.
    pub async fn shutdown(self, deadline: Duration) -> bool {
        self.closing.send_replace(true);
        for acceptor in self.acceptors {
            // An acceptor ends when it is told; it does not panic.
            let _ = acceptor.await;
        }
        let pulses = &self.shared.0.pulses;
        let all_gone = async {
            while pulses.len() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(deadline, all_gone).await.is_ok();
        pulses.close_all();
        self.sweeper.abort();
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
    if shared.pulses.len() >= shared.config.limits.connections {
        tracing::debug!(%peer, "too many connections");
        return;
    }
    // Answers are small and leave in one write; waiting for more to send would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    let (pulse, number) = shared.pulses.open();
    let task = {
        let (shared, pulse) = (Arc::clone(shared), Arc::clone(&pulse));
        tokio::spawn(async move {
            connection::serve(Arc::clone(&shared), stream, peer, pulse, closing).await;
            shared.pulses.forget(number);
        })
    };
    shared.pulses.watch(number, pulse, task.abort_handle());
}

async fn sweep(shared: Arc<Shared>, closing: watch::Receiver<bool>) {
    let mut interval = tokio::time::interval(SWEEP);
    loop {
        interval.tick().await;
        shared.pulses.sweep(&shared.config.limits);
        // The server has been dropped, and its last connection is gone.
        if closing.has_changed().is_err() && shared.pulses.len() == 0 {
            return;
        }
    }
}

impl crate::binding::Binding for HttpConfig {
    fn serve(self: Box<Self>, door: Arc<dyn Door>) -> BoxFuture<Result<Box<dyn Listening>, Error>> {
        Box::pin(async move {
            match serve(door, *self).await {
                Ok(server) => Ok(Box::new(server) as Box<dyn Listening>),
                Err(error) => Err(Error::Binding { doing: "starting HTTP".into(), reason: error.to_string() }),
            }
        })
    }

    fn caller(&mut self, registry: &Arc<Registry>) -> Option<Arc<dyn Caller>> {
        let client = HttpClient::new(self.client.clone()?);
        Some(Arc::new(client.with_registry(Arc::clone(registry))))
    }

    fn limits(&self) -> BindingLimits {
        BindingLimits { in_flight: None }
    }
}

impl Listening for HttpServer {
    fn addresses(&self) -> Vec<String> {
        let scheme = if self.shared.0.config.is_secure() { "https" } else { "http" };
        self.addresses.iter().map(|address| format!("{scheme}://{address}")).collect()
    }

    fn stop(self: Box<Self>, deadline: Duration) -> BoxFuture<()> {
        Box::pin(async move {
            if !self.shutdown(deadline).await {
                tracing::warn!("some HTTP requests were cut off by the deadline");
            }
        })
    }
}
