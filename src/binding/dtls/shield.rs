//! The shield itself: who gets what of a datagram.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

use rustls_pki_types::ServerName;

use super::cookie::Cookies;
use super::credentials::Credentials;
use super::end::End;
use super::handshakes::Handshakes;
use super::hello::Hello;
use super::limits::LARGEST_RECORD;
use super::session::{Session, Work};
use super::table::Table;
use super::{DtlsConfig, DtlsLimits, trust, vouch};
use crate::binding::coap::shield::{Shield, Shielded};
use crate::error::Error;

/// The content type of a record that carries what the application says.
const APPLICATION_DATA: u8 = 23;

/// DTLS 1.2 for any number of peers, as a server or as a client.
///
/// ```
/// use onem2m_cse::binding::coap::shield::{Shield, Shielded};
/// use onem2m_cse::binding::dtls::{DtlsConfig, DtlsShield, PreSharedKey};
/// use std::time::Instant;
///
/// let keys = vec![PreSharedKey::new("meter", [7; 16])];
/// let mut client = DtlsShield::client(DtlsConfig { keys, ..DtlsConfig::default() })?;
/// let (server, mut out) = ("192.0.2.1:5684".parse().unwrap(), Vec::new());
/// client.send(Instant::now(), server, b"a CoAP message", &mut out);
/// assert!(matches!(&out[..], [Shielded::Transmit(to, _hello)] if *to == server));
/// # Ok::<(), onem2m_cse::Error>(())
/// ```
pub struct DtlsShield {
    pub(super) credentials: Credentials,
    pub(super) limits: DtlsLimits,
    /// A server's. A client has none: it is the one that is asked for them.
    pub(super) cookies: Option<Cookies>,
    pub(super) handshakes: Handshakes,
    pub(super) associations: Table,
    /// Whom a client expects at addresses. Of who is not in it, the address is expected.
    expected: HashMap<SocketAddr, ServerName<'static>>,
    pub(super) room: Vec<u8>,
}

impl DtlsShield {
    /// Waits for others to begin.
    ///
    /// # Errors
    /// [`Error::Config`], with a sentence that names the setting and what was expected.
    pub fn server(config: DtlsConfig) -> Result<Self, Error> {
        let cookies = Cookies::new(&vouch::provider(), config.limits.cookie)?;
        Ok(Self::new(Credentials::server(&config)?, Some(cookies), config.limits))
    }

    /// Begins with others, when there is something to send to them.
    ///
    /// # Errors
    /// [`Error::Config`], with a sentence that names the setting and what was expected.
    pub fn client(config: DtlsConfig) -> Result<Self, Error> {
        Ok(Self::new(Credentials::client(&config)?, None, config.limits))
    }

    /// How many associations there are.
    #[must_use]
    pub fn associations(&self) -> usize {
        self.associations.len()
    }

    /// How many handshakes are under way.
    #[must_use]
    pub fn handshakes(&self) -> usize {
        self.handshakes.len()
    }

    pub(super) fn new(credentials: Credentials, cookies: Option<Cookies>, limits: DtlsLimits) -> Self {
        let (handshakes, associations) = (Handshakes::default(), Table::default());
        let (expected, room) = (HashMap::new(), vec![0; LARGEST_RECORD]);
        Self { credentials, limits, cookies, handshakes, associations, expected, room }
    }

    /// Something happens to an association.
    fn work(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        out: &mut Vec<Shielded>,
        step: impl FnOnce(&mut Session, &mut Work<'_>) -> Result<(), End>,
    ) {
        let Some(session) = self.associations.get_mut(peer) else { return };
        let work = &mut Work { now, peer, credentials: &self.credentials, room: &mut self.room, out };
        if let Err(end) = step(session, work) {
            self.associations.remove(peer);
            out.push(Shielded::Gone(peer, end.reason));
        }
        self.farewell(peer, out);
    }

    /// Forgets an association that the peer has closed.
    pub(super) fn farewell(&mut self, peer: SocketAddr, out: &mut Vec<Shielded>) {
        if self.associations.get(peer).is_some_and(|session| session.is_closed) {
            self.associations.remove(peer);
            out.push(Shielded::Gone(peer, "the peer has closed the association".into()));
        }
    }

    /// Closes an association from this side.
    pub(super) fn dismiss(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        session: Session,
        reason: String,
        out: &mut Vec<Shielded>,
    ) {
        session.close(&mut Work { now, peer, credentials: &self.credentials, room: &mut self.room, out });
        out.push(Shielded::Gone(peer, reason));
    }

    fn expected(&self, peer: SocketAddr) -> ServerName<'static> {
        self.expected.get(&peer).cloned().unwrap_or_else(|| trust::server_address(peer.ip()))
    }

    /// Closes what reaches another server than the one that is expected at this address by now.
    fn leave_others(&mut self, now: Instant, peer: SocketAddr, out: &mut Vec<Shielded>) {
        let expected = self.expected(peer);
        let other =
            |session: Option<&Session>| session.is_some_and(|session| !session.is_for(&expected, &self.credentials));
        let association = other(self.associations.get(peer)).then(|| self.associations.remove(peer)).flatten();
        let handshake = other(self.handshakes.get(peer)).then(|| self.handshakes.remove(peer)).flatten();
        for session in association.into_iter().chain(handshake) {
            self.dismiss(now, peer, session, "another server is expected at its address".into(), out);
        }
    }
}

impl Shield for DtlsShield {
    fn received(&mut self, now: Instant, peer: SocketAddr, datagram: &[u8], out: &mut Vec<Shielded>) {
        if let Some(hello) = Hello::read(datagram).filter(|_| self.cookies.is_some()) {
            let is_new = |session: Option<&Session>| session.is_none_or(|session| !session.began_with(&hello));
            if is_new(self.handshakes.get(peer)) && is_new(self.associations.get(peer)) {
                return self.greeted(now, peer, &hello, datagram, out);
            }
        }
        // Until a peer that begins anew has done so, what it says goes on over its old association.
        let is_data = datagram.first() == Some(&APPLICATION_DATA) && self.associations.get(peer).is_some();
        if self.handshakes.get(peer).is_none() || is_data {
            let before = out.len();
            self.work(now, peer, out, |session, work| session.received(work, datagram));
            // What was not from the peer itself is no use of its association.
            if out.iter().skip(before).any(|said| matches!(said, Shielded::Deliver { .. })) {
                self.associations.touch(now, peer);
            }
        } else if datagram.len() <= self.limits.handshake_datagram {
            self.shake(now, peer, out, |session, work| session.received(work, datagram));
        }
    }

    fn send(&mut self, now: Instant, peer: SocketAddr, bytes: &[u8], out: &mut Vec<Shielded>) {
        let most = self.limits.message.min(LARGEST_RECORD);
        if bytes.len() > most {
            let reason = format!("a message of {} bytes was to be sent: expected at most {most}", bytes.len());
            match self.associations.remove(peer) {
                Some(session) => self.dismiss(now, peer, session, reason, out),
                None => out.push(Shielded::Gone(peer, reason)),
            }
            return;
        }
        if self.cookies.is_none() {
            self.leave_others(now, peer, out);
            // A server that was restarted knows nothing of the association. What waits for an answer goes on over the next one.
            if self.associations.get(peer).is_some_and(|session| session.is_unanswered(now, self.limits.unanswered)) {
                self.associations.remove(peer);
            }
        }
        let waiting = self.limits.waiting;
        if self.associations.get(peer).is_some() {
            self.associations.touch(now, peer);
            return self.work(now, peer, out, |session, work| session.send(work, waiting, bytes));
        }
        if self.handshakes.get(peer).is_none() {
            if self.cookies.is_some() {
                let reason = "there is no association with it, and a server begins none";
                out.push(Shielded::Gone(peer, reason.into()));
                return;
            }
            if self.handshakes.len() >= self.limits.handshakes {
                out.push(Shielded::Gone(peer, "too many handshakes are under way".into()));
                return;
            }
            let expected = self.expected(peer);
            let work = &mut Work { now, peer, credentials: &self.credentials, room: &mut self.room, out };
            match Session::greeting(work, expected) {
                Ok(session) => self.handshakes.insert(peer, session),
                Err(end) => return self.failed(peer, end, out),
            }
        }
        self.shake(now, peer, out, |session, work| session.send(work, waiting, bytes));
    }

    fn next_due(&self) -> Option<Instant> {
        let idle = self.associations.stalest().and_then(|(used, _)| used.checked_add(self.limits.idle));
        self.handshakes.next_due().into_iter().chain(idle).min()
    }

    fn due(&mut self, now: Instant, out: &mut Vec<Shielded>) {
        for peer in self.handshakes.due(now) {
            self.shake(now, peer, out, |session, work| session.due(work));
        }
        while let Some((used, peer)) = self.associations.stalest() {
            if now.saturating_duration_since(used) < self.limits.idle {
                return;
            }
            let Some(session) = self.associations.remove(peer) else { return };
            let reason = format!("it was silent for {} s", self.limits.idle.as_secs());
            self.dismiss(now, peer, session, reason, out);
        }
    }

    fn close(&mut self, now: Instant, out: &mut Vec<Shielded>) {
        let (handshakes, associations) = (self.handshakes.take(), self.associations.take());
        for (peer, session) in associations.chain(handshakes) {
            self.dismiss(now, peer, session, "this side closes".into(), out);
        }
    }

    fn expect(&mut self, peer: SocketAddr, host: &str) {
        let Some(name) = trust::server_name(host).filter(|_| self.cookies.is_none()) else { return };
        let is_full = self.expected.len() >= self.limits.associations && !self.expected.contains_key(&peer);
        let some = self.expected.keys().next().copied();
        if let Some(some) = some.filter(|_| is_full) {
            self.expected.remove(&some);
        }
        self.expected.insert(peer, name);
    }
}
