//! Handshakes under way: few, and few of each source.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use super::DtlsLimits;
use super::session::Session;

/// Sessions that are none yet.
#[derive(Default)]
pub(super) struct Handshakes {
    sessions: HashMap<SocketAddr, Session>,
}

impl Handshakes {
    /// Whether one more of this peer is within the limits; what it has under way would make room.
    pub(super) fn has_room(&self, peer: SocketAddr, limits: &DtlsLimits) -> bool {
        let others = || self.sessions.keys().filter(|other| **other != peer);
        let same_source = others().filter(|other| source(other.ip()) == source(peer.ip())).count();
        others().count() < limits.handshakes && same_source < limits.handshakes_per_source
    }

    pub(super) fn insert(&mut self, peer: SocketAddr, session: Session) {
        self.sessions.insert(peer, session);
    }

    pub(super) fn get(&self, peer: SocketAddr) -> Option<&Session> {
        self.sessions.get(&peer)
    }

    pub(super) fn get_mut(&mut self, peer: SocketAddr) -> Option<&mut Session> {
        self.sessions.get_mut(&peer)
    }

    pub(super) fn remove(&mut self, peer: SocketAddr) -> Option<Session> {
        self.sessions.remove(&peer)
    }

    pub(super) fn len(&self) -> usize {
        self.sessions.len()
    }

    /// When the first of them has something to do.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.sessions.values().map(|session| session.next).min()
    }

    /// Those that have something to do now.
    pub(super) fn due(&self, now: Instant) -> Vec<SocketAddr> {
        self.sessions.iter().filter(|(_, session)| session.next <= now).map(|(peer, _)| *peer).collect()
    }

    /// All of them.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (SocketAddr, Session)> + use<> {
        std::mem::take(&mut self.sessions).into_iter()
    }
}

/// Who has one IPv6 address has 2^64 of them.
fn source(address: IpAddr) -> [u8; 8] {
    let mut source = [0; 8];
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let (_, end) = source.split_at_mut(4);
            end.copy_from_slice(&address.octets());
        }
        IpAddr::V6(address) => source.iter_mut().zip(address.octets()).for_each(|(byte, octet)| *byte = octet),
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_source_as_an_address_of_ipv4_is() {
        let of = |address: &str| source(address.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
    }
}
