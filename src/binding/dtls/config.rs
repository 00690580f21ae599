//! Who a shield is, and whom it trusts.

use std::fmt;

use super::cookie::Cookies;
use super::credentials::Credentials;
use super::{DtlsLimits, DtlsShield, vouch};
use crate::binding::coap::Shields;
use crate::error::Error;

/// Settings of a [`DtlsShield`](super::DtlsShield). A server needs a key or a certificate, and so does a client.
///
/// ```
/// use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig, CoapConfig};
/// use onem2m_cse::binding::dtls::{DtlsConfig, PreSharedKey};
///
/// let keys = vec![PreSharedKey::new("meter", [7; 16])];
/// let dtls = DtlsConfig { keys, ..DtlsConfig::default() };
/// let server = CoapConfig {
///     addresses: vec!["[::]:5684".parse().unwrap()],
///     shields: Some(dtls.clone().server()?),
///     ..CoapConfig::default()
/// };
/// let client = CoapClient::new(CoapClientConfig { shields: Some(dtls.client()?), ..CoapClientConfig::default() });
/// # Ok::<(), onem2m_cse::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DtlsConfig {
    /// Keys that are shared with others. A server takes any of them, a client shows the first that is for its server.
    /// Default: none.
    pub keys: Vec<PreSharedKey>,
    /// Who this side is. A client that has a key for its server shows that instead. Default: nobody.
    pub certificate: Option<CertificateAndKey>,
    /// PEM: who vouches for the other side's certificate. It must have been issued by one of these directly. A server that has
    /// none asks for no certificate; a server that has some lets in only who shows one, or a key. Default: none.
    pub roots: String,
    /// How much of everything. Default: [`DtlsLimits::default`].
    pub limits: DtlsLimits,
}

impl DtlsConfig {
    /// For those who wait: what a [`CoapConfig`](crate::binding::coap::CoapConfig) takes, one shield for each socket.
    ///
    /// # Errors
    /// [`Error::Config`], with a sentence that names the setting and what was expected.
    pub fn server(self) -> Result<Shields, Error> {
        let cookies = Some(Cookies::new(&vouch::provider(), self.limits.cookie)?);
        Ok(Self::shields(Credentials::server(&self)?, cookies, self.limits))
    }

    /// For those who begin: what a [`CoapClientConfig`](crate::binding::coap::CoapClientConfig) takes.
    ///
    /// # Errors
    /// [`Error::Config`], with a sentence that names the setting and what was expected.
    pub fn client(self) -> Result<Shields, Error> {
        Ok(Self::shields(Credentials::client(&self)?, None, self.limits))
    }

    fn shields(credentials: Credentials, cookies: Option<Cookies>, limits: DtlsLimits) -> Shields {
        Shields::new(move || Box::new(DtlsShield::new(credentials.clone(), cookies.clone(), limits.clone())))
    }
}

/// A key that two sides share, and the name under which they know it.
#[derive(Clone, PartialEq, Eq)]
pub struct PreSharedKey {
    /// The PSK identity, which goes over the wire for all to read: 1 to 128 bytes.
    pub identity: String,
    /// The key: 1 to 64 bytes, 16 random ones if there is a choice.
    pub key: Vec<u8>,
    /// Servers to whom a client shows it: domain names and addresses, as they stand in URLs. Empty: all. Of no meaning to a
    /// server. Default: empty.
    pub hosts: Vec<String>,
}

impl PreSharedKey {
    /// A key for everybody.
    pub fn new(identity: impl Into<String>, key: impl Into<Vec<u8>>) -> Self {
        Self { identity: identity.into(), key: key.into(), hosts: Vec::new() }
    }

    /// The same key for this server, and for others that it is for already.
    #[must_use]
    pub fn at(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }
}

/// A certificate and its private key.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateAndKey {
    /// PEM: the certificate, of a key on the curve P-256 or P-384. What stands behind it is not sent.
    pub certificate: String,
    /// PEM: its private key (PKCS #8 or SEC 1), without a passphrase.
    pub key: String,
}

impl fmt::Debug for PreSharedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PreSharedKey")
            .field("identity", &self.identity)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CertificateAndKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CertificateAndKey").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
