//! A CSE that is spoken to over WebSockets, and speaks over them.
#![cfg(all(feature = "ws", feature = "http"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod support;

use std::time::{Duration, Instant};

use futures_util::SinkExt as _;
use onem2m_cse::binding::ws::{WsConfig, WsLimits};
use onem2m_cse::{Cse, CseConfig};
use serde_json::json;
use support::socket::{Socket, content, instance};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_tungstenite::tungstenite::handshake::server::{Request as Head, Response as Reply};
use tokio_tungstenite::tungstenite::{Error, Message};

async fn open(limits: WsLimits) -> (Cse, String) {
    let ws = WsConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], limits, ..WsConfig::default() };
    let cse = Cse::builder(CseConfig::default()).bind(ws).start().await.unwrap();
    let address = cse.addresses()[0].clone();
    (cse, address)
}

#[tokio::test]
async fn an_application_lives_on_one_connection() {
    let (cse, address) = open(WsLimits::default()).await;
    let mut lamp = Socket::open(&address).await;
    lamp.register("Clamp").await;
    assert_eq!(lamp.subscribe("Clamp", "Clamp").await["rsc"], json!(2001));
    for number in ["1", "2", "3"] {
        let created = lamp.ask(instance("Clamp", number)).await;
        assert_eq!(created["rsc"], json!(2001), "{created}");
        let told = lamp.told().await;
        assert_eq!((content(&told), &told["to"]), (number, &json!("Clamp")));
    }
    // With its root, as XML has it, and asked by somebody else: 4103.
    lamp.send(r#"{"m2m:rqp":{"op":2,"to":"cse-in/Clamp/c/la","fr":"Cother","rqi":"x","rvi":"3"}}"#).await;
    let refused = lamp.response().await;
    assert_eq!((&refused["rsc"], &refused["rqi"]), (&json!(4103), &json!("x")));
    let gone = lamp.ask(json!({"op": 4, "to": "cse-in/Clamp", "fr": "Clamp"})).await;
    assert_eq!(gone["rsc"], json!(2002));
    cse.stop().await;
}

/// The first request leads to a question back over the same connection, before it is answered.
#[tokio::test]
async fn a_question_back_is_answered_while_the_request_waits() {
    let (cse, address) = open(WsLimits::default()).await;
    let mut lamp = Socket::open(&address).await;
    lamp.register("Clamp").await;
    let mut other = Socket::open(&address).await;
    other.register("Cother").await;
    let sub = json!({"rn": "s", "nu": ["Clamp"], "nct": 1, "enc": {"net": [3]}});
    let request = json!({"op": 1, "to": "cse-in/Cother/c", "fr": "CAdmin", "ty": 23, "pc": {"m2m:sub": sub}});
    let identifier = other.begin(request).await;
    let asked = lamp.told().await;
    assert_eq!(asked["pc"]["m2m:sgn"]["vrq"], json!(true));
    let created = other.response().await;
    assert_eq!((&created["rsc"], &created["rqi"]), (&json!(2001), &json!(identifier)));
    other.ask(instance("Cother", "1")).await;
    assert_eq!(content(&lamp.told().await), "1");
    cse.stop().await;
}

#[tokio::test]
async fn who_vanishes_is_told_on_return() {
    let (cse, address) = open(WsLimits::default()).await;
    let mut lamp = Socket::open(&address).await;
    lamp.register("Clamp").await;
    lamp.subscribe("Clamp", "Clamp").await;
    drop(lamp);
    let mut other = Socket::open(&address).await;
    // Somebody else's connection, also one that claims the name in vain, is told nothing.
    other.register("Cother").await;
    let mut request = instance("Clamp", "1");
    request["fr"] = json!("CAdmin");
    assert_eq!(other.ask(request).await["rsc"], json!(2001));
    assert_eq!(other.ask(json!({"op": 2, "to": "cse-in/Cother", "fr": "Clamp"})).await["rsc"], json!(4103));
    let mut lamp = Socket::open(&address).await;
    lamp.ask(json!({"op": 2, "to": "cse-in/Clamp", "fr": "Clamp"})).await;
    assert_eq!(content(&lamp.told().await), "1");
    // A second connection of the same AE: from now on it is the one, until it goes.
    let mut second = Socket::open(&address).await;
    second.ask(json!({"op": 2, "to": "cse-in/Clamp", "fr": "Clamp"})).await;
    second.ask(instance("Clamp", "2")).await;
    assert_eq!(content(&second.told().await), "2");
    second.ws.close(None).await.unwrap();
    second.closed().await;
    lamp.ask(instance("Clamp", "3")).await;
    assert_eq!(content(&lamp.told().await), "3");
    cse.stop().await;
}

#[tokio::test]
async fn handshakes_that_come_to_nothing_are_told_why() {
    let (cse, address) = open(WsLimits::default()).await;
    let status = |opened: Result<Socket, Error>| match opened {
        Err(Error::Http(reply)) => reply.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    };
    let name = "Sec-WebSocket-Protocol";
    assert_eq!(status(Socket::try_open(&address, &[]).await), 400);
    assert_eq!(status(Socket::try_open(&address, &[(name, "oneM2M.yaml, chat")]).await), 400);
    let web = [(name, "oneM2M.json"), ("Origin", "http://evil.example")];
    assert_eq!(status(Socket::try_open(&address, &web).await), 403);
    assert_eq!(status(Socket::try_open(&address, &[(name, "oneM2M.cbor, oneM2M.json")]).await), 101);
    for (head, answer) in [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 426"),
        ("POST /cse-in HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 426"),
        ("GET /__health__ HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200"),
        ("GET /__ready__ HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200"),
        ("nonsense\r\n\r\n", "HTTP/1.1 400"),
    ] {
        let mut stream = TcpStream::connect(address.trim_start_matches("ws://")).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        assert!(said.starts_with(answer), "{head}: {said}");
    }
    cse.stop().await;
}

#[tokio::test]
async fn what_is_no_primitive_closes_the_connection_with_a_reason() {
    let limits = WsLimits { message_bytes: 10_000, ..WsLimits::default() };
    let (cse, address) = open(limits).await;
    for (message, code) in [
        (Message::text("{"), 1007),
        (Message::text("[]"), 1007),
        (Message::text(r#"{"op":2,"to":"cse-in","fr":"Cae"}"#), 1007),
        (Message::binary(&br#"{"op":2}"#[..]), 1003),
        (Message::text("x".repeat(1_000_000)), 1009),
    ] {
        let mut socket = Socket::open(&address).await;
        // The far end may have closed before all of it was sent.
        let _ = socket.ws.send(message).await;
        assert_eq!(socket.closed().await, Some(code));
    }
    let mut socket = Socket::open(&address).await;
    socket.ws.get_mut().write_all(&[0xff; 64]).await.unwrap();
    assert_eq!(socket.closed().await, Some(1002));
    // What can be answered is answered, and the connection lives on.
    let mut socket = Socket::open(&address).await;
    for bad in [r#"{"op":8,"to":"cse-in","rqi":"a"}"#, r#"{"op":2,"to":"cse-in","rqi":"a","nonsense":1}"#] {
        socket.send(bad).await;
        let refused = socket.response().await;
        assert_eq!((&refused["rsc"], &refused["rqi"]), (&json!(4000), &json!("a")));
    }
    // A response that nobody waits for leads to nothing.
    socket.send(r#"{"rsc":2000,"rqi":"nobody"}"#).await;
    socket.send(r#"{"rsc":"what","rqi":"nobody"}"#).await;
    let answer = socket.ask(json!({"op": 2, "to": "cse-in", "fr": "CAdmin"})).await;
    assert_eq!(answer["rsc"], json!(2000));
    cse.stop().await;
}

#[tokio::test]
async fn silence_has_its_limits() {
    let moment = Duration::from_millis(200);
    let limits = WsLimits {
        handshake_timeout: moment,
        first_message_timeout: moment,
        ping_interval: moment,
        pong_timeout: moment,
        ..WsLimits::default()
    };
    let (cse, address) = open(limits).await;
    // No handshake.
    let mut stream = TcpStream::connect(address.trim_start_matches("ws://")).await.unwrap();
    assert_eq!(stream.read(&mut [0; 10]).await.unwrap(), 0);
    // No primitive.
    assert_eq!(Socket::open(&address).await.closed().await, Some(1008));
    // Pings are answered as long as somebody reads: this one stays.
    let mut lively = Socket::open(&address).await;
    lively.register("Clamp").await;
    assert!(tokio::time::timeout(3 * moment, lively.closed()).await.is_err());
    lively.ask(json!({"op": 2, "to": "cse-in/Clamp", "fr": "Clamp"})).await;
    // And this one does not answer them.
    tokio::time::sleep(4 * moment).await;
    let begun = Instant::now();
    assert_eq!(lively.closed().await, None);
    assert!(begun.elapsed() < moment);
    cse.stop().await;
}

/// Somebody who asks and asks and never reads is not read after a while, and then cut off; the others notice nothing.
#[tokio::test]
async fn a_flood_is_held_back() {
    let limits = WsLimits { write_timeout: Duration::from_millis(300), in_flight: 4, ..WsLimits::default() };
    let (cse, address) = open(limits).await;
    let mut lamp = Socket::open(&address).await;
    lamp.register("Clamp").await;
    lamp.ask(instance("Clamp", &"x".repeat(200_000))).await;
    let mut flood = Socket::open(&address).await;
    let begun = Instant::now();
    let mut sent = 0;
    while begun.elapsed() < Duration::from_secs(20) {
        let request = r#"{"op":2,"to":"cse-in/Clamp/c/la","fr":"Clamp","rqi":"f","rvi":"3"}"#;
        if flood.ws.send(Message::text(request)).await.is_err() {
            break;
        }
        sent += 1;
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{sent} requests were sent");
    assert_eq!(lamp.ask(instance("Clamp", "1")).await["rsc"], json!(2001));
    // A flood whose sender reads is answered in full.
    for _ in 0..200 {
        lamp.begin(instance("Clamp", "2")).await;
    }
    for _ in 0..200 {
        assert_eq!(lamp.response().await["rsc"], json!(2001));
    }
    cse.stop().await;
}

#[tokio::test]
async fn a_stop_says_goodbye() {
    let (cse, address) = open(WsLimits::default()).await;
    let mut lamp = Socket::open(&address).await;
    lamp.register("Clamp").await;
    let mut idle = Socket::open(&address).await;
    let begun = Instant::now();
    let stop = tokio::spawn(cse.stop());
    assert_eq!(lamp.closed().await, Some(1001));
    assert_eq!(idle.closed().await, Some(1001));
    stop.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// An AE whose point of access is a WebSocket server: one connection is kept, and made again when it broke.
#[tokio::test]
async fn an_ae_that_listens_is_called() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    #[allow(clippy::result_large_err, reason = "the library wants it so")]
    let accept = || async {
        let accepted = tokio::time::timeout(Duration::from_secs(10), listener.accept()).await;
        let (stream, _) = accepted.expect("a call in time").unwrap();
        let agree = |head: &Head, mut reply: Reply| {
            let offered = head.headers()["sec-websocket-protocol"].to_str().unwrap();
            assert!(head.uri().path() == "/" && offered.starts_with("oneM2M.json, "), "{head:?}");
            reply.headers_mut().insert("sec-websocket-protocol", "oneM2M.json".parse().unwrap());
            Ok(reply)
        };
        let ws = tokio_tungstenite::accept_hdr_async(stream, agree).await.unwrap();
        Socket::over(ws)
    };
    let (cse, address) = open(WsLimits::default()).await;
    let mut other = Socket::open(&address).await;
    other.register("Cother").await;
    let ae = json!({"rn": "Clamp", "api": "Napp", "rr": true, "poa": [url], "srv": ["3"]});
    let created = {
        // It registers over a connection that it closes.
        let mut lamp = Socket::open(&address).await;
        let created = lamp.ask(json!({"op": 1, "to": "cse-in", "fr": "Clamp", "ty": 2, "pc": {"m2m:ae": ae}})).await;
        lamp.ws.close(None).await.unwrap();
        lamp.closed().await;
        created
    };
    assert_eq!(created["rsc"], json!(2001), "{created}");
    let sub = json!({"rn": "s", "nu": ["Clamp"], "nct": 1, "enc": {"net": [3]}});
    let request = json!({"op": 1, "to": "cse-in/Cother/c", "fr": "CAdmin", "ty": 23, "pc": {"m2m:sub": sub}});
    other.begin(request).await;
    let mut lamp = accept().await;
    assert_eq!(lamp.told().await["pc"]["m2m:sgn"]["vrq"], json!(true));
    assert_eq!(other.response().await["rsc"], json!(2001));
    for number in ["1", "2"] {
        other.ask(instance("Cother", number)).await;
        assert_eq!(content(&lamp.told().await), number);
    }
    // Nobody takes requests over a connection that the CSE opened.
    assert_eq!(lamp.ask(json!({"op": 2, "to": "cse-in", "fr": "Clamp"})).await["rsc"], json!(4005));
    drop(lamp);
    other.ask(instance("Cother", "3")).await;
    let mut lamp = accept().await;
    assert_eq!(content(&lamp.told().await), "3");
    cse.stop().await;
}

#[tokio::test]
async fn a_client_in_another_language_lives_here_too() {
    // The system's own has the system's packages, whatever comes before it in the path.
    let mut python = None;
    for program in ["python3", "/usr/bin/python3"] {
        let tried = Command::new(program).args(["-c", "import websockets"]).output().await;
        if tried.is_ok_and(|output| output.status.success()) {
            python = Some(program);
        }
    }
    let Some(python) = python else {
        let reason = "this story needs python3-websockets, which is not installed";
        assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
        eprintln!("skipped: {reason}");
        return;
    };
    let (cse, address) = open(WsLimits::default()).await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/lamp.py");
    let output = Command::new(python).args([script, &address]).output().await.unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "told: 1 2\n", "{complaint}");
    cse.stop().await;
}
