//! libcoap's client at our server, and our client at libcoap's server.

use std::net::SocketAddr;

use coap_lite::Packet;
use onem2m_cse::binding::coap::shield::Shield as _;
use onem2m_cse::binding::dtls::DtlsShield;
use tokio::net::UdpSocket;

use super::echo::{Echo, Post, get};
use super::peers::{Authority, Talk, installed, keyed, run, text};

pub const CLIENTS: [&str; 2] = ["coap-client-openssl", "coap-client-gnutls"];
pub const SERVERS: [&str; 2] = ["coap-server-openssl", "coap-server-gnutls"];

/// Sends a PUT with a text, and answers all that it says in the end.
pub async fn put(program: &str, address: SocketAddr, said: &str, more: &[&str]) -> String {
    let url = format!("coaps://{address}/x");
    let (_, told) = run(program, &[&["-B", "4", "-m", "put", "-e", said], more, &[&*url]].concat()).await;
    told
}

#[tokio::test]
async fn a_client_with_a_key_is_answered() {
    for program in installed(&CLIENTS) {
        let echo = Echo::new(keyed("meter", "a shared key")).await;
        let told = put(program, echo.address, "21", &["-u", "meter", "-k", "a shared key"]).await;
        assert!(told.contains("meter: 21"), "{program}: {told}");
        echo.until(|seen| seen.ends == ["the peer has closed the association"]).await;
    }
}

#[tokio::test]
async fn a_client_with_another_key_is_not() {
    for program in installed(&CLIENTS) {
        let echo = Echo::new(keyed("meter", "a shared key")).await;
        for (identity, key, why) in [
            ("meter", "another key", "its key is another one than this side has"),
            ("stranger", "a shared key", "is not known here"),
        ] {
            let told = put(program, echo.address, "21", &["-u", identity, "-k", key]).await;
            assert!(!told.contains(": 21"), "{program}: {told}");
            let end = format!("PSK identity {identity:?}: {why}");
            let seen = echo.until(|seen| seen.ends.contains(&end)).await;
            assert_eq!(seen.messages.len(), 0, "{program}");
        }
    }
}

#[tokio::test]
async fn a_client_with_a_certificate_is_answered() {
    let authority = Authority::new("one");
    let (own, roots) = (authority.issue("//acme.example.com/id-in/Cmeter"), authority.roots());
    for program in installed(&CLIENTS) {
        let echo = Echo::new(authority.side("127.0.0.1")).await;
        let told = put(program, echo.address, "21", &["-c", text(&own), "-C", text(&roots)]).await;
        assert!(told.contains("//acme.example.com/id-in/Cmeter: 21"), "{program}: {told}");
    }
}

#[tokio::test]
async fn a_client_with_a_certificate_of_another_authority_is_not() {
    let (authority, other) = (Authority::new("one"), Authority::new("another"));
    let (own, roots) = (other.issue("meter.example"), authority.roots());
    for program in installed(&CLIENTS) {
        let echo = Echo::new(authority.side("127.0.0.1")).await;
        let told = put(program, echo.address, "21", &["-c", text(&own), "-R", text(&roots)]).await;
        assert!(!told.contains(": 21"), "{program}: {told}");
        let seen = echo.until(|seen| !seen.ends.is_empty()).await;
        assert_eq!(seen.messages.len(), 0, "{program}");
        assert_eq!(seen.ends[0], "the peer's certificate is not accepted: UnknownIssuer", "{program}");
    }
}

/// A server whose `coaps` port is one above the one that it is given.
pub async fn server(program: &str, more: &[&str]) -> (Talk, SocketAddr) {
    // Two ports in a row that nobody has.
    let (port, _both) = loop {
        let low = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = low.local_addr().unwrap().port();
        let Some(above) = port.checked_add(1) else { continue };
        if let Ok(high) = UdpSocket::bind(("127.0.0.1", above)).await {
            break (port, (low, high));
        }
    };
    drop(_both);
    let server = Talk::start(program, &[&["-A", "127.0.0.1", "-p", &port.to_string()], more].concat());
    (server, SocketAddr::from(([127, 0, 0, 1], port + 1)))
}

/// What it answers at its root.
async fn root(post: &mut Post, address: SocketAddr) -> String {
    let answer = post.ask(address, &get()).await.unwrap();
    String::from_utf8(Packet::from_bytes(&answer).unwrap().payload).unwrap()
}

#[tokio::test]
async fn our_client_with_a_key_is_answered() {
    for program in installed(&SERVERS) {
        let (_server, address) = server(program, &["-k", "a shared key"]).await;
        let mut post = Post::new(DtlsShield::client(keyed("CoAP", "a shared key")).unwrap()).await;
        let told = root(&mut post, address).await;
        assert!(told.starts_with("This is a test server made with libcoap"), "{program}: {told}");
    }
}

#[tokio::test]
async fn our_client_with_a_certificate_is_answered() {
    let authority = Authority::new("one");
    let (own, roots) = (authority.issue("cse.example"), authority.roots());
    for program in installed(&SERVERS) {
        let (_server, address) = server(program, &["-c", text(&own), "-C", text(&roots)]).await;
        let mut post = Post::new(DtlsShield::client(authority.side("meter.example")).unwrap()).await;
        post.shield.expect(address, "cse.example");
        let told = root(&mut post, address).await;
        assert!(told.starts_with("This is a test server made with libcoap"), "{program}: {told}");
    }
}
