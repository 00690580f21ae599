//! What a side can show, checked once and used for each handshake.

use std::sync::Arc;
use std::time::Instant;

use dimpl::crypto::{Buf, CryptoProvider, Dtls12CipherSuite};
use dimpl::{Config, ConfigBuilder, Dtls, DtlsCertificate};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use super::hello::Hello;
use super::keys::Keys;
use super::trust::Trust;
use super::{CertificateAndKey, DtlsConfig, DtlsLimits, trust, vouch};
use crate::error::Error;

/// A side, ready for handshakes.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) trust: Trust,
    by_key: Vec<ByKey>,
    by_certificate: Option<(Arc<Config>, DtlsCertificate)>,
}

/// How a key is used. A server has one of these for all of its keys, a client one for each.
#[derive(Clone)]
struct ByKey {
    /// For whom. Empty: for all.
    hosts: Vec<ServerName<'static>>,
    config: Arc<Config>,
}

/// TS-0003 10.2.2: the one that all have to speak.
const BY_KEY: [Dtls12CipherSuite; 1] = [Dtls12CipherSuite::PSK_AES128_CCM_8];

/// What a handshake is built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A key that both sides have: a server's any, or the client's at this place.
    Key(usize),
    /// Certificates.
    Certificate,
}

impl Credentials {
    /// For those who wait.
    ///
    /// # Errors
    /// With a sentence that names the setting.
    pub(super) fn server(config: &DtlsConfig) -> Result<Self, Error> {
        let mut by_key = Vec::new();
        if !config.keys.is_empty() {
            let builder = common(&config.limits).with_psk_server(None, Arc::new(Keys::new(&config.keys)?));
            by_key.push(ByKey { hosts: Vec::new(), config: build(builder.dtls12_cipher_suites(&BY_KEY))? });
        }
        Self::new(config, by_key)
    }

    /// For those who begin.
    ///
    /// # Errors
    /// With a sentence that names the setting.
    pub(super) fn client(config: &DtlsConfig) -> Result<Self, Error> {
        if config.keys.is_empty() && config.roots.trim().is_empty() {
            return Err(Error::Config(
                "DTLS client: roots: none: expected who vouches for servers, or a pre-shared key".into(),
            ));
        }
        let by_key = config.keys.iter().map(|own| {
            let unsound = |host: &String| {
                Error::Config(format!("pre-shared key: hosts: {host:?}: expected a domain name or an address"))
            };
            let host = |host: &String| trust::server_name(host).ok_or_else(|| unsound(host));
            let hosts = own.hosts.iter().map(host).collect::<Result<_, _>>()?;
            let keys = Arc::new(Keys::new(std::slice::from_ref(own))?);
            let builder = common(&config.limits).with_psk_client(own.identity.as_bytes().to_vec(), keys);
            Ok(ByKey { hosts, config: build(builder.dtls12_cipher_suites(&BY_KEY))? })
        });
        Self::new(config, by_key.collect::<Result<_, Error>>()?)
    }

    fn new(config: &DtlsConfig, by_key: Vec<ByKey>) -> Result<Self, Error> {
        if config.keys.is_empty() && config.certificate.is_none() {
            return Err(Error::Config("DTLS: neither a pre-shared key nor a certificate: expected one of them".into()));
        }
        let trust = Trust::new(&config.roots)?;
        let by_certificate = match &config.certificate {
            Some(own) => {
                let builder = common(&config.limits).require_client_certificate(!trust.is_empty());
                Some((build(builder)?, read(own)?))
            }
            None => None,
        };
        Ok(Self { trust, by_key, by_certificate })
    }

    /// The first way in the client's order that this server can go.
    pub(super) fn way(&self, hello: &Hello<'_>) -> Option<Way> {
        hello.suites().find_map(|suite| {
            let speaks = |config: &Config| config.dtls12_cipher_suites().any(|own| own.suite().as_u16() == suite);
            let by_key = self.by_key.iter().position(|by_key| speaks(&by_key.config));
            by_key.map(Way::Key).or_else(|| {
                self.by_certificate.as_ref().is_some_and(|(config, _)| speaks(config)).then_some(Way::Certificate)
            })
        })
    }

    /// The way that a client goes to that server.
    pub(super) fn own_way(&self, server: &ServerName<'static>) -> Option<Way> {
        let is_named = |by_key: &ByKey| by_key.hosts.contains(server);
        let named = self.by_key.iter().position(is_named);
        let by_key = named.or_else(|| self.by_key.iter().position(|by_key| by_key.hosts.is_empty()));
        by_key.map(Way::Key).or_else(|| self.by_certificate.is_some().then_some(Way::Certificate))
    }

    /// A handshake that has not begun. `None` for a way that cannot be gone.
    pub(super) fn open(&self, way: Way, now: Instant) -> Option<Dtls> {
        match way {
            Way::Key(place) => self.by_key.get(place).map(|own| Dtls::new_12_psk(Arc::clone(&own.config), now)),
            Way::Certificate => {
                self.by_certificate.as_ref().map(|(config, own)| Dtls::new_12(Arc::clone(config), own.clone(), now))
            }
        }
    }
}

fn build(builder: ConfigBuilder) -> Result<Arc<Config>, Error> {
    builder.build().map(Arc::new).map_err(|error| Error::Config(format!("DTLS: {error}")))
}

fn common(limits: &DtlsLimits) -> ConfigBuilder {
    Config::builder()
        .with_crypto_provider(vouch::provider())
        .dtls13_cipher_suites(&[])
        .mtu(limits.datagram)
        .flight_start_rto(limits.retransmit)
        .flight_retries(8)
        .handshake_timeout(limits.handshake)
}

/// The certificate and the key, if they belong together.
fn read(own: &CertificateAndKey) -> Result<DtlsCertificate, Error> {
    let certificate = CertificateDer::from_pem_slice(own.certificate.as_bytes())
        .map_err(|error| Error::Config(format!("certificate: expected PEM, -----BEGIN CERTIFICATE-----: {error}")))?;
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).map_err(|error| {
        Error::Config(format!("key: expected PEM, -----BEGIN PRIVATE KEY-----, without a passphrase: {error}"))
    })?;
    let (certificate, private_key) = (certificate.to_vec(), key.secret_der().to_vec());
    match belong_together(&vouch::provider(), &certificate, &private_key) {
        Some(true) => Ok(DtlsCertificate { certificate, private_key }),
        Some(false) => Err(Error::Config("key: is not the private key of the certificate".into())),
        None => Err(Error::Config("key: expected an ECDSA key on the curve P-256 or P-384".into())),
    }
}

/// Whether the certificate verifies what the key signs. `None` when the key cannot sign.
fn belong_together(provider: &CryptoProvider, certificate: &[u8], key: &[u8]) -> Option<bool> {
    let mut key = provider.key_provider.load_private_key(key).ok()?;
    let (said, mut signature) = (b"one and the same", Buf::new());
    let (hash, algorithm) = (key.hash_algorithm(), key.algorithm());
    key.sign(said, hash, &mut signature).ok()?;
    Some(provider.signature_verification.verify_signature(certificate, said, &signature, hash, algorithm).is_ok())
}
