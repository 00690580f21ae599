//! What docs/bindings.md and the README say of one request over all bindings: run as it stands, with other people's clients.
#![cfg(all(unix, feature = "server"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use onem2m_cse::binding::coap::CoapConfig;
use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::binding::mqtt::{MqttBinding, MqttConfig};
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::primitive::Request;
use onem2m_cse::value::Value;
use onem2m_cse::{Cse, CseConfig};
use support::like::is_like;
use support::mosquitto::Mosquitto;

const BINDINGS: &str = include_str!("../docs/bindings.md");
const README: &str = include_str!("../README.md");

/// Each command, in `sh` or `python`, with what it prints.
fn commands(text: &str) -> Vec<(&str, &str, &str)> {
    let mut found = Vec::new();
    let fences: Vec<&str> = text.split("```").collect();
    for (place, fence) in fences.iter().enumerate().skip(1).step_by(2) {
        let (language, command) = fence.split_once('\n').unwrap();
        if matches!(language, "sh" | "python") {
            let printed = fences[place + 2];
            let printed = printed.strip_prefix("out\n").or_else(|| printed.strip_prefix("text\n"));
            found.push((language, command, printed.expect("below a command stands what it prints")));
        }
    }
    found
}

/// A CSE that speaks everything, with the meter of the README, and the addresses that the manual uses, with ours.
async fn open(broker: &Mosquitto) -> (Cse, Vec<(&'static str, String)>) {
    let any = vec!["127.0.0.1:0".parse().unwrap()];
    let mqtt = MqttConfig { broker: format!("mqtt://127.0.0.1:{}", broker.port), ..MqttConfig::default() };
    let cse = Cse::builder(CseConfig::default())
        .bind(HttpConfig { addresses: any.clone(), ..HttpConfig::default() })
        .bind(WsConfig { addresses: any.clone(), ..WsConfig::default() })
        .bind(CoapConfig { addresses: any, ..CoapConfig::default() })
        .bind(MqttBinding::new(mqtt))
        .start()
        .await
        .unwrap();
    for (resource_type, to, content) in [
        (2, "cse-in", r#"{"m2m:ae": {"rn": "meter", "api": "N.example.meter", "rr": false, "srv": ["3"]}}"#),
        (3, "cse-in/meter", r#"{"m2m:cnt": {"rn": "temps"}}"#),
        (4, "cse-in/meter/temps", r#"{"m2m:cin": {"con": "22.5"}}"#),
    ] {
        let content: Value = onem2m_cse::codec::json::decode(content.as_bytes(), 8).unwrap();
        let (root, attributes) = content.as_map().unwrap().single().unwrap();
        let attributes = attributes.as_map().unwrap().clone();
        let response = cse.request(Request::create(to, resource_type, root, attributes).from("Cmeter")).await;
        assert_eq!(response.status.code(), 2001);
    }
    let at = cse.addresses();
    let of = |scheme: &str| at.iter().find(|url| url.starts_with(&format!("{scheme}:"))).unwrap().clone();
    let told = vec![
        ("http://127.0.0.1:8080", of("http")),
        ("ws://127.0.0.1:8180", of("ws")),
        ("coap://127.0.0.1:5683", of("coap")),
        ("mqtt://127.0.0.1:1883", format!("mqtt://127.0.0.1:{}", broker.port)),
        ("-p 1883", format!("-p {}", broker.port)),
    ];
    (cse, told)
}

fn run(language: &str, command: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_onem2m-cse")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    // Debian's own Python has Debian's packages; another one may stand before it.
    let has_it = |python: &str| {
        let tried = Command::new(python).args(["-c", "import websockets"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let python = if has_it("python3") { "python3" } else { "/usr/bin/python3" };
    let shell = if language == "python" { python } else { "sh" };
    Command::new(shell).env("PATH", path).arg("-c").arg(command).output().unwrap()
}

/// The programs that a command needs, if they are not there.
fn missing(language: &str, command: &str) -> Option<&'static str> {
    let there = |line: &str| Command::new("sh").arg("-c").arg(line).output().unwrap().status.success();
    let needs = |program: &'static str| command.contains(program) && !there(&format!("command -v {program}"));
    let missing = ["curl", "mosquitto_pub", "coap-client-notls"].into_iter().find(|program| needs(program));
    let import = "python3 -c 'import websockets' || /usr/bin/python3 -c 'import websockets'";
    missing.or_else(|| (language == "python" && !there(import)).then_some("python3-websockets"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_prints_what_stands_below_it() {
    let Some(broker) = Mosquitto::open().await else { return };
    let (cse, told) = open(&broker).await;
    let readme = &README[README.find("\n## One request").unwrap()..README.find("\n## Embedding").unwrap()];
    let commands: Vec<_> = commands(BINDINGS).into_iter().chain(commands(readme)).collect();
    assert!(commands.len() >= 7, "all commands were found");
    for (language, command, expected) in commands {
        if let Some(program) = missing(language, command) {
            let reason = format!("skipped: there is no {program}");
            assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
            println!("{reason}");
            continue;
        }
        let ours = told.iter().fold(command.to_owned(), |text, (from, to)| text.replace(from, to));
        let language_of = language.to_owned();
        let output = tokio::task::spawn_blocking(move || run(&language_of, &ours)).await.unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        if command.contains("for format in") {
            let lines: Vec<&str> = printed.lines().collect();
            assert_eq!(lines.len(), 12, "{printed}\n{complaint}");
            // A response that is a whole primitive says to whom it goes, and XML has an order of its own.
            let content = |line: &&str| serde_json::from_str::<serde_json::Value>(line).unwrap()["pc"].clone();
            assert!(lines.iter().all(|line| content(line) == content(&lines[0])), "{printed}");
            assert!(is_like(lines[0], expected), "{}", lines[0]);
        } else {
            assert!(is_like(&printed, expected), "{command}\nprints\n{printed}{complaint}\nand not\n{expected}");
        }
    }
    cse.stop().await;
}
