//! `cert dev`: a certificate authority for one's own desk, with a certificate for the CSE and one for each client.
//!
//! Keys and certificates are as TS-0003 10.1.1 wants them: ECDSA with P-256 and SHA-256, an AE-ID as a URI, a CSE-ID as a
//! domain name. Nobody else should trust this authority: its key lies beside it.

mod client;

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use onem2m_cse::CseConfig;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

use client::Client;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long certificates last. The authority outlives what it issues.
const LIFETIME: Duration = DAY.saturating_mul(730);
const AUTHORITY_LIFETIME: Duration = DAY.saturating_mul(3650);

/// Writes what is missing in a directory: `ca.pem` and `ca.key`, `server.pem` and `server.key`, and a pair for each client.
/// A client is an originator: `Cmeter`, `/id-mn`, or whole, `//acme.example.com/id-in/Cmeter`. Nothing that is there is
/// written again; certificates that are added later are issued by the authority that is there. Answers what was done and
/// what to do next.
///
/// # Errors
/// A sentence, when a client is no originator, a file cannot be read or written, or what is there is somebody else's.
pub fn dev(dir: &Path, clients: &[String]) -> Result<String, String> {
    let config = CseConfig::default();
    let clients = clients.iter().map(|name| Client::read(name, &config)).collect::<Result<Vec<_>, _>>()?;
    fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let mut done = Vec::new();
    orphans(dir, clients.iter().map(|client| client.stem.as_str()))?;
    let (params, key) = authority(dir, &mut done)?;
    let issuer = Issuer::from_params(&params, key);

    let domain = format!("{}.{}", config.cse_id.trim_start_matches('/'), config.sp_id.trim_start_matches('/'));
    let hosts = ["localhost", "127.0.0.1", "::1", &domain].map(str::to_owned);
    let server = CertificateParams::new(hosts).map_err(|error| error.to_string())?;
    issue(dir, "server", &config.cse_id, server, &issuer, &mut done)?;
    for client in &clients {
        let mut params = CertificateParams::default();
        params.subject_alt_names.push(client.name()?);
        client.is_still(dir)?;
        issue(dir, &client.stem, &client.originator, params, &issuer, &mut done)?;
    }
    Ok(advice(dir, &done, &clients))
}

/// Refuses to make a new authority beside certificates of one that is gone: nobody who trusts the new one would trust them.
fn orphans<'a>(dir: &Path, clients: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let authority = dir.join("ca.pem");
    if authority.exists() || dir.join("ca.key").exists() {
        return Ok(());
    }
    let mut left = std::iter::once("server").chain(clients).map(|stem| dir.join(format!("{stem}.pem")));
    match left.find(|pem| pem.exists()) {
        Some(pem) => Err(half(&pem, &authority)),
        None => Ok(()),
    }
}

/// The authority that is there, or a new one.
fn authority(dir: &Path, done: &mut Vec<String>) -> Result<(CertificateParams, KeyPair), String> {
    let (pem, key_file) = (dir.join("ca.pem"), dir.join("ca.key"));
    let key = match (pem.exists(), key_file.exists()) {
        (true, true) => {
            let text = fs::read_to_string(&key_file).map_err(|error| format!("{}: {error}", key_file.display()))?;
            KeyPair::from_pem(&text).map_err(|error| format!("{}: {error}", key_file.display()))?
        }
        (false, false) => KeyPair::generate().map_err(|error| error.to_string())?,
        (true, false) => return Err(half(&pem, &key_file)),
        (false, true) => return Err(half(&key_file, &pem)),
    };
    let mut params = CertificateParams::default();
    // Its name follows from its key: two authorities are never taken for each other, and issuing needs the key alone.
    let mark = params.key_identifier(&key).iter().take(4).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    params.distinguished_name.push(DnType::CommonName, format!("oneM2M development {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    lasts(&mut params, AUTHORITY_LIFETIME);
    if !pem.exists() {
        let certificate = params.self_signed(&key).map_err(|error| error.to_string())?;
        write(&key_file, &key.serialize_pem(), true)?;
        write(&pem, &certificate.pem(), false)?;
        done.push(format!("written: {}, {}", pem.display(), key_file.display()));
    }
    Ok((params, key))
}

fn issue(
    dir: &Path,
    stem: &str,
    subject: &str,
    mut params: CertificateParams,
    issuer: &Issuer<'_, KeyPair>,
    done: &mut Vec<String>,
) -> Result<(), String> {
    let (pem, key_file) = (dir.join(format!("{stem}.pem")), dir.join(format!("{stem}.key")));
    match (pem.exists(), key_file.exists()) {
        (true, true) => {
            done.push(format!("left as it is: {}", pem.display()));
            return Ok(());
        }
        (false, false) => {}
        (true, false) => return Err(half(&pem, &key_file)),
        (false, true) => return Err(half(&key_file, &pem)),
    }
    params.distinguished_name.push(DnType::CommonName, subject);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    // A CSE is a client, too.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    if stem == "server" {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    }
    params.use_authority_key_identifier_extension = true;
    lasts(&mut params, LIFETIME);
    let key = KeyPair::generate().map_err(|error| error.to_string())?;
    let certificate = params.signed_by(&key, issuer).map_err(|error| error.to_string())?;
    write(&key_file, &key.serialize_pem(), true)?;
    write(&pem, &certificate.pem(), false)?;
    done.push(format!("written: {}, {}", pem.display(), key_file.display()));
    Ok(())
}

/// From yesterday, for clocks that are a little behind.
fn lasts(params: &mut CertificateParams, lifetime: Duration) {
    let now = SystemTime::now();
    params.not_before = now.checked_sub(DAY).unwrap_or(now).into();
    params.not_after = now.checked_add(lifetime).unwrap_or(now).into();
}

fn half(there: &Path, missing: &Path) -> String {
    format!("{} is there and {} is not: bring it back, or take the other away", there.display(), missing.display())
}

/// Writes a new file. A key is for its owner's eyes only.
fn write(path: &PathBuf, text: &str, is_secret: bool) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_secret { 0o600 } else { 0o644 });
    #[cfg(not(unix))]
    let _ = is_secret;
    let mut file = options.open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    file.write_all(text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()))
}

fn advice(dir: &Path, done: &[String], clients: &[Client]) -> String {
    let dir = dir.display();
    let mut text = format!("{}\n\n", done.join("\n"));
    let _ = writeln!(text, "Start the CSE, for localhost, 127.0.0.1 and ::1:");
    let _ = writeln!(text, "  onem2m-cse --tls {dir}/server.pem {dir}/server.key");
    let _ = writeln!(text, "Ask it something, trusting this authority:");
    let _ = writeln!(
        text,
        "  curl --cacert {dir}/ca.pem -H X-M2M-Origin:CAdmin -H X-M2M-RI:1 -H X-M2M-RVI:3 https://localhost:8080/cse-in"
    );
    if !clients.is_empty() {
        let _ = writeln!(
            text,
            "Clients are known by {dir}/ca.pem, once the CSE asks them for certificates. Rules to give it:"
        );
        for client in clients {
            let _ = writeln!(text, "  identity {:?} may speak for {:?}", client.identity, client.originator);
        }
    }
    let _ = write!(text, "This is for a desk, not for the field: {dir}/ca.key can make anybody anybody.");
    text
}

#[cfg(test)]
mod tests;
