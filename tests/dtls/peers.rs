//! What the tests share: certificates in files, keys, and programs of others.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use onem2m_cse::binding::dtls::{CertificateAndKey, DtlsConfig, PreSharedKey};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

/// Those of these programs that are installed. None must be missing where all services are required.
pub fn installed(programs: &[&'static str]) -> Vec<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let (here, missing): (Vec<_>, Vec<_>) = programs.iter().copied().partition(|program| is_there(program));
    if !missing.is_empty() {
        let reason = format!("not installed: {}", missing.join(", "));
        assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
        eprintln!("skipped: {reason}");
    }
    here
}

/// A side with one key.
pub fn keyed(identity: &str, key: &str) -> DtlsConfig {
    DtlsConfig { keys: vec![PreSharedKey::new(identity, key)], ..DtlsConfig::default() }
}

/// As `openssl` wants keys.
pub fn hex(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Somebody who issues certificates, into a folder of its own.
pub struct Authority {
    issuer: rcgen::CertifiedIssuer<'static, rcgen::KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut about = rcgen::CertificateParams::new(Vec::new()).unwrap();
        about.distinguished_name.push(rcgen::DnType::CommonName, name);
        about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        about.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
        let issuer = rcgen::CertifiedIssuer::self_signed(about, rcgen::KeyPair::generate().unwrap()).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("roots.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    pub fn roots(&self) -> PathBuf {
        self.folder.path().join("roots.pem")
    }

    /// A file with a certificate on P-256 for this name (a URI, an address or a domain name) and its key.
    pub fn issue(&self, name: &str) -> PathBuf {
        let own = self.sign(name);
        let path = self.folder.path().join(format!("{}.pem", name.replace('/', "-")));
        std::fs::write(&path, own.certificate + &own.key).unwrap();
        path
    }

    fn sign(&self, name: &str) -> CertificateAndKey {
        let mut about = rcgen::CertificateParams::new(Vec::new()).unwrap();
        about.distinguished_name.push(rcgen::DnType::CommonName, name);
        about.subject_alt_names = vec![match name.parse() {
            Ok(address) => rcgen::SanType::IpAddress(address),
            Err(_) if name.contains('/') => rcgen::SanType::URI(name.try_into().unwrap()),
            Err(_) => rcgen::SanType::DnsName(name.try_into().unwrap()),
        }];
        about.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = about.signed_by(&key, &self.issuer).unwrap().pem();
        CertificateAndKey { certificate, key: key.serialize_pem() }
    }

    /// A side that shows such a certificate, and trusts whom this authority vouches for.
    pub fn side(&self, name: &str) -> DtlsConfig {
        DtlsConfig { certificate: Some(self.sign(name)), roots: self.issuer.pem(), ..DtlsConfig::default() }
    }
}

/// Runs a program to its end.
pub async fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
    let Output { status, stdout, stderr } = timeout(PATIENCE, output).await.expect("an end in time").unwrap();
    (status.success(), [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat())
}

/// A program that is talked to, until it is dropped.
pub struct Talk {
    child: Child,
    said: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Talk {
    pub fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { said: child.stdin.take().unwrap(), child, lines }
    }

    pub async fn say(&mut self, line: &str) {
        self.said.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// The next line that has this in it.
    pub async fn hear(&mut self, part: &str) -> String {
        let mut heard = Vec::new();
        loop {
            let line = timeout(PATIENCE, self.lines.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("{part:?} was not said: {heard:?}")).unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended without {part:?}: {heard:?}"));
            if line.contains(part) {
                return line;
            }
            heard.push(line);
        }
    }

    /// Waits until it has come to its end by itself.
    pub async fn end(mut self) {
        timeout(PATIENCE, self.child.wait()).await.expect("an end in time").unwrap();
    }
}

/// For the command line.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
