//! `cert dev`: a certificate authority for one's own desk, with a certificate for the CSE and one for each client.
//!
//! Keys and certificates are as TS-0003 10.1.1 wants them: ECDSA with P-256 and SHA-256, an AE-ID as a URI, a CSE-ID as a
//! domain name. Nobody else should trust this authority: its key lies beside it.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use onem2m_cse::CseConfig;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};

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
/// A sentence, when a client is no originator, or a file cannot be read or written.
pub fn dev(dir: &Path, clients: &[String]) -> Result<String, String> {
    let config = CseConfig::default();
    let clients = clients.iter().map(|name| Client::read(name, &config)).collect::<Result<Vec<_>, _>>()?;
    fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let mut done = Vec::new();
    let (params, key) = authority(dir, &mut done)?;
    let issuer = Issuer::from_params(&params, key);

    let domain = format!("{}.{}", config.cse_id.trim_start_matches('/'), config.sp_id.trim_start_matches('/'));
    let hosts = ["localhost", "127.0.0.1", "::1", &domain].map(str::to_owned);
    let server = CertificateParams::new(hosts).map_err(|error| error.to_string())?;
    issue(dir, "server", &config.cse_id, server, &issuer, &mut done)?;
    for client in &clients {
        let mut params = CertificateParams::default();
        params.subject_alt_names.push(client.name()?);
        issue(dir, &client.stem, &client.originator, params, &issuer, &mut done)?;
    }
    Ok(advice(dir, &done, &clients))
}

/// Somebody who gets a certificate.
struct Client {
    originator: String,
    /// What its files are called.
    stem: String,
    identity: String,
    is_cse: bool,
}

impl Client {
    /// TS-0001 table 7.2-1: AE-IDs and CSE-IDs, relative to this CSE, to its service provider, or absolute.
    fn read(name: &str, config: &CseConfig) -> Result<Self, String> {
        let is_sound = |part: &&str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
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
        let stem = parts.last().map(|part| (*part).to_owned()).unwrap_or_default();
        if matches!(stem.as_str(), "ca" | "server") || stem.starts_with('.') {
            return Err(format!("{name:?}: its files would be called {stem}.pem and {stem}.key, which are others"));
        }
        Ok(Self { originator: name.to_owned(), stem, identity, is_cse })
    }

    fn name(&self) -> Result<SanType, String> {
        let text = self.identity.as_str().try_into().map_err(|error: rcgen::Error| error.to_string())?;
        Ok(if self.is_cse { SanType::DnsName(text) } else { SanType::URI(text) })
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
    let _ =
        writeln!(text, "The CSE serves with {dir}/server.pem and {dir}/server.key, on localhost, 127.0.0.1 and ::1.");
    let _ = writeln!(text, "Whoever talks to it trusts {dir}/ca.pem.");
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
mod tests {
    use onem2m_cse::binding::tls::{ClientCertificates, ClientTls, ClientTlsConfig, ServerTls, ServerTlsConfig};

    use super::*;

    fn server(dir: &Path) -> ServerTls {
        let clients = ClientCertificates::Required(dir.join("ca.pem"));
        let (certificates, key) = (dir.join("server.pem"), dir.join("server.key"));
        ServerTls::load(ServerTlsConfig { certificates, key, clients }).unwrap()
    }

    #[test]
    fn what_is_written_can_be_used_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("tls");
        let said = dev(&dir, &["Cmeter".to_owned(), "/id-mn".to_owned()]).unwrap();
        for line in [
            r#"identity "//acme.example.com/id-in/Cmeter" may speak for "Cmeter""#,
            r#"identity "id-mn.acme.example.com" may speak for "/id-mn""#,
        ] {
            assert!(said.contains(line), "{said}");
        }
        server(&dir);
        let own = |stem: &str| {
            let (certificates, key) = (dir.join(format!("{stem}.pem")), dir.join(format!("{stem}.key")));
            onem2m_cse::binding::tls::KeyPair { certificates, key }
        };
        for stem in ["Cmeter", "id-mn", "server"] {
            let config = ClientTlsConfig { system_roots: false, roots: vec![dir.join("ca.pem")], own: Some(own(stem)) };
            ClientTls::load(config).unwrap();
        }
        let before = fs::read(dir.join("server.pem")).unwrap();
        let said = dev(&dir, &["Clamp".to_owned()]).unwrap();
        assert!(said.contains("left as it is") && said.contains("Clamp.pem"), "{said}");
        assert_eq!(fs::read(dir.join("server.pem")).unwrap(), before);
        fs::remove_file(dir.join("ca.key")).unwrap();
        assert!(dev(&dir, &[]).unwrap_err().contains("ca.key is not"));
    }

    #[test]
    fn another_implementation_finds_nothing_wrong_with_them() {
        use std::process::Command;
        if Command::new("openssl").arg("version").output().is_err() {
            let reason = "this story needs openssl, which is not installed";
            assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
            eprintln!("skipped: {reason}");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        dev(dir.path(), &["Cmeter".to_owned(), "/id-mn".to_owned()]).unwrap();
        let verify = |name: &str, purpose: &str| {
            let mut command = Command::new("openssl");
            command.args(["verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.pem", name]);
            let output = command.current_dir(dir.path()).output().unwrap();
            output.status.success().then_some(()).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
        };
        for (name, purpose) in [
            ("server.pem", "sslserver"),
            ("server.pem", "sslclient"),
            ("Cmeter.pem", "sslclient"),
            ("id-mn.pem", "sslclient"),
        ] {
            assert_eq!(verify(name, purpose), Ok(()), "{name}");
        }
        // And a client is no server.
        assert!(verify("Cmeter.pem", "sslserver").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_for_their_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        dev(dir.path(), &["Cmeter".to_owned()]).unwrap();
        for name in ["ca.key", "server.key", "Cmeter.key"] {
            let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
    }

    #[test]
    fn names_are_read_as_the_standard_writes_them() {
        let config = CseConfig::default();
        for (name, identity) in [
            ("Cmeter", "//acme.example.com/id-in/Cmeter"),
            ("S98821", "//acme.example.com/S98821"),
            ("/id-mn/Cmeter", "//acme.example.com/id-mn/Cmeter"),
            ("//m2m.prov.com/CSE3219/C9886", "//m2m.prov.com/CSE3219/C9886"),
            ("/id-mn", "id-mn.acme.example.com"),
            ("//m2m.prov.com/CSE3219", "cse3219.m2m.prov.com"),
        ] {
            assert_eq!(Client::read(name, &config).map(|client| client.identity).as_deref(), Ok(identity));
        }
        for wrong in ["", "/", "a/b/c/d", "C*", "../x", "C x", "//", "ca", "/server", "/a/.."] {
            assert!(Client::read(wrong, &config).is_err(), "{wrong}");
        }
    }
}
