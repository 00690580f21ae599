//! Two shields, or more, and a wire between them that can lose and reorder.

mod ends;
mod handshakes;
mod limits;
mod strangers;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::*;
use crate::binding::coap::shield::{Shield, Shielded};

pub(super) const SERVER: &str = "192.0.2.1:5684";
pub(super) const CLIENT: &str = "192.0.2.7:40000";

/// What a shield said that was not for the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// By whom, from whom, what, and who that proved to be.
    Message(&'static str, &'static str, String, Vec<String>),
    /// By whom, about whom, and why.
    Gone(&'static str, &'static str, String),
}

/// A world of shields at addresses.
pub(super) struct World {
    pub(super) now: Instant,
    shields: HashMap<SocketAddr, (&'static str, DtlsShield)>,
    wire: Vec<(Instant, SocketAddr, SocketAddr, Vec<u8>)>,
    /// How many of a hundred datagrams are lost, and by how much others are late.
    pub(super) loss: u64,
    pub(super) jitter: Duration,
    seed: u64,
    pub(super) heard: Vec<Heard>,
    pub(super) carried: usize,
}

impl World {
    pub(super) fn new(shields: Vec<(&'static str, DtlsShield)>) -> Self {
        let shields = shields.into_iter().map(|(at, shield)| (address(at), (at, shield))).collect();
        let (wire, heard) = (Vec::new(), Vec::new());
        Self { now: Instant::now(), shields, wire, loss: 0, jitter: Duration::ZERO, seed: 1, heard, carried: 0 }
    }

    /// One server, one client.
    pub(super) fn pair(server: DtlsConfig, client: DtlsConfig) -> Self {
        Self::new(vec![(SERVER, DtlsShield::server(server).unwrap()), (CLIENT, DtlsShield::client(client).unwrap())])
    }

    pub(super) fn seeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    pub(super) fn shield(&mut self, at: &str) -> &mut DtlsShield {
        &mut self.shields.get_mut(&address(at)).unwrap().1
    }

    pub(super) fn replace(&mut self, at: &'static str, shield: DtlsShield) {
        self.shields.insert(address(at), (at, shield));
    }

    pub(super) fn send(&mut self, from: &str, to: &str, text: &str) {
        let (now, mut out) = (self.now, Vec::new());
        self.shield(from).send(now, address(to), text.as_bytes(), &mut out);
        self.carry(address(from), out);
    }

    pub(super) fn close(&mut self, at: &str) {
        let (now, mut out) = (self.now, Vec::new());
        self.shield(at).close(now, &mut out);
        self.carry(address(at), out);
    }

    /// Whatever comes from outside.
    pub(super) fn throw(&mut self, from: &str, to: &str, datagram: &[u8]) -> Vec<Shielded> {
        let (now, mut out) = (self.now, Vec::new());
        self.shield(to).received(now, address(from), datagram, &mut out);
        out
    }

    /// Lets this much time go by.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let arrival = self.wire.iter().map(|(at, ..)| *at).min();
            let due = self.shields.values().filter_map(|(_, shield)| shield.next_due()).min();
            let Some(next) = arrival.into_iter().chain(due).min().filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            let (now, mut said) = (self.now, Vec::new());
            let arrived: Vec<_> = self.wire.extract_if(.., |(at, ..)| *at <= now).collect();
            for (_, from, to, datagram) in arrived {
                let Some((_, shield)) = self.shields.get_mut(&to) else { continue };
                let mut out = Vec::new();
                shield.received(now, from, &datagram, &mut out);
                said.push((to, out));
            }
            for (at, (_, shield)) in &mut self.shields {
                if shield.next_due().is_some_and(|due| due <= now) {
                    let mut out = Vec::new();
                    shield.due(now, &mut out);
                    said.push((*at, out));
                }
            }
            said.into_iter().for_each(|(from, out)| self.carry(from, out));
        }
        self.now = end;
    }

    /// Lets a second go by, and tells what was heard.
    pub(super) fn settle(&mut self) -> Vec<Heard> {
        self.pass(Duration::from_secs(1));
        std::mem::take(&mut self.heard)
    }

    fn carry(&mut self, from: SocketAddr, out: Vec<Shielded>) {
        let names: HashMap<_, _> = self.shields.iter().map(|(at, (name, _))| (*at, *name)).collect();
        let name = |peer: &SocketAddr| names.get(peer).copied().unwrap_or("?");
        for said in out {
            match said {
                Shielded::Transmit(to, datagram) => {
                    self.carried += 1;
                    let (is_lost, late) = (self.random() % 100 < self.loss, self.random() % 1000);
                    let late = self.jitter.mul_f64(late as f64 / 1000.0);
                    if !is_lost {
                        self.wire.push((self.now + Duration::from_millis(10) + late, from, to, datagram));
                    }
                }
                Shielded::Deliver { peer, bytes, proven } => {
                    let names = proven.iter().flat_map(|proven| proven.names()).map(ToString::to_string).collect();
                    let text = String::from_utf8(bytes).unwrap();
                    let heard = Heard::Message(name(&from), name(&peer), text, names);
                    self.heard.push(heard);
                }
                Shielded::Gone(peer, reason) => {
                    let heard = Heard::Gone(name(&from), name(&peer), reason);
                    self.heard.push(heard);
                }
            }
        }
    }

    fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.seed >> 33
    }
}

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(super) fn message(at: &'static str, from: &'static str, text: &str, names: &[&str]) -> Heard {
    Heard::Message(at, from, text.into(), names.iter().map(ToString::to_string).collect())
}

pub(super) fn with_keys(keys: &[(&str, &str)]) -> DtlsConfig {
    let key = |(identity, key): &(&str, &str)| PreSharedKey::new(*identity, *key);
    DtlsConfig { keys: keys.iter().map(key).collect(), ..DtlsConfig::default() }
}

/// Somebody who issues certificates.
pub(super) struct Authority(rcgen::CertifiedIssuer<'static, rcgen::KeyPair>);

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut about = rcgen::CertificateParams::new(Vec::new()).unwrap();
        about.distinguished_name.push(rcgen::DnType::CommonName, name);
        about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(rcgen::CertifiedIssuer::self_signed(about, rcgen::KeyPair::generate().unwrap()).unwrap())
    }

    /// Who trusts it.
    pub(super) fn roots(&self) -> String {
        self.0.pem()
    }

    /// A certificate with these names.
    pub(super) fn issue(&self, names: Vec<rcgen::SanType>) -> CertificateAndKey {
        let mut about = rcgen::CertificateParams::new(Vec::new()).unwrap();
        about.subject_alt_names = names;
        self.sign(about)
    }

    pub(super) fn sign(&self, about: rcgen::CertificateParams) -> CertificateAndKey {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = about.signed_by(&key, &self.0).unwrap().pem();
        CertificateAndKey { certificate, key: key.serialize_pem() }
    }

    /// A side that shows such a certificate, and trusts this authority.
    pub(super) fn side(&self, names: Vec<rcgen::SanType>) -> DtlsConfig {
        DtlsConfig { certificate: Some(self.issue(names)), roots: self.roots(), ..DtlsConfig::default() }
    }
}

pub(super) fn dns(name: &str) -> rcgen::SanType {
    rcgen::SanType::DnsName(name.try_into().unwrap())
}

pub(super) fn uri(name: &str) -> rcgen::SanType {
    rcgen::SanType::URI(name.try_into().unwrap())
}

pub(super) fn ip(at: &str) -> rcgen::SanType {
    rcgen::SanType::IpAddress(address(at).ip())
}
