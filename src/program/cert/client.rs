//! Who gets a certificate, and what its name is in it.

use std::path::Path;

use onem2m_cse::CseConfig;
use rcgen::SanType;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Somebody who gets a certificate.
pub(super) struct Client {
    pub originator: String,
    /// What its files are called.
    pub stem: String,
    /// The name in its certificate.
    pub identity: String,
    is_cse: bool,
}

impl Client {
    /// TS-0001 table 7.2-1: AE-IDs and CSE-IDs, relative to this CSE, to its service provider, or absolute.
    pub fn read(name: &str, config: &CseConfig) -> Result<Self, String> {
        let is_sound = |part: &&str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        let provider = config.sp_id.trim_start_matches('/');
        let absolute = match name.strip_prefix("//") {
            Some(absolute) => absolute.to_owned(),
            None if name.starts_with('/') => format!("{provider}{name}"),
            // An AE-ID that the service provider gave.
            None if name.starts_with('S') => format!("{provider}/{name}"),
            None => format!("{provider}{}/{name}", config.cse_id),
        };
        let parts: Vec<&str> = absolute.split('/').collect();
        let wrong = || format!("{name:?}: expected an AE-ID or a CSE-ID, such as Cmeter or /id-mn");
        if !parts.iter().all(is_sound) {
            return Err(wrong());
        }
        let (identity, is_cse) = match parts.as_slice() {
            [provider, cse] if name.starts_with('/') => (format!("{cse}.{provider}").to_ascii_lowercase(), true),
            [_, _] | [_, _, _] => (format!("//{absolute}"), false),
            _ => return Err(wrong()),
        };
        // One name, one file: those of others bring where they come from.
        let stem = name.trim_start_matches('/').replace('/', "+");
        if matches!(stem.as_str(), "ca" | "server") {
            return Err(format!("{name:?}: its files would be called {stem}.pem and {stem}.key, which are others"));
        }
        Ok(Self { originator: name.to_owned(), stem, identity, is_cse })
    }

    pub fn name(&self) -> Result<SanType, String> {
        let text = self.identity.as_str().try_into().map_err(|error: rcgen::Error| error.to_string())?;
        Ok(if self.is_cse { SanType::DnsName(text) } else { SanType::URI(text) })
    }

    /// Whether a certificate of that name that is there already is this client's: `/C1` and `C1` have the same file.
    pub fn is_still(&self, dir: &Path) -> Result<(), String> {
        let path = dir.join(format!("{}.pem", self.stem));
        if !path.exists() {
            return Ok(());
        }
        let wrong = |reason: String| format!("{}: {reason}", path.display());
        let found = CertificateDer::from_pem_file(&path).map_err(|error| wrong(error.to_string()))?;
        let found = webpki::EndEntityCert::try_from(&found).map_err(|error| wrong(error.to_string()))?;
        let mut names = found.valid_uri_names().chain(found.valid_dns_names());
        if names.any(|name| name == self.identity) {
            return Ok(());
        }
        Err(wrong(format!("is there, and is not the certificate of {}", self.identity)))
    }
}
