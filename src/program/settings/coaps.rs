//! CoAP over DTLS: with the keys of the file, and with the certificates that TLS has.

use std::fs;
use std::path::{Path, PathBuf};

use onem2m_cse::binding::Identities;
use onem2m_cse::binding::coap::{CoapClientConfig, CoapConfig};
use onem2m_cse::binding::dtls::{CertificateAndKey, DtlsConfig, PreSharedKey};

use super::given::Given;
use super::tls::Tls;
use crate::program::file::{CoapTable, PskTable};
use crate::program::hexadecimal;

/// Both ways of CoAP over DTLS.
#[derive(Debug, Default)]
pub struct Coaps {
    /// `None`: it is served nowhere.
    pub server: Option<CoapConfig>,
    /// `None`: nobody is called.
    pub client: Option<CoapClientConfig>,
}

/// What the file says, and over it the environment and the command line. Limits are those of CoAP in clear text.
///
/// Addresses or keys ask for DTLS. Without either, nothing is set up.
pub fn settings(
    coap: &CoapConfig,
    table: &CoapTable,
    keys: &[PskTable],
    given: &Given<'_>,
    tls: &Tls,
    identities: &Identities,
) -> Result<Coaps, String> {
    let said = given.addresses(&given.args.coaps, "ONEM2M_COAPS")?.or_else(|| table.secure_addresses.clone());
    let addresses = said.unwrap_or_default();
    // TLS takes certificates that DTLS does not (RSA), so its files alone ask for nothing here.
    if addresses.is_empty() && keys.is_empty() {
        return Ok(Coaps::default());
    }
    let dtls = config(keys, tls)?;
    let nobody = dtls.keys.is_empty() && dtls.certificate.is_none();
    if nobody && !addresses.is_empty() {
        return Err("coaps: neither a certificate nor a key: say --tls CERT KEY, or put [[psk]] into the file".into());
    }
    let told = |error: onem2m_cse::Error| format!("coaps: {error}");
    let can_call = !dtls.keys.is_empty() || (dtls.certificate.is_some() && !tls.roots.as_os_str().is_empty());
    let client = can_call.then(|| {
        // Servers are believed by other roots than clients.
        let roots = read(&tls.roots)?;
        let shields = DtlsConfig { roots, ..dtls.clone() }.client().map_err(told)?;
        Ok::<_, String>(CoapClientConfig { shields: Some(shields), ..CoapClientConfig::default() })
    });
    let server = (!addresses.is_empty()).then(|| {
        let shields = Some(dtls.clone().server().map_err(told)?);
        Ok::<_, String>(CoapConfig { addresses, shields, identities: identities.clone(), ..coap.clone() })
    });
    Ok(Coaps { server: server.transpose()?, client: client.transpose()? })
}

fn config(keys: &[PskTable], tls: &Tls) -> Result<DtlsConfig, String> {
    let certificate = tls.own.as_ref().map(|(certificate, key)| {
        Ok::<_, String>(CertificateAndKey { certificate: read(certificate)?, key: read(key)? })
    });
    let keys = keys.iter().map(|table| {
        let key = PreSharedKey::new(
            &table.identity,
            hexadecimal::bytes(&table.key).ok_or_else(|| {
                format!("psk: key of {:?}: expected hexadecimal digits, two for each byte", table.identity)
            })?,
        );
        Ok::<_, String>(match &table.at {
            Some(host) => key.at(host),
            None => key,
        })
    });
    Ok(DtlsConfig {
        keys: keys.collect::<Result<_, _>>()?,
        certificate: certificate.transpose()?,
        roots: read(&tls.client_roots)?,
        ..DtlsConfig::default()
    })
}

/// An empty path is nothing.
fn read(path: &Path) -> Result<String, String> {
    if path == PathBuf::new() {
        return Ok(String::new());
    }
    fs::read_to_string(path).map_err(|error| format!("{}: cannot be read: {error}", path.display()))
}
