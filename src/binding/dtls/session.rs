//! One association, from its handshake to its end.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use dimpl::{Dtls, Output};
use rustls_pki_types::ServerName;

use super::credentials::{Credentials, Way};
use super::end::{Alert, End};
use super::hello::{Hello, renumbered};
use super::keys::{Asked, asked};
use super::trust::Shown;
use super::vouch::vouching;
use crate::binding::Proven;
use crate::binding::coap::shield::Shielded;
use crate::value::SmolStr;

/// What a session needs of its shield, while it does something.
pub(super) struct Work<'a> {
    pub(super) now: Instant,
    pub(super) peer: SocketAddr,
    pub(super) credentials: &'a Credentials,
    /// Room for a record.
    pub(super) room: &'a mut Vec<u8>,
    pub(super) out: &'a mut Vec<Shielded>,
}

/// An association, or a handshake that may become one.
pub(super) struct Session {
    dtls: Dtls,
    way: Way,
    /// Whom a client expects; a server expects nobody.
    expected: Option<ServerName<'static>>,
    /// The random bytes of the hello that it began with, on a server.
    hello: Vec<u8>,
    /// Who the peer says to be, in a handshake by key.
    asked: Option<Asked>,
    proven: Option<Proven>,
    waiting: VecDeque<Vec<u8>>,
    /// Since when this side has been speaking without hearing anything.
    unanswered: Option<Instant>,
    /// When a flight is to be said again, or the handshake is over.
    pub(super) next: Instant,
    pub(super) is_connected: bool,
    pub(super) is_closed: bool,
}

impl Session {
    /// A server's, for a hello whose cookie was found good. It answers at once.
    pub(super) fn answering(
        work: &mut Work<'_>,
        way: Way,
        hello: &Hello<'_>,
        cookie: [u8; 32],
        datagram: &[u8],
    ) -> Result<Self, End> {
        let mut session = Self::new(work, way)?;
        session.hello = hello.random.to_vec();
        session.dtls.handle_timeout(work.now)?;
        // The hellos before this one were answered without a session. It has to count them all the same.
        for sequence in 0..hello.sequence {
            session.take(&renumbered(datagram, sequence))?;
            session.forget(work.room);
        }
        vouching(cookie, || session.take(datagram))?;
        session.drain(work)?;
        Ok(session)
    }

    /// A client's. It says hello at once.
    pub(super) fn greeting(work: &mut Work<'_>, expected: ServerName<'static>) -> Result<Self, End> {
        let unable = || End::silent("this side has neither a key nor a certificate for that server");
        let way = work.credentials.own_way(&expected).ok_or_else(unable)?;
        let mut session = Self::new(work, way)?;
        session.expected = Some(expected);
        session.dtls.set_active(true);
        session.dtls.handle_timeout(work.now)?;
        session.drain(work)?;
        Ok(session)
    }

    fn new(work: &Work<'_>, way: Way) -> Result<Self, End> {
        let unable = || End::told(Alert::HandshakeFailure, "this side has neither key nor certificate for it");
        let dtls = work.credentials.open(way, work.now).ok_or_else(unable)?;
        let (hello, waiting) = (Vec::new(), VecDeque::new());
        let (asked, proven, expected) = (None, None, None);
        Ok(Self {
            dtls,
            way,
            expected,
            hello,
            asked,
            proven,
            waiting,
            unanswered: None,
            next: work.now,
            is_connected: false,
            is_closed: false,
        })
    }

    /// Whether it began with this hello.
    pub(super) fn began_with(&self, hello: &Hello<'_>) -> bool {
        self.hello == hello.random
    }

    /// Whether what it reaches is what is expected at its address now. Who has the same key is expected.
    pub(super) fn is_for(&self, expected: &ServerName<'static>, credentials: &Credentials) -> bool {
        let is_same = self.expected.as_ref().is_none_or(|own| own == expected);
        is_same || (self.way != Way::Certificate && credentials.own_way(expected) == Some(self.way))
    }

    /// A datagram has come.
    pub(super) fn received(&mut self, work: &mut Work<'_>, datagram: &[u8]) -> Result<(), End> {
        self.dtls.handle_timeout(work.now)?;
        self.take(datagram)?;
        self.drain(work)
    }

    /// Says something, or keeps it until there is an association; too many are dropped.
    pub(super) fn send(&mut self, work: &mut Work<'_>, most: usize, bytes: &[u8]) -> Result<(), End> {
        if !self.is_connected {
            if self.waiting.len() < most {
                self.waiting.push_back(bytes.to_vec());
            }
            return Ok(());
        }
        self.dtls.handle_timeout(work.now)?;
        self.unanswered.get_or_insert(work.now);
        self.dtls.send_application_data(bytes)?;
        self.drain(work)
    }

    /// Whether this side has been speaking for so long without hearing anything.
    pub(super) fn is_unanswered(&self, now: Instant, limit: Duration) -> bool {
        self.unanswered.is_some_and(|since| now.saturating_duration_since(since) >= limit)
    }

    /// Does what is due.
    pub(super) fn due(&mut self, work: &mut Work<'_>) -> Result<(), End> {
        self.dtls.handle_timeout(work.now)?;
        self.drain(work)
    }

    /// Says goodbye.
    pub(super) fn close(mut self, work: &mut Work<'_>) {
        if !self.is_connected {
            work.out.push(Shielded::Transmit(work.peer, Alert::UserCanceled.datagram()));
            return;
        }
        let said = self.dtls.handle_timeout(work.now).and_then(|()| self.dtls.close());
        if said.is_ok() {
            let _ = self.drain(work);
        }
    }

    /// Hands out all that the protocol has to say.
    fn drain(&mut self, work: &mut Work<'_>) -> Result<(), End> {
        loop {
            match self.dtls.poll_output(work.room) {
                Output::Packet(bytes) => work.out.push(Shielded::Transmit(work.peer, bytes.to_vec())),
                Output::ApplicationData(bytes) => {
                    self.unanswered = None;
                    let proven = self.proven.clone();
                    work.out.push(Shielded::Deliver { peer: work.peer, bytes: bytes.to_vec(), proven });
                }
                Output::PeerCert(certificate) => {
                    let shown = self.expected.as_ref().map_or(Shown::ByClient, Shown::ByServer);
                    self.proven = Some(work.credentials.trust.verify(certificate, shown)?);
                }
                Output::Connected => {
                    self.prove(work.credentials)?;
                    self.is_connected = true;
                    for bytes in self.waiting.drain(..) {
                        self.dtls.send_application_data(&bytes)?;
                    }
                }
                Output::CloseNotify => self.is_closed = true,
                Output::BufferTooSmall { needed } => work.room.resize(needed, 0),
                Output::Timeout(next) => {
                    self.next = next;
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// Drops all that the protocol has to say.
    fn forget(&mut self, room: &mut Vec<u8>) {
        loop {
            match self.dtls.poll_output(room) {
                Output::Timeout(_) => return,
                Output::BufferTooSmall { needed } => room.resize(needed, 0),
                _ => {}
            }
        }
    }

    /// Nobody gets through who has not proved what this side asks for.
    fn prove(&mut self, credentials: &Credentials) -> Result<(), End> {
        match self.way {
            Way::Key(_) => {
                let known = self.asked.as_ref().filter(|asked| asked.is_known);
                let unnamed = || End::told(Alert::HandshakeFailure, "the peer has named no PSK identity");
                self.proven = Some(Proven::new([SmolStr::from(known.ok_or_else(unnamed)?.identity.as_str())]));
            }
            Way::Certificate if self.proven.is_none() && !credentials.trust.is_empty() => {
                return Err(End::told(Alert::HandshakeFailure, "the peer has shown no certificate"));
            }
            Way::Certificate => {}
        }
        Ok(())
    }

    /// Hands a datagram to the protocol, and notes which identity it named.
    fn take(&mut self, datagram: &[u8]) -> Result<(), End> {
        // What another session asked for is none of this one's.
        asked();
        let taken = self.dtls.handle_packet(datagram);
        self.asked = self.asked.take().or(asked());
        taken.map_err(|error| self.explained(error))
    }

    fn explained(&self, error: dimpl::Error) -> End {
        let mut end = End::from(error);
        if let (Some(Asked { identity, is_known }), false, Some(Alert::DecryptError)) =
            (&self.asked, self.is_connected, end.alert)
        {
            // The peer is not told which of the two it is (RFC 4279 2).
            let why = if *is_known { "its key is another one than this side has" } else { "is not known here" };
            end.reason = format!("PSK identity {identity:?}: {why}");
        }
        end
    }
}
