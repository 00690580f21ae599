//! Files that are wrong, and names in certificates.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair as Key, SanType};
use tempfile::TempDir;

use super::*;

/// A certificate with these names, and its key.
fn issue(names: Vec<SanType>) -> (rcgen::Certificate, Key) {
    let key = Key::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names = names;
    (params.self_signed(&key).unwrap(), key)
}

struct Desk(TempDir);

impl Desk {
    /// `a.pem` and `a.key`, `b.key` of somebody else, and `ca.pem`.
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        let (certificate, key) = issue(vec![SanType::DnsName("localhost".try_into().unwrap())]);
        desk.write("a.pem", certificate.pem());
        desk.write("a.key", key.serialize_pem());
        desk.write("b.key", Key::generate().unwrap().serialize_pem());
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        desk.write("ca.pem", CertifiedIssuer::self_signed(params, Key::generate().unwrap()).unwrap().pem());
        desk
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn server(&self, certificates: &str, key: &str, clients: ClientCertificates) -> Result<ServerTls, String> {
        let config = ServerTlsConfig { certificates: self.path(certificates), key: self.path(key), clients };
        ServerTls::load(config).map_err(|error| error.to_string())
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn what_is_wrong_with_a_file_is_said_by_its_name() {
    let desk = Desk::new();
    desk.write("empty", "");
    desk.write("broken", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
    desk.write("locked", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    desk.write("nonsense.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for (certificates, key, culprit, what) in [
        ("none", "a.key", "none", "cannot be read"),
        ("a.key", "a.key", "a.key", "holds no certificate"),
        ("broken", "a.key", "broken", "no sound PEM"),
        ("a.pem", "none", "none", "cannot be read"),
        ("a.pem", "empty", "empty", "holds no private key"),
        ("a.pem", "locked", "locked", "is encrypted"),
        ("a.pem", "b.key", "b.key", "is not the private key of the first certificate in"),
        ("nonsense.pem", "a.key", "a.key", "cannot be used with"),
    ] {
        let said = desk.server(certificates, key, ClientCertificates::NotAsked).unwrap_err();
        let (path, said) = said.split_once(": ").unwrap();
        assert_eq!(file_name(Path::new(path)), culprit, "{said}");
        assert!(said.contains(what), "{said}");
    }
    fs::create_dir(desk.path("folder")).unwrap();
    let said = desk.server("a.pem", "folder", ClientCertificates::NotAsked).unwrap_err();
    assert!(said.contains("folder: cannot be read: "), "{said}");
    let endless = ServerTlsConfig { certificates: desk.path("a.pem"), key: "/dev/zero".into(), ..Default::default() };
    if cfg!(unix) {
        assert!(ServerTls::load(endless).unwrap_err().to_string().contains("larger than 16 MiB"));
    }
    let clients = ClientCertificates::Required(desk.path("nonsense.pem"));
    let said = desk.server("a.pem", "a.key", clients).unwrap_err();
    assert!(said.contains("nonsense.pem: one of its certificates cannot be trusted"), "{said}");
    let config = ClientTlsConfig { system_roots: false, ..ClientTlsConfig::default() };
    assert!(ClientTls::load(config).unwrap_err().to_string().contains("trusts nobody"));
    let own = Some(KeyPair { certificates: desk.path("a.pem"), key: desk.path("b.key") });
    let config = ClientTlsConfig { system_roots: false, roots: vec![desk.path("ca.pem")], own };
    assert!(ClientTls::load(config).unwrap_err().to_string().contains("b.key: is not the private key"));
}

#[cfg(unix)]
#[test]
fn a_key_that_too_many_or_too_few_can_read_is_noticed() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let allow = |mode| fs::set_permissions(desk.path("a.key"), fs::Permissions::from_mode(mode)).unwrap();
    allow(0o644);
    assert!(pem::exposure(&desk.path("a.key")).unwrap().contains("(mode 644): chmod 600"));
    assert!(desk.server("a.pem", "a.key", ClientCertificates::NotAsked).is_ok());
    allow(0o640);
    assert_eq!(pem::exposure(&desk.path("a.key")), None);
    allow(0o000);
    // The superuser reads everything.
    if fs::read(desk.path("a.key")).is_err() {
        let said = desk.server("a.pem", "a.key", ClientCertificates::NotAsked).unwrap_err();
        assert!(said.contains("a.key: cannot be read: Permission denied"), "{said}");
    }
}

#[test]
fn a_reload_that_fails_leaves_everything_as_it_was() {
    let desk = Desk::new();
    let server = desk.server("a.pem", "a.key", ClientCertificates::Optional(desk.path("ca.pem"))).unwrap();
    let client = ClientTls::load(ClientTlsConfig {
        system_roots: false,
        roots: vec![desk.path("ca.pem")],
        ..ClientTlsConfig::default()
    })
    .unwrap();
    let before = client.rustls();
    client.reload().unwrap();
    assert!(!Arc::ptr_eq(&before, &client.rustls()));
    let before = client.rustls();
    desk.write("a.key", "");
    desk.write("ca.pem", "");
    assert!(server.reload().unwrap_err().to_string().contains("a.key: holds no private key"));
    assert!(client.reload().unwrap_err().to_string().contains("ca.pem: holds no certificate"));
    assert!(Arc::ptr_eq(&before, &client.rustls()));
}

#[test]
fn the_names_of_a_certificate_are_its_uris_and_domains() {
    let text = |text: &str| rcgen::string::Ia5String::try_from(text).unwrap();
    let (certificate, _) = issue(vec![
        SanType::DnsName(text("Meter.Example.com")),
        SanType::DnsName(text("*.example.com")),
        SanType::URI(text("//acme.example.com/id-in/Cmeter")),
        SanType::URI(text("//acme.example.com/id-in/C*")),
        SanType::IpAddress([127, 0, 0, 1].into()),
        SanType::Rfc822Name(text("meter@example.com")),
    ]);
    assert_eq!(names::proven(certificate.der()).names(), ["//acme.example.com/id-in/Cmeter", "meter.example.com"]);
    let (nameless, _) = issue(vec![]);
    assert_eq!(names::proven(nameless.der()).names(), [""; 0]);
    assert_eq!(names::proven(&vec![0; 9].into()).names(), [""; 0]);
}

proptest::proptest! {
    #[test]
    fn nothing_in_a_certificate_panics(at in 0_usize..1000, byte: u8) {
        let (certificate, _) = issue(vec![SanType::URI("//acme.example.com/Sx".try_into().unwrap())]);
        let mut bytes = certificate.der().to_vec();
        let length = bytes.len();
        bytes[at % length] = byte;
        names::proven(&bytes.into());
    }
}
