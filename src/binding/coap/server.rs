//! Listening, answering, and stopping in good order.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;
use tokio::task::{Id, JoinHandle, JoinSet};

use super::exchange::dice::Dice;
use super::exchange::{Endpoint, Output, Ticket};
use super::line::{Line, bind, sleep};
use super::mapping::Incoming;
use super::message::Parts;
use super::{CoapConfig, Shields};
use crate::binding::after::After as _;
use crate::binding::{Answer, Binding, BindingLimits, BoxFuture, Door, Identities, Listening, Proven};
use crate::error::Error;
use crate::primitive::{Access, Response};

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum CoapServeError {
    /// The configuration asks for unencrypted CoAP on an address that other machines reach.
    #[error(
        "{0} is not a loopback address and this is unencrypted CoAP: use coaps, listen on 127.0.0.1, or set \
         allow_plaintext to accept that originators and content can be read and forged on the way"
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

/// A running server. [`CoapServer::shutdown`] stops it and waits; dropping it stops it in the same order, without a deadline
/// and without waiting.
#[derive(Debug)]
pub struct CoapServer {
    scheme: &'static str,
    addresses: Vec<SocketAddr>,
    closing: watch::Sender<bool>,
    sockets: Vec<JoinHandle<()>>,
}

/// Starts a CoAP server in front of a door, on the tokio runtime that this is called on.
///
/// # Errors
/// [`CoapServeError`], with the remedy in its text. Either every address is served or none.
#[allow(clippy::unused_async, reason = "sockets are of a runtime, which a future is sure to have")]
pub async fn serve(door: Arc<dyn Door>, config: CoapConfig) -> Result<CoapServer, CoapServeError> {
    let scheme = config.scheme();
    let shields = config.shields.unwrap_or_default();
    if let Some(open) = config.addresses.iter().find(|address| !address.ip().is_loopback())
        && scheme == "coap"
        && !config.allow_plaintext
    {
        return Err(CoapServeError::Plaintext(*open));
    }
    let mut bound = Vec::new();
    for address in &config.addresses {
        let listen = |source| CoapServeError::Listen { address: *address, source };
        let socket = bind(*address).map_err(listen)?;
        bound.push((socket.local_addr().map_err(listen)?, socket));
    }
    if bound.is_empty() {
        return Err(CoapServeError::NoAddress);
    }
    let (closing, closed) = watch::channel(false);
    let addresses = bound.iter().map(|(address, _)| *address).collect();
    let sockets = bound.into_iter().map(|(address, socket)| {
        tracing::info!(%address, dtls = scheme == "coaps", "listening for CoAP");
        let endpoint = Endpoint::new(config.limits.clone(), Dice::random(), true);
        let line = Line::new(socket, Shields::make(&shields), endpoint);
        let (door, identities) = (Arc::clone(&door), config.identities.clone());
        let host = Host { line, door, identities, tasks: JoinSet::new(), tickets: HashMap::new() };
        tokio::spawn(host.run(closed.clone()))
    });
    Ok(CoapServer { scheme, addresses, sockets: sockets.collect(), closing })
}

impl CoapServer {
    /// Where the server listens, with the ports that the system chose.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops: turns new requests away, lets those that are under way be answered and their answers be acknowledged until
    /// the deadline, then closes. `true` when nothing was cut off.
    pub async fn shutdown(self, deadline: Duration) -> bool {
        self.closing.send_replace(true);
        let until = tokio::time::Instant::now().after(deadline);
        let mut in_time = true;
        for mut socket in self.sockets {
            if tokio::time::timeout_at(until, &mut socket).await.is_err() {
                in_time = false;
                socket.abort();
            }
        }
        in_time
    }
}

/// One socket, and who answers what comes in at it.
struct Host {
    line: Line,
    door: Arc<dyn Door>,
    identities: Identities,
    /// Requests that are being answered.
    tasks: JoinSet<(Ticket, Option<Parts>)>,
    tickets: HashMap<Id, Ticket>,
}

impl Host {
    async fn run(mut self, mut closing: watch::Receiver<bool>) {
        let mut is_closing = false;
        loop {
            if is_closing && self.tasks.is_empty() && self.line.endpoint.is_idle() {
                self.line.close();
                self.line.flush().await;
                return;
            }
            tokio::select! {
                // The sender may be gone as well: then nobody serves any more.
                () = async { drop(closing.wait_for(|closing| *closing).await) }, if !is_closing => {
                    is_closing = true;
                    self.line.endpoint.close();
                }
                Some(done) = self.tasks.join_next_with_id() => {
                    // A door that panicked leaves a request without an answer.
                    let (id, answer) = match done {
                        Ok((id, (_, answer))) => (id, answer),
                        Err(error) => (error.id(), None),
                    };
                    if let Some(ticket) = self.tickets.remove(&id) {
                        self.line.with(|endpoint, now, out| endpoint.respond(now, ticket, answer, out));
                    }
                }
                ready = self.line.socket.readable() => if ready.is_ok() { self.line.read() },
                () = sleep(self.line.next_due()) => self.line.due(),
            }
            for output in self.line.take() {
                if let Output::Request(ticket, peer, parts, proven) = output {
                    self.answer(ticket, peer, &parts, proven.as_ref());
                }
            }
            self.line.flush().await;
        }
    }

    /// Hands a request in.
    fn answer(&mut self, ticket: Ticket, peer: SocketAddr, parts: &Parts, proven: Option<&Proven>) {
        let is_attribute = |name: &str| self.door.is_query_attribute(name);
        let (Incoming { mut request, reply }, verdict) = Incoming::read(parts, is_attribute, self.door.registry());
        request.access = Access { ip: Some(peer.ip().to_canonical()), authenticated: false, connection: None };
        let verdict = verdict.and_then(|()| self.identities.admit(proven, &mut request));
        if let Err(rejection) = verdict {
            let answer = reply.reject(&rejection, &request, self.door.registry());
            return self.respond(ticket, answer);
        }
        let identifier = request.request_identifier.clone();
        // Whatever it says, it is the response to this request.
        let spell = move |mut response: Response, door: &dyn Door| {
            response.request_identifier = identifier;
            reply.answer(&response, door.registry())
        };
        match self.door.request(request) {
            Answer::Now(response) => {
                let answer = spell(response, &*self.door);
                self.respond(ticket, answer);
            }
            Answer::Later(response) => {
                let door = Arc::clone(&self.door);
                let task = self.tasks.spawn(async move { (ticket, spell(response.await, &*door)) });
                self.tickets.insert(task.id(), ticket);
            }
        }
    }

    fn respond(&mut self, ticket: Ticket, answer: Option<Parts>) {
        self.line.with(|endpoint, now, out| endpoint.respond(now, ticket, answer, out));
    }
}

impl Binding for CoapConfig {
    fn serve(self: Box<Self>, door: Arc<dyn Door>) -> BoxFuture<Result<Box<dyn Listening>, Error>> {
        Box::pin(async move {
            match serve(door, *self).await {
                Ok(server) => Ok(Box::new(server) as Box<dyn Listening>),
                Err(error) => Err(Error::Binding { doing: "starting CoAP".into(), reason: error.to_string() }),
            }
        })
    }

    fn limits(&self) -> BindingLimits {
        // Each socket counts by itself.
        BindingLimits { in_flight: None }
    }
}

impl Listening for CoapServer {
    fn addresses(&self) -> Vec<String> {
        self.addresses.iter().map(|address| format!("{}://{address}", self.scheme)).collect()
    }

    fn stop(self: Box<Self>, deadline: Duration) -> BoxFuture<()> {
        Box::pin(async move {
            if !self.shutdown(deadline).await {
                tracing::warn!("some CoAP requests were cut off by the deadline");
            }
        })
    }
}
