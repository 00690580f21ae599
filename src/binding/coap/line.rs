//! A socket with a shield and an endpoint: what has come goes in, what is to be sent goes out.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use tokio::net::UdpSocket;

use super::exchange::{Endpoint, Output};
use super::shield::{Shield, Shielded};

/// Datagrams that are read before anything else is looked at.
const BATCH: usize = 64;

/// The largest datagram that there is.
const DATAGRAM: usize = 65_535;

/// One socket. Its owner waits for it, and carries out what it says.
pub(super) struct Line {
    pub socket: UdpSocket,
    pub endpoint: Endpoint,
    shield: Box<dyn Shield>,
    /// What the endpoint said; sending is done already when the owner sees it.
    outputs: Vec<Output>,
    shielded: Vec<Shielded>,
    to_send: Vec<(SocketAddr, Vec<u8>)>,
    buffer: Vec<u8>,
}

/// The time, on the clock of the runtime.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Line {
    pub fn new(socket: UdpSocket, shield: Box<dyn Shield>, endpoint: Endpoint) -> Self {
        let buffer = vec![0; DATAGRAM];
        let (outputs, shielded, to_send) = (Vec::new(), Vec::new(), Vec::new());
        Self { socket, endpoint, shield, outputs, shielded, to_send, buffer }
    }

    /// When something falls due, if anything.
    pub fn next_due(&self) -> Option<tokio::time::Instant> {
        let due = self.endpoint.next_due().into_iter().chain(self.shield.next_due()).min();
        due.map(tokio::time::Instant::from_std)
    }

    /// Does what has become due.
    pub fn due(&mut self) {
        let now = now();
        self.endpoint.due(now, &mut self.outputs);
        self.shield.due(now, &mut self.shielded);
        self.sort(now);
    }

    /// Reads what has come.
    pub fn read(&mut self) {
        let now = now();
        for _ in 0..BATCH {
            match self.socket.try_recv_from(&mut self.buffer) {
                Ok((length, peer)) => {
                    let datagram = self.buffer.get(..length).unwrap_or_default();
                    self.shield.received(now, peer, datagram, &mut self.shielded);
                    self.sort(now);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // What went wrong with a datagram that was sent before; there is nothing to be done about it.
                Err(error) => tracing::debug!(%error, "a datagram did not arrive"),
            }
        }
    }

    /// Lets the owner talk to the endpoint. What it says is carried out.
    pub fn with<T>(&mut self, talk: impl FnOnce(&mut Endpoint, Instant, &mut Vec<Output>) -> T) -> T {
        let now = now();
        let said = talk(&mut self.endpoint, now, &mut self.outputs);
        self.sort(now);
        said
    }

    /// The host that is at an address, as a URL names it.
    pub fn expect(&mut self, peer: SocketAddr, host: &str) {
        self.shield.expect(peer, host);
    }

    /// What the owner has to carry out.
    pub fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// Says goodbye.
    pub fn close(&mut self) {
        self.shield.close(now(), &mut self.shielded);
        self.sort(now());
    }

    /// Hands what one says to the other, until only what is for the owner is left.
    fn sort(&mut self, now: Instant) {
        loop {
            for shielded in std::mem::take(&mut self.shielded) {
                match shielded {
                    Shielded::Transmit(peer, bytes) => self.to_send.push((peer, bytes)),
                    Shielded::Deliver { peer, bytes, proven } => {
                        self.endpoint.received(now, peer, &bytes, proven, &mut self.outputs);
                    }
                    Shielded::Gone(peer, reason) => {
                        tracing::debug!(%peer, reason, "a security association is over");
                        self.endpoint.gone(now, peer, &mut self.outputs);
                    }
                }
            }
            let shield = &mut self.shield;
            let shielded = &mut self.shielded;
            self.outputs.retain(|output| match output {
                Output::Send(peer, bytes) => {
                    shield.send(now, *peer, bytes, shielded);
                    false
                }
                Output::Request(..) | Output::Outcome(..) => true,
            });
            if self.shielded.is_empty() {
                return;
            }
        }
    }

    /// Sends what is to be sent.
    pub async fn flush(&mut self) {
        for (peer, bytes) in self.to_send.drain(..) {
            let sent = match self.socket.try_send_to(&bytes, peer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.socket.send_to(&bytes, peer).await,
                sent => sent,
            };
            if let Err(error) = sent {
                tracing::debug!(%peer, %error, "a datagram was not sent");
            }
        }
    }
}

/// Waits until then; for ever, when there is nothing to wait for.
pub(super) async fn sleep(until: Option<tokio::time::Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// A socket at that address. One for IPv6 takes nothing else, so that both can have the same port.
pub(super) fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Room for a burst; less is no reason not to serve.
    let _ = socket.set_recv_buffer_size(1024 * 1024);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}
