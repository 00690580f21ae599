//! The HTTP client as others use it, at a receiver of notifications.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod support;

use std::time::{Duration, Instant};

use onem2m_cse::binding::Caller;
use onem2m_cse::binding::http::{ClientConfig, HttpClient};
use onem2m_cse::engine::Failure;
use onem2m_cse::primitive::{Operation, Request, Response, Status};
use onem2m_cse::value::Map;
use support::sink::{Manners, Mood, Sink};

fn notification() -> Request {
    let mut request = Request::new(Operation::Notify, "Cae").from("/id-in").identified("7");
    request.content = Some(Map::from_iter([("m2m:sgn", Map::from_iter([("vrq", true)]))]).into());
    request
}

async fn call(client: &dyn Caller, url: String, request: Request, millis: u64) -> Result<Response, Failure> {
    client.call(url.into(), request, Duration::from_millis(millis)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_brings_the_response_or_says_why_there_is_none() {
    let (sink, client) = (Sink::start().await, HttpClient::new(ClientConfig::default()));
    let call = async |millis| call(&client, sink.url(), notification(), millis).await;
    assert_eq!(call(5000).await.unwrap().status, Status::OK);
    assert_eq!(sink.wait_for(1).await[0].body["m2m:sgn"]["vrq"], true);
    sink.is(Mood::Stall);
    assert_eq!(call(100).await, Err(Failure::TimedOut), "the limit of the call counts");
    let begun = Instant::now();
    sink.is(Mood::Take);
    assert_eq!(call(5000).await.unwrap().status, Status::OK, "a stalled connection is not used again");
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_soon_closed() {
    let (sink, client) = (Sink::serial().await, HttpClient::new(ClientConfig::default()));
    let other = HttpClient::new(ClientConfig::default());
    for client in [&client, &other, &client] {
        let response = call(client, sink.url(), notification(), 3000).await.unwrap();
        assert_eq!(response.status, Status::OK);
    }
    assert_eq!(sink.came().iter().map(|came| came.connection).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_done_twice_is_not_said_twice() {
    let (sink, client) = (Sink::start().await, HttpClient::new(ClientConfig::default()));
    let create = || Request::create("cse-in", 3, "m2m:cnt", Map::new()).from("Cae").identified("1");
    let call = async |request| call(&client, sink.url(), request, 3000).await;
    assert!(call(create()).await.is_ok());
    sink.is(Mood::Drop);
    assert!(matches!(call(create()).await, Err(Failure::Unreachable(_))));
    assert_eq!(sink.came().len(), 2, "the connection broke after it was sent");
    sink.is(Mood::Take);
    sink.has(Manners::CloseSilently);
    for _ in 0..20 {
        assert!(call(notification()).await.is_ok(), "a notification is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ipv6_addresses_and_names_are_hosts_too() {
    let client = HttpClient::new(ClientConfig::default());
    let named = Sink::start().await;
    let url = format!("http://LOCALHOST:{}/a?b=c", named.address().port());
    assert!(call(&client, url, notification(), 3000).await.is_ok());
    let came = named.came().remove(0);
    assert_eq!(came.path, "/a?b=c");
    assert_eq!(came.header("host"), Some(format!("localhost:{}", named.address().port()).as_str()));
    let Ok(probe) = std::net::TcpListener::bind("[::1]:0") else { return };
    let at = probe.local_addr().unwrap();
    drop(probe);
    let sink = Sink::at(at).await;
    assert!(call(&client, sink.url(), notification(), 3000).await.is_ok());
    assert_eq!(sink.came()[0].header("host"), Some(at.to_string().as_str()));
}
