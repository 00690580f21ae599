//! What is in PEM files.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;

/// Stops a device or a log, named by mistake, from filling the memory. All roots of a system are well below 1 MiB.
const FILE_BYTES: u64 = 16 * 1024 * 1024;

/// The certificates of a file, in their order: at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let certificates: Result<Vec<_>, PemError> = CertificateDer::pem_slice_iter(&text).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err(content(path, "holds no certificate: expected PEM, -----BEGIN CERTIFICATE-----".into()))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(content(path, format!("is no sound PEM: {error}"))),
    }
}

/// The first private key of a file.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(path)?;
    if let Some(reason) = exposure(path) {
        tracing::warn!("{}: {reason}", path.display());
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        PemError::NoItemsFound => {
            let is_locked = text.windows(9).any(|word| word == b"ENCRYPTED");
            let why = if is_locked { "its private key is encrypted" } else { "holds no private key" };
            content(path, format!("{why}: expected PEM, -----BEGIN PRIVATE KEY-----, without a passphrase"))
        }
        other => content(path, format!("is no sound PEM: {other}")),
    })
}

/// What is to be said of a key that all users of this machine can read. It is used all the same: where a platform puts
/// secrets into containers, there are no other users.
pub(super) fn exposure(path: &Path) -> Option<String> {
    #[cfg(unix)]
    if let Ok(found) = std::fs::metadata(path) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777;
        return (mode & 0o004 != 0).then(|| {
            format!("every user of this machine can read this private key (mode {mode:03o}): chmod 600 is for its owner only")
        });
    }
    let _ = path;
    None
}

/// Adds the certificates of a file to those that are trusted.
pub(super) fn trust(roots: &mut RootCertStore, path: &Path) -> Result<(), TlsError> {
    for certificate in certificates(path)? {
        let unsound =
            |error: rustls::Error| content(path, format!("one of its certificates cannot be trusted: {error}"));
        roots.add(certificate).map_err(unsound)?;
    }
    Ok(())
}

/// What is wrong with a certificate and its key.
pub(super) fn mismatch(certificates: &Path, key: &Path, error: &rustls::Error) -> TlsError {
    let reason = match error {
        rustls::Error::InconsistentKeys(_) => {
            format!("is not the private key of the first certificate in {}", certificates.display())
        }
        other => format!("cannot be used with {}: {other}", certificates.display()),
    };
    content(key, reason)
}

pub(super) fn content(path: &Path, reason: String) -> TlsError {
    TlsError::Content { path: path.to_owned(), reason }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |source| TlsError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut text = Vec::new();
    file.take(FILE_BYTES.saturating_add(1)).read_to_end(&mut text).map_err(unreadable)?;
    if u64::try_from(text.len()).is_ok_and(|length| length <= FILE_BYTES) {
        return Ok(text);
    }
    Err(content(path, "is larger than 16 MiB: expected PEM, certificates or a private key".into()))
}
