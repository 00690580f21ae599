//! Beginning and ending.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::stub::{Peer, Stub, ask, blocking, config, get, start};
use crate::binding::http::{HttpConfig, ServeError, serve};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_finished_and_nothing_new_begun() {
    let (_stub, server, at) = start(config()).await;
    let idle = blocking(move || Peer::new(at)).await;
    let slow = tokio::spawn(ask(at, get("/cse-in/slow")));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(server.shutdown(Duration::from_secs(5)).await, "nothing had to be cut off");
    assert_eq!(slow.await.unwrap().status, 200);
    blocking(move || {
        assert!(std::net::TcpStream::connect(at).is_err());
        let mut idle = idle;
        assert_eq!(idle.rest(), "");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_cuts_off_the_rest() {
    let (_stub, server, at) = start(config()).await;
    let cut = tokio::spawn(async move {
        blocking(move || {
            let mut peer = Peer::new(at);
            peer.send(get("/cse-in/slow"));
            peer.receive().is_none()
        })
        .await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!server.shutdown(Duration::from_millis(20)).await);
    assert!(cut.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_dropped_stops() {
    let (stub, server, at) = start(config()).await;
    assert_eq!(ask(at, get("/cse-in")).await.status, 200);
    drop(server);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(blocking(move || std::net::TcpStream::connect(at).is_err()).await);
    assert_eq!(Arc::strong_count(&stub), 1, "nothing holds the door any more");
}

#[tokio::test]
async fn plaintext_to_the_world_has_to_be_asked_for() {
    let open = HttpConfig { addresses: vec![SocketAddr::from(([0, 0, 0, 0], 0))], ..config() };
    let error = serve(Arc::new(Stub::default()), open.clone()).await.unwrap_err();
    assert!(matches!(error, ServeError::Plaintext(_)) && error.to_string().contains("allow_plaintext"), "{error}");
    assert!(serve(Arc::new(Stub::default()), HttpConfig { allow_plaintext: true, ..open }).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cse_that_is_not_ready_says_why() {
    let stub = Arc::new(Stub { sick: true, ..Stub::default() });
    let server = serve(stub, config()).await.unwrap();
    let got = ask(server.addresses()[0], "GET /__ready__ HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!((got.status, got.body.as_str()), (503, "not ready: starting\n"));
}
