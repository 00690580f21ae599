//! Brokers that are spoken to over WebSocket.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use onem2m_cse::binding::mqtt::{BrokerCheck, MqttBinding, MqttConfig, MqttVersion};
use onem2m_cse::{Cse, CseConfig};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::ae::Ae;
use crate::support::mosquitto::Mosquitto;
use crate::{broken, config, killed, serve};

const VERSIONS: [MqttVersion; 2] = [MqttVersion::V3_1_1, MqttVersion::V5];

/// A broker that speaks without WebSocket on one port and, on another one, over WebSocket.
async fn open(host: &str, more: &str) -> Option<(Mosquitto, u16)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let lines = format!("allow_anonymous true\nlistener {port} {host}\nprotocol websockets\n{more}");
    let broker = Mosquitto::with(&lines, &[]).await?;
    // It opens one port after the other.
    while TcpStream::connect((host, port)).await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Some((broker, port))
}

#[tokio::test]
async fn an_application_lives_behind_a_broker_over_websocket_in_either_version() {
    for version in VERSIONS {
        let Some((broker, port)) = open("127.0.0.1", "").await else { return };
        let url = format!("ws://127.0.0.1:{port}/mqtt");
        let cse = serve(MqttConfig { broker: url.clone(), version, ..config(&broker) }).await;
        assert_eq!(cse.addresses(), [format!("mqtt+{url}")]);
        let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
        // Large enough to be cut into many pieces both ways.
        let large = "x".repeat(150_000);
        assert_eq!(lamp.ask(lamp.instance("1", &large)).await["rsc"], json!(2001));
        let latest = lamp.ask(json!({"op": 2, "to": "cse-in/Clamp/c/la"})).await;
        assert_eq!(latest["pc"]["m2m:cin"]["con"], json!(large));
        assert_eq!(lamp.ask(json!({"op": 4, "to": "cse-in/Clamp"})).await["rsc"], json!(2002));
        cse.stop().await;
    }
}

#[tokio::test]
async fn an_address_of_version_6_is_found() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return println!("skipped: this machine has no IPv6");
    }
    let Some((broker, port)) = open("::1", "").await else { return };
    let cse = serve(MqttConfig { broker: format!("ws://[::1]:{port}"), ..config(&broker) }).await;
    let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
    assert_eq!(lamp.ask(lamp.instance("1", "x")).await["rsc"], json!(2001));
    cse.stop().await;
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_cse_and_its_broker_show_each_other_their_certificates_over_websocket() {
    use crate::support::authority::Authority;
    let authority = Authority::new();
    let [ca, own, key] = ["ca.pem", "server.pem", "server.key"].map(|name| authority.name(name));
    let lines = format!("cafile {ca}\ncertfile {own}\nkeyfile {key}\nrequire_certificate true\n");
    let Some((broker, port)) = open("127.0.0.1", &lines).await else { return };
    let secured = |authority: &Authority, version| {
        let url = format!("wss://localhost:{port}/mqtt");
        MqttConfig { broker: url, tls: Some(authority.client()), version, ..config(&broker) }
    };
    for version in VERSIONS {
        let cse = serve(secured(&authority, version)).await;
        let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
        assert_eq!(lamp.ask(lamp.instance("1", "x")).await["rsc"], json!(2001));
        cse.stop().await;
        assert_eq!(secured(&authority, version).check_broker("/id-in").await, Ok(BrokerCheck::Listens));
        let refused = secured(&Authority::new(), version).check_broker("/id-in").await.unwrap_err().to_string();
        assert!(refused.contains("is not reached") && refused.contains("certificate"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_over_websocket_that_is_killed_takes_nothing_with_it_that_was_answered() {
    for version in VERSIONS {
        let Some((broker, port)) = open("127.0.0.1", "").await else { return };
        let config = MqttConfig { broker: format!("ws://127.0.0.1:{port}/"), version, ..config(&broker) };
        killed::lives_through_a_kill(config, broker).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_a_broker_over_websocket_loses_no_request_and_doubles_none() {
    for version in VERSIONS {
        let Some((broker, port)) = open("127.0.0.1", "").await else { return };
        let config = MqttConfig { broker: format!("ws://127.0.0.1:{port}/"), version, ..config(&broker) };
        broken::lives_through_a_restart(config, broker).await;
    }
}

#[tokio::test]
async fn a_message_that_is_far_too_large_is_got_rid_of() {
    for version in VERSIONS {
        let Some((broker, port)) = open("127.0.0.1", "").await else { return };
        let mut config = MqttConfig { broker: format!("ws://127.0.0.1:{port}/"), version, ..config(&broker) };
        config.limits.message_bytes = 8 * 1024;
        let cse = serve(config).await;
        let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
        let answer = lamp.ask(lamp.instance("1", &"x".repeat(10_000))).await;
        assert_eq!(answer["rsc"], json!(4000), "{answer}");
        // More than the client reads in a packet, and more than is read in a frame.
        for bytes in [200_000, 500_000] {
            lamp.say(lamp.instance("2", &"x".repeat(bytes))).await;
            let is_back = async {
                loop {
                    lamp.say(lamp.instance(&bytes.to_string(), "y")).await;
                    let Some((_, answer)) = lamp.ear.hear_within(Duration::from_millis(500)).await else { continue };
                    return serde_json::from_slice::<serde_json::Value>(&answer).unwrap();
                }
            };
            let answer = tokio::time::timeout(Duration::from_secs(20), is_back).await.expect("it comes back");
            assert_eq!(answer["rsc"], json!(2001), "{answer}");
            // What was said more than once.
            while lamp.ear.hear_within(Duration::from_millis(300)).await.is_some() {}
        }
        cse.stop().await;
    }
}

/// Somebody who answers the handshake, and says that the MQTT connection is there.
async fn accept(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    let (stream, _) = listener.accept().await.unwrap();
    #[allow(clippy::result_large_err, reason = "the library wants it so")]
    let agree = |request: &Request, mut response: Response| {
        assert_eq!(request.uri().path(), "/mqtt");
        assert_eq!(request.headers()["sec-websocket-protocol"], "mqtt");
        response.headers_mut().insert("sec-websocket-protocol", "mqtt".parse().unwrap());
        Ok(response)
    };
    let mut ws = tokio_tungstenite::accept_hdr_async(stream, agree).await.unwrap();
    assert!(ws.next().await.unwrap().unwrap().is_binary());
    ws.send(Message::binary([0x20, 2, 0, 0].as_slice())).await.unwrap();
    ws
}

#[tokio::test]
async fn a_broker_that_says_nothing_but_ping_or_speaks_in_text_does_no_harm() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let broker = format!("ws://{}/mqtt", listener.local_addr().unwrap());
    let mut config = MqttConfig { broker, ..MqttConfig::default() };
    config.limits.retry_least = Duration::from_millis(10);
    let strange = tokio::spawn(async move {
        let mut ws = accept(&listener).await;
        // A hundred thousand in a row, as they stand on the wire, and the answer to a subscription of three in two frames.
        assert!(ws.next().await.unwrap().unwrap().is_binary());
        ws.get_mut().write_all(&[0x89, 0].repeat(100_000)).await.unwrap();
        ws.get_mut().write_all(&[0x82, 4, 0x90, 5, 0, 1, 0x82, 3, 1, 1, 1]).await.unwrap();
        let mut bytes = vec![0; 4096];
        while ws.get_mut().read(&mut bytes).await.unwrap() == bytes.len() {}
        ws.send(Message::text("hello")).await.unwrap();
        accept(&listener).await
    });
    let cse = tokio::time::timeout(Duration::from_secs(20), serve(config)).await.expect("it starts");
    let again =
        tokio::time::timeout(Duration::from_secs(20), strange).await.expect("it hangs up, and comes again").unwrap();
    drop(again);
    cse.stop().await;
}

#[tokio::test]
async fn a_path_at_which_there_is_no_broker_stops_the_start() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let broker = format!("ws://{}/elsewhere", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    let config = MqttConfig { broker, ..MqttConfig::default() };
    let started = Cse::builder(CseConfig::default()).bind(MqttBinding::new(config)).start().await;
    let reason = started.expect_err("it started").to_string();
    assert!(reason.contains("404 Not Found") && reason.contains("/elsewhere"), "{reason}");
}
