//! Who a certificate says that its holder is.

use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

use crate::binding::Proven;
use crate::value::SmolStr;

/// The names in a certificate that was verified: URIs as they stand, and DNS names in small letters.
///
/// TS-0003 10.1.1.5, 10.1.1.7: an AE-ID is a URI in the subjectAltName, a CSE-ID a domain name, and neither has wildcards:
/// a name with `*` in it is nobody's. The subject is not looked at. A certificate without such names proves nothing that a
/// rule could name, and still is a proof: of being none of those.
pub(super) fn proven(certificate: &CertificateDer<'_>) -> Proven {
    let Ok(certificate) = EndEntityCert::try_from(certificate) else { return Proven::new([]) };
    let uris = certificate.valid_uri_names().map(SmolStr::from);
    let domains = certificate.valid_dns_names().map(|name| SmolStr::from(name.to_ascii_lowercase()));
    Proven::new(uris.chain(domains).filter(|name| !name.contains('*')))
}
