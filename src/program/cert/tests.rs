//! What is written is sound, private, and never written twice.

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
    let start = format!("\n  onem2m-cse --tls {0}/server.pem {0}/server.key\n", dir.display());
    assert!(said.contains(&start), "{said}");
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
    // The file of one client is not taken for another's.
    let said = dev(&dir, &["/Cmeter".to_owned()]).unwrap_err();
    assert!(said.contains("Cmeter.pem: is there, and is not the certificate of cmeter.acme.example.com"), "{said}");
    fs::remove_file(dir.join("ca.key")).unwrap();
    assert!(dev(&dir, &[]).unwrap_err().contains("ca.key is not"));
    // And no new authority comes beside what another one issued.
    fs::remove_file(dir.join("ca.pem")).unwrap();
    let said = dev(&dir, &[]).unwrap_err();
    assert!(said.contains("server.pem is there and") && said.contains("ca.pem is not"), "{said}");
    assert!(!dir.join("ca.key").exists());
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
