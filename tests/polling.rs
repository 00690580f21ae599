//! Long polls over real sockets: they outlast the server's patience with idle connections, not its stop.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use onem2m_cse::binding::http::{HttpConfig, Limits};
use onem2m_cse::primitive::{Operation, Request, Status};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};
use tokio::task::{JoinHandle, spawn_blocking};

const POLL: &str =
    "GET /cse-in/shy/pch/pcu HTTP/1.1\r\nHost: x\r\nX-M2M-Origin: Cshy\r\nX-M2M-RI: p\r\nX-M2M-RVI: 3\r\n\r\n";

/// A CSE whose server is impatient with all that idles, and an AE with a polling channel.
async fn house() -> (Cse, SocketAddr) {
    let moment = Duration::from_millis(300);
    let limits = Limits { head_timeout: moment, body_timeout: moment, idle_timeout: moment, ..Limits::default() };
    let http = HttpConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], limits, ..HttpConfig::default() };
    let cse = Cse::builder(CseConfig::default()).bind(http).start().await.unwrap();
    let ae = Map::from_iter([
        ("rn", Value::from("shy")),
        ("api", "Napp".into()),
        ("rr", false.into()),
        ("srv", vec!["3"].into()),
    ]);
    assert_eq!(cse.request(Request::create("cse-in", 2, "m2m:ae", ae).from("Cshy")).await.status, Status::CREATED);
    let channel = Map::from_iter([("rn", "pch")]);
    let created = cse.request(Request::create("cse-in/shy", 15, "m2m:pch", channel).from("Cshy")).await;
    assert_eq!(created.status, Status::CREATED);
    let at = cse.addresses()[0].strip_prefix("http://").unwrap().parse().unwrap();
    (cse, at)
}

/// Says something and waits for the answer.
fn ask(at: SocketAddr, what: String) -> JoinHandle<String> {
    spawn_blocking(move || {
        let mut peer = TcpStream::connect(at).unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        peer.write_all(what.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // The server closes when it has been idle for long enough.
        peer.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    })
}

fn notification(identifier: &str) -> Request {
    let mut request = Request::new(Operation::Notify, "cse-in/shy").from("CAdmin").identified(identifier);
    request.content = Some(Map::from_iter([("m2m:sgn", Map::from_iter([("sur", "x")]))]).into());
    request
}

fn answer(identifier: &str) -> String {
    let body = format!(r#"{{"m2m:rsp":{{"rsc":2000,"rqi":"{identifier}"}}}}"#);
    format!(
        "POST /cse-in/shy/pch/pcu HTTP/1.1\r\nHost: x\r\nX-M2M-Origin: Cshy\r\nX-M2M-RI: a\r\nX-M2M-RVI: 3\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_outlasts_the_patience_of_the_server_and_the_answer_goes_back() {
    let (cse, at) = house().await;
    let poll = ask(at, POLL.into());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let (told, came) = tokio::join!(cse.request(notification("q1")), async {
        let came = poll.await.unwrap();
        assert!(ask(at, answer("q1")).await.unwrap().contains("x-m2m-rsc: 2000"));
        came
    });
    assert!(came.starts_with("HTTP/1.1 200") && came.contains(r#""rqi":"q1""#), "{came}");
    assert_eq!(told.status, Status::OK);
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_meant_for_a_peer_that_hung_up_goes_to_the_next_poll() {
    let (cse, at) = house().await;
    let mut lost = TcpStream::connect(at).unwrap();
    lost.write_all(POLL.as_bytes()).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(lost);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (told, came) = tokio::join!(cse.request(notification("q2")), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let came = ask(at, POLL.into()).await.unwrap();
        ask(at, answer("q2")).await.unwrap();
        came
    });
    assert!(came.contains(r#""rqi":"q2""#), "{came}");
    assert_eq!(told.status, Status::OK);
    cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_no_long_poll() {
    let (cse, at) = house().await;
    let poll = ask(at, POLL.into());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    cse.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let answer = poll.await.unwrap();
    assert!(answer.contains("x-m2m-rsc: 4008"), "{answer}");
}
