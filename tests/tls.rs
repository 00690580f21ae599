//! HTTP and WebSocket inside TLS, with clients that have a TLS of their own: curl, openssl and Python.
#![cfg(all(feature = "tls", feature = "ws", feature = "http"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod support;

use std::time::{Duration, Instant};

use onem2m_cse::binding::http::{self, ClientConfig, HttpClient, HttpConfig, ServeError};
use onem2m_cse::binding::tls::{ClientCertificates, ServerTls};
use onem2m_cse::binding::ws::{WsClientConfig, WsConfig, WsLimits};
use onem2m_cse::binding::{Identities, IdentityRule};
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};
use support::authority::Authority;
use support::peer::{Peer, installed, output, python};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// `Cmeter` and `Clamp` speak for themselves, and the server's own certificate for anybody.
fn identities() -> Identities {
    let rule = |identity: &str, originator: &str| IdentityRule {
        identity: identity.into(),
        originators: vec![originator.into()],
    };
    Identities::new(vec![
        rule("//acme.example.com/id-in/Cmeter", "Cmeter"),
        rule("//acme.example.com/id-in/Clamp", "Clamp"),
        rule("localhost", "*"),
    ])
}

fn http(tls: ServerTls) -> HttpConfig {
    let limits = http::Limits { head_timeout: Duration::from_millis(700), ..http::Limits::default() };
    HttpConfig {
        addresses: vec!["127.0.0.1:0".parse().unwrap()],
        tls: Some(tls),
        identities: identities(),
        limits,
        ..HttpConfig::default()
    }
}

fn ws(tls: ServerTls) -> WsConfig {
    WsConfig {
        addresses: vec!["127.0.0.1:0".parse().unwrap()],
        tls: Some(tls),
        identities: identities(),
        limits: WsLimits { handshake_timeout: Duration::from_millis(700), ..WsLimits::default() },
        ..WsConfig::default()
    }
}

/// A CSE at `https://` and at `wss://`.
async fn house(tls: &ServerTls) -> (Cse, String, String) {
    let cse = Cse::builder(CseConfig::default()).bind(http(tls.clone())).bind(ws(tls.clone())).start().await.unwrap();
    let [web, socket] = &cse.addresses()[..] else { panic!("two addresses") };
    assert!(web.starts_with("https://127.") && socket.starts_with("wss://127."), "{web} {socket}");
    let (web, socket) = (web.clone(), socket.clone());
    (cse, web, socket)
}

/// A CSE that calls others with the certificate of its authority, and an AE of its own with a container.
async fn caller(authority: &Authority) -> Cse {
    let client = Some(ClientConfig { tls: Some(authority.client()), ..ClientConfig::default() });
    let ws_client = Some(WsClientConfig { tls: Some(authority.client()), ..WsClientConfig::default() });
    let tls = authority.strict();
    let (http, ws) = (HttpConfig { client, ..http(tls.clone()) }, WsConfig { client: ws_client, ..ws(tls) });
    Cse::builder(CseConfig::default()).bind(http).bind(ws).start().await.unwrap()
}

async fn create(cse: &Cse, from: &str, to: &str, ty: u32, root: &str, content: &[(&str, Value)]) -> Status {
    let content = content.iter().map(|(name, value)| (*name, value.clone())).collect::<Map>();
    let mut request = Request::create(to, ty, root, content).from(from);
    request.release_version_indicator = onem2m_cse::primitive::ReleaseVersion::R3;
    cse.request(request).await.status
}

/// An AE with a container whose instances are told to a target.
async fn furnish(cse: &Cse, ae: &str, target: &str) {
    let about = [("rn", ae.into()), ("api", "Napp".into()), ("rr", false.into()), ("srv", vec!["3"].into())];
    assert_eq!(create(cse, ae, "cse-in", 2, "m2m:ae", &about).await, Status::CREATED);
    let at = format!("cse-in/{ae}");
    assert_eq!(create(cse, ae, &at, 3, "m2m:cnt", &[("rn", "c".into())]).await, Status::CREATED);
    let events = Map::from_iter([("net", vec![3_i64])]);
    let sub = [("rn", "s".into()), ("nu", vec![target].into()), ("nct", 1_i64.into()), ("enc", events.into())];
    assert_eq!(create(cse, ae, &format!("{at}/c"), 23, "m2m:sub", &sub).await, Status::CREATED);
}

async fn instance(cse: &Cse, ae: &str, content: &str) {
    let to = format!("cse-in/{ae}/c");
    assert_eq!(create(cse, ae, &to, 4, "m2m:cin", &[("con", content.into())]).await, Status::CREATED);
}

/// What curl says: the HTTP version, the HTTP status, and the body; or its complaint.
async fn curl(authority: &Authority, holder: Option<&str>, originator: &str, more: &[&str]) -> Result<String, String> {
    let (ca, origin) = (authority.name("ca.pem"), format!("X-M2M-Origin: {originator}"));
    let mut args: Vec<String> = ["-sS", "--cacert", &ca, "-H", &origin].map(str::to_owned).into();
    args.extend(["-H", "X-M2M-RI: 1", "-H", "X-M2M-RVI: 3", "-w", "\n%{http_version} %{http_code}"].map(str::to_owned));
    if let Some(holder) = holder {
        let (pem, key) = (authority.name(&format!("{holder}.pem")), authority.name(&format!("{holder}.key")));
        args.extend(["--cert".to_owned(), pem, "--key".to_owned(), key]);
    }
    args.extend(more.iter().copied().map(str::to_owned));
    output("curl", &args).await
}

#[tokio::test]
async fn who_shows_a_certificate_speaks_for_itself_and_for_nobody_else() {
    if !installed("curl").await {
        return;
    }
    let authority = Authority::new();
    authority.ae("Cmeter");
    let (cse, web, _) = house(&authority.strict()).await;
    furnish(&cse, "Cmeter", "Cmeter").await;
    let meter = format!("{web}/cse-in/Cmeter");
    for (more, end) in [(&[][..], "2 200"), (&["--http1.1"], "1.1 200"), (&["--tls-max", "1.2"], "2 200")] {
        let said = curl(&authority, Some("Cmeter"), "Cmeter", &[more, &[&meter]].concat()).await.unwrap();
        assert!(said.ends_with(end) && said.contains("m2m:ae"), "{said}");
    }
    // Somebody else's name: the administrator's, another AE's, and none.
    for (originator, name) in [("CAdmin", "CAdmin"), ("Clamp", "Clamp"), ("", "")] {
        let said = curl(&authority, Some("Cmeter"), originator, &["-i", &meter]).await.unwrap();
        assert!(said.ends_with("2 403") && said.contains("x-m2m-rsc: 4106"), "{said}");
        let sentence = r#"originator (fr): \"//acme.example.com/id-in/Cmeter\" may not speak for"#;
        assert!(said.contains(&format!(r#"{sentence} \"{name}\""#)), "{said}");
    }
    // Who may speak for anybody, does.
    let said = curl(&authority, Some("server"), "CAdmin", &[&meter]).await.unwrap();
    assert!(said.ends_with("2 200"), "{said}");
    cse.stop().await;
}

#[tokio::test]
async fn who_is_not_known_is_not_let_in() {
    if !installed("curl").await {
        return;
    }
    let (authority, stranger) = (Authority::new(), Authority::new());
    stranger.ae("Cmeter");
    let (cse, web, _) = house(&authority.strict()).await;
    let base = format!("{web}/cse-in");
    assert!(curl(&authority, None, "CAdmin", &[&base]).await.is_err());
    let (pem, key) = (stranger.name("Cmeter.pem"), stranger.name("Cmeter.key"));
    assert!(curl(&authority, None, "Cmeter", &["--cert", &pem, "--key", &key, &base]).await.is_err());
    // And the other way round: curl does not know this server.
    let said = curl(&stranger, None, "CAdmin", &[&base]).await.unwrap_err();
    assert!(said.contains("certificate"), "{said}");
    cse.stop().await;
    // Where certificates are optional, who shows none is let in, and has proved nothing.
    let (cse, web, _) = house(&authority.server(ClientCertificates::Optional(authority.path("ca.pem")))).await;
    let base = format!("{web}/cse-in");
    let said = curl(&authority, None, "CAdmin", &[&base]).await.unwrap();
    assert!(said.ends_with("2 200"), "{said}");
    assert!(curl(&authority, None, "Cmeter", &["--cert", &pem, "--key", &key, &base]).await.is_err());
    cse.stop().await;
}

#[tokio::test]
async fn old_versions_and_cipher_suites_are_refused() {
    if !installed("openssl").await {
        return;
    }
    let authority = Authority::new();
    let (cse, web, _) = house(&authority.server(ClientCertificates::NotAsked)).await;
    let (at, ca) = (web.trim_start_matches("https://"), authority.name("ca.pem"));
    let shake = async |more: &[&str]| {
        let args = [&["s_client", "-connect", at, "-CAfile", &ca, "-verify_return_error", "-brief"], more].concat();
        output("openssl", &args).await
    };
    for more in [&["-tls1_3"][..], &["-tls1_2"], &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]] {
        let said = shake(more).await.unwrap();
        assert!(said.contains("Verification: OK"), "{said}");
    }
    // Security level 0 lets openssl offer what it would not offer by itself.
    for more in [
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"][..],
        &["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0"],
    ] {
        let said = shake(more).await.unwrap_err();
        assert!(said.contains("alert"), "{more:?}: {said}");
    }
    cse.stop().await;
}

/// RFC 7301: what is spoken inside is agreed on in the handshake, and whoever offers only what is not, is told so.
#[tokio::test]
async fn the_handshake_says_which_http_is_spoken() {
    if !installed("openssl").await {
        return;
    }
    let authority = Authority::new();
    let (cse, web, socket) = house(&authority.server(ClientCertificates::NotAsked)).await;
    let (web, socket, ca) = (&web["https://".len()..], &socket["wss://".len()..], authority.name("ca.pem"));
    for (at, offered, agreed) in [
        (web, "h2,http/1.1", "ALPN protocol: h2"),
        (web, "http/1.1,h2", "ALPN protocol: h2"),
        (web, "http/1.1", "ALPN protocol: http/1.1"),
        (socket, "h2,http/1.1", "ALPN protocol: http/1.1"),
    ] {
        let said = output("openssl", &["s_client", "-connect", at, "-CAfile", &ca, "-alpn", offered]).await.unwrap();
        assert!(said.contains(agreed), "{offered}: {said}");
    }
    for (at, offered) in [(web, "mqtt"), (socket, "h2")] {
        let said = output("openssl", &["s_client", "-connect", at, "-CAfile", &ca, "-alpn", offered]).await;
        assert!(said.unwrap_err().contains("no application protocol"), "{offered}");
    }
    cse.stop().await;
}

/// A session that is taken up again is not verified again. Where clients show certificates, there is none.
#[tokio::test]
async fn each_connection_with_a_client_certificate_is_verified() {
    if !installed("openssl").await {
        return;
    }
    let authority = Authority::new();
    let (ca, pem, key) = (authority.name("ca.pem"), authority.name("server.pem"), authority.name("server.key"));
    for (tls, resumed) in [(authority.strict(), 0), (authority.server(ClientCertificates::NotAsked), 5)] {
        let (cse, web, _) = house(&tls).await;
        let at = web.trim_start_matches("https://");
        let args = ["s_client", "-connect", at, "-CAfile", &ca, "-cert", &pem, "-key", &key, "-tls1_2", "-reconnect"];
        let said = output("openssl", &args).await.unwrap();
        assert_eq!(
            (said.matches("\nNew, TLSv1.2").count(), said.matches("\nReused, ").count()),
            (6 - resumed, resumed)
        );
        cse.stop().await;
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_come_to_an_end_is_cut_off() {
    let authority = Authority::new();
    let (cse, web, socket) = house(&authority.strict()).await;
    for address in [web.trim_start_matches("https://"), socket.trim_start_matches("wss://")] {
        // Nothing, and the beginning of a ClientHello.
        for said in [&b""[..], b"\x16\x03\x01\x02\x00\x01\x00"] {
            let begun = Instant::now();
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(said).await.unwrap();
            let end = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0; 64])).await;
            assert!(matches!(end.expect("an end in time"), Ok(0) | Err(_)));
            let took = begun.elapsed();
            assert!(took > Duration::from_millis(400) && took < Duration::from_secs(5), "{took:?}");
        }
        // A byte now and then, without an end.
        let begun = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        for byte in b"\x16\x03\x01\x02\x00".iter().chain(std::iter::repeat(&1)) {
            let said = async { stream.write_all(&[*byte]).await.is_ok() && stream.read(&mut [0; 64]).await.is_err() };
            if !tokio::time::timeout(Duration::from_millis(50), said).await.unwrap_or(true) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(5), "it goes on and on");
        }
        assert!(begun.elapsed() > Duration::from_millis(400));
        // HTTP in plain: an alert, and the end, at once.
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /cse-in HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut heard = Vec::new();
        let end = tokio::time::timeout(Duration::from_millis(400), stream.read_to_end(&mut heard)).await;
        assert!(end.is_ok() && !heard.starts_with(b"HTTP"), "{heard:?}");
    }
    // Handshakes under way do not hold up a stop.
    let _half = TcpStream::connect(web.trim_start_matches("https://")).await.unwrap();
    let begun = Instant::now();
    cse.stop().await;
    assert!(begun.elapsed() < Duration::from_millis(500));
}

#[tokio::test]
async fn connections_in_a_handshake_are_counted() {
    let authority = Authority::new();
    let config = http(authority.strict());
    let limits = http::Limits { connections: 1, ..config.limits.clone() };
    let door = Cse::builder(CseConfig::default()).start().await.unwrap();
    let server = http::serve(door.door(), HttpConfig { limits, ..config }).await.unwrap();
    let mut first = TcpStream::connect(server.addresses()[0]).await.unwrap();
    let mut second = TcpStream::connect(server.addresses()[0]).await.unwrap();
    assert!(matches!(second.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    assert_eq!(server.connections(), 1);
    // Whoever does not come to an end makes way for others, in time.
    assert!(matches!(first.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    let url = format!("https://{}/cse-in", server.addresses()[0]);
    let retrieve = Request::retrieve("cse-in").from("CAdmin").identified("1");
    assert_eq!(https(&authority).call(&url, &retrieve).await.unwrap().status, Status::OK);
    assert!(server.shutdown(Duration::from_secs(1)).await);
    door.stop().await;
}

#[tokio::test]
async fn with_tls_the_world_may_come_in() {
    let authority = Authority::new();
    let cse = Cse::builder(CseConfig::default()).start().await.unwrap();
    let open = HttpConfig { addresses: vec!["0.0.0.0:0".parse().unwrap()], ..http(authority.strict()) };
    http::serve(cse.door(), open.clone()).await.unwrap().shutdown(Duration::ZERO).await;
    let refused = http::serve(cse.door(), HttpConfig { tls: None, ..open }).await;
    assert!(matches!(refused, Err(ServeError::Plaintext(_))));
    cse.stop().await;
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let (old, new) = (Authority::new(), Authority::new());
    let tls = old.server(ClientCertificates::NotAsked);
    let (cse, web, _) = house(&tls).await;
    let (before, after) = (https(&old), https(&new));
    let retrieve = Request::retrieve("cse-in").from("CAdmin").identified("1");
    let url = format!("{web}/cse-in");
    assert_eq!(before.call(&url, &retrieve).await.unwrap().status, Status::OK);
    let said = after.call(&url, &retrieve).await.unwrap_err().to_string();
    assert!(said.contains("TLS: its certificate was issued by nobody who is trusted here"), "{said}");
    for name in ["server.pem", "server.key"] {
        std::fs::copy(new.path(name), old.path(name)).unwrap();
    }
    tls.reload().unwrap();
    assert_eq!(after.call(&url, &retrieve).await.unwrap().status, Status::OK);
    // Right issuer, wrong host.
    let elsewhere = url.replace("127.0.0.1", "[::ffff:127.0.0.1]");
    let said = after.call(&elsewhere, &retrieve).await.unwrap_err().to_string();
    assert!(said.contains("TLS: its certificate is for ") && said.contains(", and not for \""), "{said}");
    cse.stop().await;
}

fn https(authority: &Authority) -> HttpClient {
    HttpClient::new(ClientConfig { tls: Some(authority.client()), ..ClientConfig::default() })
}

#[tokio::test]
async fn what_answers_without_tls_or_not_at_all_is_said_in_time() {
    let authority = Authority::new();
    let (plain, silent) = (http::HttpConfig { tls: None, ..http(authority.strict()) }, "127.0.0.1:0");
    let cse = Cse::builder(CseConfig::default()).bind(plain).start().await.unwrap();
    let silent = tokio::net::TcpListener::bind(silent).await.unwrap();
    let urls = [cse.addresses()[0].replace("http:", "https:"), format!("https://{}", silent.local_addr().unwrap())];
    let connect_timeout = Duration::from_millis(300);
    let config = ClientConfig { connect_timeout, tls: Some(authority.client()), ..ClientConfig::default() };
    let client = HttpClient::new(config);
    let retrieve = Request::retrieve("cse-in").from("CAdmin").identified("1");
    for (url, reason) in urls.iter().zip(["it does not speak TLS", "no connection in time"]) {
        let begun = Instant::now();
        let said = client.call(&format!("{url}/cse-in"), &retrieve).await.unwrap_err().to_string();
        assert!(said.contains(reason), "{said}");
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
    cse.stop().await;
}

#[tokio::test]
async fn notifications_travel_to_https() {
    let Some(python) = python("ssl").await else { return };
    let authority = Authority::new();
    let mut sink = Peer::start(python, "https", &authority, "server", &[]).await;
    let cse = caller(&authority).await;
    let url = sink.line().await;
    furnish(&cse, "Cmeter", &url).await;
    instance(&cse, "Cmeter", "1").await;
    assert_eq!(sink.line().await, "1 from localhost");
    instance(&cse, "Cmeter", "2").await;
    assert_eq!(sink.line().await, "2 from localhost");
    cse.stop().await;
}

#[tokio::test]
async fn notifications_travel_to_wss() {
    let Some(python) = python("websockets").await else { return };
    let authority = Authority::new();
    let mut sink = Peer::start(python, "wss", &authority, "server", &[]).await;
    let cse = caller(&authority).await;
    let url = sink.line().await;
    furnish(&cse, "Cmeter", &url).await;
    instance(&cse, "Cmeter", "1").await;
    assert_eq!(sink.line().await, "1");
    cse.stop().await;
}

/// What waits for an AE leaves as soon as its certificate has said that it is there.
#[tokio::test]
async fn an_ae_that_proves_who_it_is_is_told_before_it_asks() {
    let Some(python) = python("websockets").await else { return };
    let authority = Authority::new();
    authority.ae("Clamp");
    let (cse, _, socket) = house(&authority.strict()).await;
    furnish(&cse, "Clamp", "Clamp").await;
    instance(&cse, "Clamp", "on").await;
    let mut lamp = Peer::start(python, "lamp", &authority, "Clamp", &[&socket]).await;
    assert_eq!(lamp.line().await, "on");
    assert_eq!(lamp.line().await, "Clamp 2000");
    let refused = lamp.line().await;
    assert!(refused.starts_with("CAdmin 4106 originator (fr)") && refused.contains("may not speak for"), "{refused}");
    cse.stop().await;
}
