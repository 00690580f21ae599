//! Who a shield is, and whom it trusts.

use std::fmt;

use super::DtlsLimits;

/// Settings of a [`DtlsShield`](super::DtlsShield). A server needs a key or a certificate, and so does a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DtlsConfig {
    /// Keys that are shared with others. A server takes any of them, a client shows the first. Default: none.
    pub keys: Vec<PreSharedKey>,
    /// Who this side is. A client that has a key shows that instead. Default: nobody.
    pub certificate: Option<CertificateAndKey>,
    /// PEM: who vouches for the other side's certificate. It must have been issued by one of these directly. A server that has
    /// none asks for no certificate; a server that has some lets in only who shows one, or a key. Default: none.
    pub roots: String,
    /// How much of everything. Default: [`DtlsLimits::default`].
    pub limits: DtlsLimits,
}

/// A key that two sides share, and the name under which they know it.
#[derive(Clone, PartialEq, Eq)]
pub struct PreSharedKey {
    /// The PSK identity, which goes over the wire for all to read: 1 to 128 bytes.
    pub identity: String,
    /// The key: 1 to 64 bytes, 16 random ones if there is a choice.
    pub key: Vec<u8>,
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
        formatter.debug_struct("PreSharedKey").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl fmt::Debug for CertificateAndKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CertificateAndKey").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
