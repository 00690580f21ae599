//! Whether a certificate is to be believed, and who it says that its holder is (TS-0003 8.1.2, 10.1.1).

use std::net::IpAddr;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring};

use super::end::{Alert, End};
use crate::binding::Proven;
use crate::error::Error;
use crate::value::SmolStr;

/// Who vouches for others.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    anchors: Vec<TrustAnchor<'static>>,
}

/// What a certificate is shown for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown<'a> {
    /// To a server, by any client.
    ByClient,
    /// To a client, by the server of this name.
    ByServer(&'a ServerName<'static>),
}

static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    ring::ECDSA_P256_SHA256,
    ring::ECDSA_P256_SHA384,
    ring::ECDSA_P384_SHA256,
    ring::ECDSA_P384_SHA384,
    ring::ED25519,
    ring::RSA_PKCS1_2048_8192_SHA256,
    ring::RSA_PKCS1_2048_8192_SHA384,
    ring::RSA_PKCS1_2048_8192_SHA512,
];

impl Trust {
    /// # Errors
    /// When the text is no PEM, or one of its certificates none.
    pub(super) fn new(roots: &str) -> Result<Self, Error> {
        let mut anchors = Vec::new();
        for root in CertificateDer::pem_slice_iter(roots.as_bytes()) {
            let root = root.map_err(|error| Error::Config(format!("roots: no sound PEM: {error}")))?;
            let unsound = |error| {
                Error::Config(format!(
                    "roots: certificate {}: cannot be used: {error}",
                    anchors.len().saturating_add(1)
                ))
            };
            anchors.push(anchor_from_trusted_cert(&root).map_err(unsound)?.to_owned());
        }
        if anchors.is_empty() && !roots.trim().is_empty() {
            return Err(Error::Config("roots: no certificate in it: expected PEM, -----BEGIN CERTIFICATE-----".into()));
        }
        Ok(Self { anchors })
    }

    /// Whether nobody vouches for anybody.
    pub(super) fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// Who the holder is.
    pub(super) fn verify(&self, certificate: &[u8], shown: Shown<'_>) -> Result<Proven, End> {
        let der = CertificateDer::from(certificate);
        let refused = |error: webpki::Error| {
            let alert = match error {
                webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => Alert::CertificateExpired,
                webpki::Error::UnknownIssuer => Alert::UnknownCa,
                _ => Alert::BadCertificate,
            };
            End::told(alert, format!("the peer's certificate is not accepted: {error}"))
        };
        let parsed = EndEntityCert::try_from(&der).map_err(refused)?;
        let usage = match shown {
            Shown::ByClient => KeyUsage::client_auth(),
            Shown::ByServer(_) => KeyUsage::server_auth(),
        };
        // The time of the day is the machine's: certificates know no other.
        let time = UnixTime::now();
        parsed.verify_for_usage(ALGORITHMS, &self.anchors, &[], time, usage, None, None).map_err(refused)?;
        if let Shown::ByServer(name) = shown {
            parsed.verify_is_valid_for_subject_name(name).map_err(refused)?;
        }
        Ok(names(&parsed))
    }
}

/// Whom a client expects at the other end: a domain name, or an address.
pub(super) fn server_name(host: &str) -> Option<ServerName<'static>> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(host).ok().map(|name| name.to_owned())
}

/// Whom a client expects that was told an address only.
pub(super) fn server_address(address: IpAddr) -> ServerName<'static> {
    ServerName::IpAddress(address.into())
}

/// TS-0003 10.1.1.5, 10.1.1.7: an AE-ID is a URI in the subjectAltName and a CSE-ID a domain name, here in small letters. Neither
/// has wildcards: a name with `*` in it is nobody's.
fn names(certificate: &EndEntityCert<'_>) -> Proven {
    let uris = certificate.valid_uri_names().map(SmolStr::from);
    let domains = certificate.valid_dns_names().map(|name| SmolStr::from(name.to_ascii_lowercase()));
    Proven::new(uris.chain(domains).filter(|name| !name.contains('*')))
}
