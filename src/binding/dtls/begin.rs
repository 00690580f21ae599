//! How a hello becomes a handshake, and a handshake an association.

use std::net::SocketAddr;
use std::time::Instant;

use tracing::debug;

use super::DtlsShield;
use super::end::{Alert, End};
use super::hello::Hello;
use super::session::{Session, Work};
use crate::binding::coap::shield::Shielded;

/// How often a client may be asked again for a cookie: each time it was too late with the one before.
const MOST_GREETINGS: u16 = 4;

impl DtlsShield {
    /// A client says hello to this server.
    pub(super) fn greeted(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        hello: &Hello<'_>,
        datagram: &[u8],
        out: &mut Vec<Shielded>,
    ) {
        let Some(cookies) = &mut self.cookies else { return };
        let is_again = 1..=MOST_GREETINGS;
        let Some(cookie) = cookies.known(now, peer, hello).filter(|_| is_again.contains(&hello.sequence)) else {
            let cookie = cookies.make(now, peer, hello);
            out.extend(cookie.map(|cookie| Shielded::Transmit(peer, hello.verify_request(&cookie))));
            return;
        };
        if !self.handshakes.has_room(peer, &self.limits) {
            debug!(%peer, "a DTLS handshake is not begun: too many are under way");
            return;
        }
        let unspoken =
            || End::told(Alert::HandshakeFailure, "the peer offers none of the cipher suites that are spoken here");
        let began = self.credentials.way(hello).ok_or_else(unspoken).and_then(|way| {
            let work = &mut Work { now, peer, credentials: &self.credentials, room: &mut self.room, out };
            Session::answering(work, way, hello, cookie, datagram)
        });
        match began {
            Ok(session) => self.handshakes.insert(peer, session),
            Err(end) => self.failed(peer, end, out),
        }
    }

    /// Something comes of a handshake: an association, an end, or the next flight.
    pub(super) fn shake(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        out: &mut Vec<Shielded>,
        step: impl FnOnce(&mut Session, &mut Work<'_>) -> Result<(), End>,
    ) {
        let Some(session) = self.handshakes.get_mut(peer) else { return };
        let mut said = Vec::new();
        let work = &mut Work { now, peer, credentials: &self.credentials, room: &mut self.room, out: &mut said };
        let done = step(session, work);
        let is_connected = session.is_connected;
        match done {
            Ok(()) if is_connected => {
                let Some(session) = self.handshakes.remove(peer) else { return };
                if self.admitted(now, peer, session, out) {
                    out.append(&mut said);
                    self.farewell(peer, out);
                }
            }
            Ok(()) => out.append(&mut said),
            Err(end) => {
                self.handshakes.remove(peer);
                self.failed(peer, end, out);
            }
        }
    }

    /// Finds a place for a new association.
    fn admitted(&mut self, now: Instant, peer: SocketAddr, session: Session, out: &mut Vec<Shielded>) -> bool {
        if self.associations.remove(peer).is_some() {
            out.push(Shielded::Gone(peer, "the peer has begun anew".into()));
        }
        if self.associations.len() >= self.limits.associations {
            let stalest = self.associations.stalest();
            let idle = stalest.filter(|(used, _)| now.saturating_duration_since(*used) >= self.limits.busy);
            let Some((_, stalest)) = idle else {
                let most = self.limits.associations;
                self.dismiss(
                    now,
                    peer,
                    session,
                    format!("there are {most} associations in use, the most there may be"),
                    out,
                );
                return false;
            };
            if let Some(session) = self.associations.remove(stalest) {
                self.dismiss(
                    now,
                    stalest,
                    session,
                    "it was silent for the longest, and another one needs the room".into(),
                    out,
                );
            }
        }
        self.associations.insert(now, peer, session);
        true
    }

    /// A handshake came to nothing. An association that the peer has beside it goes on.
    pub(super) fn failed(&self, peer: SocketAddr, end: End, out: &mut Vec<Shielded>) {
        debug!(%peer, reason = end.reason, "a DTLS handshake has failed");
        if self.associations.get(peer).is_none() {
            out.extend(end.alert.map(|alert| Shielded::Transmit(peer, alert.datagram())));
            out.push(Shielded::Gone(peer, end.reason));
        }
    }
}
