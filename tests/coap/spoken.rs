//! What somebody in another language hears.

use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig, CoapLimits};
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Request, Status};
use tokio::process::Command;

use super::libcoap::Libcoap;
use super::relay::{Fate, Relay};
use super::{instances, open};

#[tokio::test]
async fn an_application_lives_here() {
    let (cse, address) = open(CoapLimits::default()).await;
    let Some(lamp) = Libcoap::find(address).await else { return };
    let instance = ["-O", "267,0x04", "-t", "50", "-e", r#"{"m2m:cin":{"con":"21.5","rn":"first"}}"#];
    let created = lamp.ask("post", "cse-in/Clamp/c", &instance).await;
    assert_eq!((&*created.kind, &*created.code, created.status()), ("ACK", "2.01", 2001), "{created:?}");
    assert!(
        created.options.contains("Location-Path:cin-") && created.options.contains("283:\\x72\\x31"),
        "{created:?}"
    );
    let latest = lamp.ask("get", "cse-in/Clamp/c/la", &[]).await;
    assert_eq!((&*latest.code, latest.status()), ("2.05", 2000), "{latest:?}");
    assert!(latest.payload.contains(r#""con":"21.5""#), "{latest:?}");
    assert!(latest.options.contains("Content-Format:application/json, Max-Age:0"), "{latest:?}");
    let labelled = ["-t", "50", "-e", r#"{"m2m:cnt":{"lbl":["warm"]}}"#];
    let updated = lamp.ask("put", "cse-in/Clamp/c?rcn=0", &labelled).await;
    assert_eq!((&*updated.code, updated.status(), &*updated.payload), ("2.04", 2004, ""), "{updated:?}");
    let found = lamp.ask("get", "cse-in?fu=1&lbl=warm", &[]).await;
    assert!(found.payload.contains("cse-in/Clamp/c"), "{found:?}");
    // The other scope, and a NOTIFY to whom nobody listens.
    let other = lamp.ask("get", "~/id-in/cse-in/Clamp", &[]).await;
    assert_eq!(other.status(), 2000, "{other:?}");
    let deleted = lamp.ask("delete", "cse-in/Clamp/c/first", &[]).await;
    assert_eq!((&*deleted.code, deleted.status()), ("2.02", 2002), "{deleted:?}");
    let gone = lamp.ask("get", "cse-in/Clamp/c/first", &[]).await;
    assert_eq!((&*gone.code, gone.status()), ("4.04", 4004), "{gone:?}");
    cse.stop().await;
}

#[tokio::test]
async fn what_is_not_confirmable_or_observed_is_answered_once() {
    let (cse, address) = open(CoapLimits::default()).await;
    let Some(lamp) = Libcoap::find(address).await else { return };
    let heard = lamp.ask("get", "cse-in/Clamp", &["-N"]).await;
    assert_eq!((&*heard.kind, &*heard.code), ("NON", "2.05"), "{heard:?}");
    let observed = lamp.ask("get", "cse-in/Clamp", &["-s", "1"]).await;
    assert_eq!(observed.code, "2.05");
    assert!(!observed.options.contains("Observe"), "nobody will be told: {observed:?}");
    let unknown = lamp.ask("get", "cse-in/Clamp", &["-O", "9,x"]).await;
    assert_eq!((&*unknown.code, unknown.status()), ("4.02", 0), "{unknown:?}");
    assert!(unknown.payload.contains("option 9"));
    cse.stop().await;
}

#[tokio::test]
async fn a_small_device_speaks_cbor() {
    let (cse, address) = open(CoapLimits::default()).await;
    let Some(lamp) = Libcoap::find(address).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("instance.cbor");
    // {"m2m:cin": {"con": "21.5"}}
    std::fs::write(&file, b"\xa1\x67m2m:cin\xa1\x63con\x6421.5").unwrap();
    let instance = ["-O", "267,0x04", "-t", "60", "-f", file.to_str().unwrap()];
    let created = lamp.ask("post", "cse-in/Clamp/c", &instance).await;
    assert_eq!(created.status(), 2001, "{created:?}");
    assert!(created.options.contains("Content-Format:application/cbor"), "{created:?}");
    assert!(created.payload.starts_with("a1676d326d3a63696e"), "{created:?}");
    let latest = lamp.ask("get", "cse-in/Clamp/c/la", &["-A", "60"]).await;
    // con: "21.5"
    assert!(latest.payload.contains("63636f6e6432312e35"), "{latest:?}");
    let refused = lamp.ask("get", "cse-in/Clamp/c/la", &["-A", "40"]).await;
    assert_eq!((&*refused.code, refused.status()), ("4.06", 5207), "{refused:?}");
    cse.stop().await;
}

#[tokio::test]
async fn five_thousand_bytes_come_and_go_in_blocks() {
    let (cse, address) = open(CoapLimits::default()).await;
    let Some(lamp) = Libcoap::find(address).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("instance.json");
    let content: String = (0..1000).map(|number| format!("{number:05}")).collect();
    std::fs::write(&file, format!(r#"{{"m2m:cin":{{"con":"{content}"}}}}"#)).unwrap();
    for size in ["1024", "64"] {
        let block = ["-O", "267,0x04", "-t", "50", "-b", size, "-f", file.to_str().unwrap()];
        let created = lamp.ask("post", "cse-in/Clamp/c?rcn=0", &block).await;
        assert_eq!((&*created.code, created.status()), ("2.01", 2001), "{created:?}");
        assert!(created.log.matches("c:2.31").count() >= 4, "{}", created.log);
    }
    assert_eq!(instances(&cse).await, [content.clone(), content.clone()]);
    // From one port, block by block, until there are no more.
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut whole = String::new();
    for number in 0..6 {
        let block = format!("{number},1024");
        let part = lamp.ask("get", "cse-in/Clamp/c/la", &["-p", &port, "-b", &block]).await;
        assert_eq!(part.code, "2.05", "{part:?}");
        let more = if number < 5 { "M" } else { "_" };
        assert!(part.options.contains(&format!("Block2:{number}/{more}/1024")), "{part:?}");
        whole += &part.payload;
    }
    assert!(whole.contains(&content) && whole.starts_with('{') && whole.ends_with('}'), "{whole}");
    cse.stop().await;
}

/// The first datagram is lost, and each of the others comes twice.
#[tokio::test]
async fn what_is_said_twice_is_done_once() {
    let (cse, address) = open(CoapLimits::default()).await;
    let fates = [vec![Fate::Lost], vec![Fate::Twice; 1000]].concat();
    let relay = Relay::start(address, fates).await;
    let Some(lamp) = Libcoap::find(relay.address()).await else { return };
    let instance = ["-O", "267,0x04", "-t", "50", "-e", r#"{"m2m:cin":{"con":"21.5"}}"#];
    let created = lamp.ask_for(5, "post", "cse-in/Clamp/c", &instance).await;
    assert_eq!(created.status(), 2001, "{created:?}");
    assert_eq!(instances(&cse).await, ["21.5"]);
    cse.stop().await;
}

/// libcoap's server is no CSE: it does not know the options.
#[tokio::test]
async fn a_server_that_is_no_cse_is_understood() {
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut command = Command::new("coap-server-notls");
    let Ok(mut server) = command.args(["-A", "127.0.0.1", "-p", &port]).kill_on_drop(true).spawn() else {
        let reason = "this story needs libcoap's server (libcoap3-bin), which is not installed";
        assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
        eprintln!("skipped: {reason}");
        return;
    };
    let client = CoapClient::new(CoapClientConfig { transmission: super::hasty(), ..CoapClientConfig::default() });
    let url = format!("coap://localhost:{port}/time");
    let request = Request::retrieve("time").from("Clamp").identified("r");
    let response = client.call_in(Format::Json, &url, &request, std::time::Duration::from_secs(20)).await.unwrap();
    assert_eq!(response.status, Status::BAD_REQUEST, "4.02 is all that it says");
    server.kill().await.unwrap();
}
