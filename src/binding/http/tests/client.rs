//! Our client at our server.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::stub::{config, start};
use crate::binding::http::mapping::outgoing;
use crate::binding::http::{ClientConfig, ClientError, HttpClient};
use crate::codec::format::Format;
use crate::primitive::{Request, Status};
use crate::value::Map;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_out_and_its_response_comes_back() {
    let (stub, _server, at) = start(config()).await;
    let client = HttpClient::new(ClientConfig::default());
    let request = Request::create("cse-in", 3, "m2m:cnt", Map::new()).from("Cae1").identified("7");
    let url = outgoing::url(&format!("http://{at}"), &request.to);
    let response = client.call(&url, &request).await.unwrap();
    assert_eq!((response.status, &*response.request_identifier), (Status::CREATED, "7"));
    assert_eq!(response.created.as_deref(), Some("cse-in/temps"));
    let mut arrived = stub.last();
    arrived.access = request.access;
    assert_eq!(arrived, request);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_out_in_the_format_that_is_asked_for() {
    let (stub, _server, at) = start(config()).await;
    let client = HttpClient::new(ClientConfig::default());
    let request =
        Request::create("cse-in", 3, "m2m:cnt", Map::from_iter([("mni", 3_i64)])).from("Cae1").identified("7");
    let url = outgoing::url(&format!("http://{at}"), &request.to);
    for format in Format::ALL {
        let outcome = client.call_in(format, &url, &request).await;
        if format.is_supported() {
            let response = outcome.unwrap();
            assert_eq!(response.attributes().unwrap().get("rn"), Some(&"temps".into()), "{format:?}");
            assert_eq!(stub.last().content, request.content, "{format:?}");
        } else {
            assert!(matches!(outcome, Err(ClientError::Request(_))), "{format:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_say_what_failed() {
    let (_stub, _server, at) = start(config()).await;
    let hasty = ClientConfig { timeout: Duration::from_millis(50), ..ClientConfig::default() };
    let request = Request::retrieve("cse-in").identified("1");
    let call = async |config: ClientConfig, url: &str| HttpClient::new(config).call(url, &request).await.unwrap_err();
    let error = call(hasty, &format!("http://{at}/cse-in/slow")).await;
    assert!(matches!(error, ClientError::Timeout(_)), "{error}");
    let error = call(ClientConfig::default(), "http://127.0.0.1:1/").await;
    assert!(matches!(error, ClientError::NotConnected { .. }) && error.to_string().contains("refused"), "{error}");
    let error = call(ClientConfig::default(), &format!("http://{at}/cse-in/large")).await;
    assert!(matches!(error, ClientError::Response { .. }), "{error}");
    let error = call(ClientConfig::default(), "ftp://example.com/").await;
    assert!(matches!(error, ClientError::Scheme(_)), "{error}");
    assert!(matches!(call(ClientConfig::default(), "no url").await, ClientError::Request(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_spoken_to_those_who_begin_with_it() {
    let (_stub, server, at) = start(config()).await;
    let stream = tokio::net::TcpStream::connect(at).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = || {
        let builder = hyper::Request::get(format!("http://{at}/cse-in/slow"));
        let builder = builder.header("X-M2M-RI", "1").header("X-M2M-RVI", "4");
        builder.body(Full::new(Bytes::new())).unwrap()
    };
    // Side by side: two slow answers in the time of one, more or less.
    let (one, two) = tokio::join!(sender.send_request(request()), sender.send_request(request()));
    for response in [one.unwrap(), two.unwrap()] {
        assert_eq!(response.headers()["x-m2m-rsc"], "2000");
        assert!(response.into_body().collect().await.unwrap().to_bytes().starts_with(b"{"));
    }
    assert!(server.shutdown(Duration::from_secs(5)).await);
    let _ = connection.await;
}
