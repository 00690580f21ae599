//! The program in circumstances that are not the best.
#![cfg(all(unix, feature = "server"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_onem2m-cse"))
}

#[test]
fn a_directory_without_a_cse_is_not_given_one_by_being_checked() {
    let folder = tempfile::tempdir().unwrap();
    let output = program().args(["check", "--data"]).arg(folder.path()).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && complaint.contains("there is no CSE in"), "{complaint}");
    assert!(complaint.contains(folder.path().to_str().unwrap()), "{complaint}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    fs::write(folder.path().join("FORMAT"), "somebody else's").unwrap();
    assert!(!program().args(["check", "--data"]).arg(folder.path()).status().unwrap().success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn nobody_has_to_listen_to_the_greeting() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut child = program()
        .args(["--memory", "--log-level", "error", "--http", &port])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let begun = Instant::now();
    while TcpStream::connect(&port).is_err() && begun.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(5));
    }
    // It greets once it listens; a moment later it is still there.
    thread::sleep(Duration::from_millis(200));
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    let complaint = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert_eq!(ended, None, "{complaint}");
}

fn held<T>(bind: impl Fn() -> std::io::Result<T>) -> Option<T> {
    (0..100).find_map(|_| bind().map_err(|_| thread::sleep(Duration::from_millis(50))).ok())
}

/// Nobody asked for WebSocket or CoAP: a port that is taken is done without. Somebody asked: it is not.
#[test]
fn a_port_that_is_taken_is_done_without_unless_it_was_asked_for() {
    // Other stories have them for a moment; whoever has them for longer serves as well.
    let _taken = (held(|| TcpListener::bind("127.0.0.1:8180")), held(|| UdpSocket::bind("127.0.0.1:5683")));
    let mut child = program()
        .args(["--memory", "--log-level", "warn", "--http", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let greeting: Vec<String> = lines.by_ref().take(4).map(Result::unwrap).collect();
    child.kill().unwrap();
    let complaint = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(greeting[0].contains("is ready: http://127.0.0.1:"), "{greeting:?}");
    assert_eq!(greeting[1..], ["WebSocket: none", "CoAP: none", "MQTT: none"]);
    for name in ["WebSocket", "CoAP"] {
        assert!(complaint.contains(&format!("not listening for {name}")), "{complaint}");
    }
    // These two are surely taken: we have them.
    let (tcp, udp) = (TcpListener::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let taken = [("--ws", tcp.local_addr().unwrap()), ("--coap", udp.local_addr().unwrap())];
    for (option, address) in taken {
        let address = address.to_string();
        let output = program().args(["--memory", "--http", "127.0.0.1:0", option, &address]).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && complaint.contains(&address), "{complaint}");
    }
}

/// One CSE in front of everything, set up as an operator would: a file, keys, a certificate; asked by the program itself.
#[test]
fn one_file_sets_up_every_binding_and_says_who_may_speak_for_whom() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = program().args(["cert", "dev"]).arg(at("tls")).arg("Cmeter").output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let tls = |name: &str| at("tls").join(name).display().to_string();
    let file = format!(
        r#"
[http]
addresses = ["127.0.0.1:0"]
[ws]
addresses = ["127.0.0.1:0"]
[coap]
addresses = ["127.0.0.1:0"]
secure_addresses = ["127.0.0.1:0"]
[tls]
certificates = "{}"
key = "{}"
client_roots = "{}"
[[psk]]
identity = "meter7"
key = "c0ffee00c0ffee00c0ffee00c0ffee00"
[[identities]]
identity = "meter7"
originators = ["CAdmin"]
[[identities]]
identity = "//acme.example.com/id-in/Cmeter"
originators = ["CAdmin", "Cmeter"]
"#,
        tls("server.pem"),
        tls("server.key"),
        tls("ca.pem"),
    );
    fs::write(at("cse.toml"), file).unwrap();
    let mut child = program()
        .args(["--memory", "--log-level", "warn", "--config"])
        .arg(at("cse.toml"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let greeting: Vec<String> = lines.by_ref().take(3).map(Result::unwrap).collect();
    let urls: Vec<&str> =
        greeting.iter().flat_map(|line| line.split(' ')).filter(|word| word.contains("://")).collect();
    let schemes: Vec<&str> = urls.iter().map(|url| url.split("://").next().unwrap()).collect();
    assert_eq!(schemes, ["https", "wss", "coap", "coaps"]);
    let ask = |url: &str, originator: &str, more: &[String]| {
        let mut request = program();
        request.args(["request", url, "RETRIEVE", "cse-in", "--originator", originator]).args(more);
        let output = request.output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let certificate = ["--ca".into(), tls("ca.pem"), "--cert".into(), tls("Cmeter.pem"), tls("Cmeter.key")];
    let key = ["--psk".to_owned(), "meter7".to_owned(), "c0ffee00c0ffee00c0ffee00c0ffee00".to_owned()];
    for (url, shown) in [
        (urls[0], &certificate[..]),
        (urls[1], &certificate[..]),
        (urls[2], &[]),
        (urls[3], &certificate[..]),
        (urls[3], &key[..]),
    ] {
        let said = ask(url, "CAdmin", shown);
        assert!(said.starts_with("2000"), "{url}: {said}");
        let said = ask(url, "Cother", shown);
        let expected = if shown.is_empty() { "4103" } else { "4106" };
        assert!(said.starts_with(expected), "{url}: {said}");
    }
    let said = ask(urls[0], "CAdmin", &[]);
    assert!(said.contains("not reached") && said.contains("trusted"), "{said}");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// TLS takes RSA certificates, DTLS does not: it must not be in the way of a CSE that nobody asked for CoAP over DTLS.
#[test]
fn a_certificate_that_only_tls_takes_is_no_trouble_until_dtls_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let name = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    let (pem, key) = (name("rsa.pem"), name("rsa.key"));
    let subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2", "-nodes"];
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-keyout", &key, "-out", &pem])
        .args(subject)
        .output();
    let Ok(made) = made else {
        assert!(std::env::var_os("REQUIRE_SERVICES").is_none(), "openssl is not installed");
        return println!("skipped: openssl is not installed");
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let check = |more: &[&str]| {
        let said = ["config", "check", "--memory", "--tls", &pem, &key, "--tls-roots", &pem];
        program().args(said).args(more).output().unwrap()
    };
    let output = check(&[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = check(&["--coaps", "127.0.0.1:0"]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && complaint.contains("coaps"), "{complaint}");
}
