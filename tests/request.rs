//! `onem2m-cse request` at a CSE.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test speaks by panicking")]

mod support;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use onem2m_cse::binding::coap::CoapConfig;
use onem2m_cse::binding::dtls::{DtlsConfig, PreSharedKey};
use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::binding::mqtt::{MqttBinding, MqttConfig, MqttLogin};
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::{Cse, CseConfig};
use support::authority::Authority;
use support::mosquitto::Mosquitto;

fn request(words: &[&str], input: Option<&str>) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onem2m-cse"));
    command.arg("request").args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_at_a_terminal_works_with_a_cse() {
    let anywhere = || vec!["127.0.0.1:0".parse().unwrap()];
    let cse = Cse::builder(CseConfig::default())
        .bind(HttpConfig { addresses: anywhere(), ..HttpConfig::default() })
        .bind(WsConfig { addresses: anywhere(), ..WsConfig::default() })
        .bind(CoapConfig { addresses: anywhere(), ..CoapConfig::default() });
    let broker = Mosquitto::guarded(("cse", "secret")).await;
    let login = MqttLogin { username: "cse".into(), password: "secret".into() };
    let cse = match &broker {
        Some(broker) => {
            let mqtt = MqttConfig { broker: broker.url(), login: Some(login), ..MqttConfig::default() };
            cse.bind(MqttBinding::new(mqtt))
        }
        None => cse,
    };
    let cse = cse.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("instance.json");
    std::fs::write(&file, r#"{"m2m:cin":{"con":"from a file"}}"#).unwrap();
    let file = format!("@{}", file.display());
    for url in cse.addresses() {
        let url = if url.starts_with("mqtt") { format!("{url}/id-in") } else { url };
        for format in ["json", "cbor", "xml"] {
            let ask = |words: &[&str], input| {
                let all = [&[url.as_str()], words, &["-o", "CAdmin", "--format", format, "--login", "cse", "secret"]]
                    .concat();
                request(&all, input)
            };
            let made = ask(&["CREATE", "cse-in", "--body", r#"{"m2m:cnt":{"rn":"c","lbl":["a"]}}"#], None);
            assert!(made.0 == 0 && made.1.starts_with("2001 CREATED\n{\n  \"m2m:cnt\": {\n"), "{made:?}");
            assert_eq!(ask(&["POST", "cse-in/c", "--body", &file], None).0, 0);
            let said = ask(&["CREATE", "cse-in/c", "--type", "cin", "--body", "-"], Some(r#"{"m2m:cin":{"con":"ä"}}"#));
            assert!(said.0 == 0, "{said:?}");
            let told = ask(&["NOTIFY", "cse-in/c", "--body", r#"{"m2m:sgn":{}}"#], None);
            assert_eq!((told.0, told.1.starts_with('4')), (1, true), "a container cannot be told: {told:?}");
            let found = ask(&["DISCOVER", "cse-in", "--param", "lbl=a", "-p", "ty=3"], None);
            assert!(found.0 == 0 && found.1.contains("\"cse-in/c\""), "{found:?}");
            let latest = ask(&["GET", "cse-in/c/la", "--json"], None);
            assert!(latest.1.contains(r#""con":"ä""#) && latest.1.lines().count() == 1, "{latest:?}");
            let changed = ask(&["PUT", "cse-in/c", "--body", r#"{"m2m:cnt":{"lbl":null}}"#, "--param", "rcn=0"], None);
            assert_eq!((changed.0, &*changed.1), (0, "2004 UPDATED\n"));
            assert_eq!(ask(&["DELETE", "cse-in/c", "--param", "rcn=0"], None).1, "2002 DELETED\n");
            let gone = ask(&["GET", "cse-in/c"], None);
            assert!(gone.0 == 1 && gone.1.starts_with("4004 NOT_FOUND\n") && !gone.1.contains('{'), "{gone:?}");
        }
    }
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_shown_and_looked_at() {
    let authority = Authority::new();
    let files = authority.ae("Cmeter");
    let anywhere = vec!["127.0.0.1:0".parse().unwrap()];
    let http = HttpConfig { addresses: anywhere, tls: Some(authority.strict()), ..HttpConfig::default() };
    let cse = Cse::builder(CseConfig::default()).bind(http).start().await.unwrap();
    let (url, ca) = (cse.addresses().remove(0), authority.name("ca.pem"));
    let ask = |words: &[&str]| request(&[&[&*url, "GET", "cse-in", "-o", "CAdmin"], words].concat(), None);
    let (certificate, key) = (files.certificates.to_str().unwrap(), files.key.to_str().unwrap());
    let seen = ask(&["--ca", &ca, "--cert", certificate, key]);
    assert!(seen.0 == 0 && seen.1.starts_with("2000 OK"), "{seen:?}");
    let nameless = ask(&["--ca", &ca]);
    assert!(nameless.0 == 3, "{nameless:?}");
    let trusting_others = ask(&["--cert", certificate, key]);
    assert!(trusting_others.0 != 0 && trusting_others.1.is_empty(), "{trusting_others:?}");
    let dtls = DtlsConfig { keys: vec![PreSharedKey::new("meter", [7; 16])], ..DtlsConfig::default() };
    let shields = Some(dtls.server().unwrap());
    let coap = CoapConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], shields, ..CoapConfig::default() };
    let small = Cse::builder(CseConfig::default()).bind(coap).start().await.unwrap();
    let url = small.addresses().remove(0);
    let with =
        |words: &[&str]| request(&[&[&*url, "GET", "cse-in", "-o", "CAdmin", "--timeout", "3"], words].concat(), None);
    let key = "07".repeat(16);
    assert_eq!(with(&["--psk", "meter", &key]).0, 0);
    assert_eq!(with(&["--psk", "meter", "07"]).0, 3, "another key");
    assert!(with(&[]).2.contains("key"), "no key");
    small.stop().await;
    let lost = ask(&["--ca", "/no/such/file"]);
    assert!(lost.0 == 2 && lost.2.contains("/no/such/file"), "{lost:?}");
    cse.stop().await;
}

#[test]
fn mistakes_and_absence_have_codes_of_their_own() {
    let (code, _, complaint) = request(&["http://127.0.0.1:9", "GET"], None);
    assert!(code == 2 && complaint.contains("request --help"), "{complaint}");
    let (code, _, complaint) = request(&["gopher://x", "GET", "cse-in"], None);
    assert!(code == 2 && complaint.contains("gopher"), "{complaint}");
    for url in ["http://127.0.0.1:9", "ws://127.0.0.1:9"] {
        let (code, out, complaint) = request(&[url, "GET", "cse-in", "--timeout", "2"], None);
        assert!(code == 3 && out.is_empty() && complaint.contains("not reached"), "{complaint}");
    }
    let (code, help, _) = request(&["--help"], None);
    assert!(code == 0 && help.contains("OPERATION"));
}
