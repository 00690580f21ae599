//! What well-meaning clients do.

use super::stub::{Peer, ask, blocking, config, get, post, start};
use crate::binding::http::HttpConfig;
use crate::primitive::{Operation, ReleaseVersion};
#[cfg(feature = "xml")]
use crate::value::{Map, Value};

#[tokio::test(flavor = "multi_thread")]
async fn the_five_operations_arrive() {
    let (stub, _server, at) = start(config()).await;
    let got = ask(at, get("/cse-in/temps")).await;
    assert_eq!((got.status, got.rsc()), (200, "2000"));
    assert_eq!(got.header("x-m2m-ri"), Some("1"));
    assert_eq!(got.header("x-m2m-rvi"), Some("4"));
    assert_eq!(got.header("content-type"), Some("application/json"));
    assert_eq!(got.body, r#"{"m2m:cnt":{"rn":"temps"}}"#);
    assert_eq!(stub.last().to, "cse-in/temps");
    assert_eq!(stub.last().originator.as_deref(), Some("CAdmin"));
    assert!(stub.last().access.ip.unwrap().is_loopback() && !stub.last().access.authenticated);

    let got = ask(at, post(r#"{"m2m:cnt":{}}"#)).await;
    assert_eq!((got.status, got.rsc()), (201, "2001"));
    assert_eq!(got.header("content-location"), Some("cse-in/temps"));
    assert_eq!((stub.last().operation, stub.last().resource_type), (Operation::Create, Some(3)));

    let notify = post(r#"{"m2m:sgn":{}}"#).replace(";ty=3", "");
    ask(at, notify.replace("/cse-in", "/~/id-in/x")).await;
    assert_eq!((stub.last().operation, &*stub.last().to), (Operation::Notify, "/id-in/x"));
    ask(at, notify.replace("POST", "PUT")).await;
    assert_eq!(stub.last().operation, Operation::Update);
    ask(at, get("/cse-in/temps").replace("GET", "DELETE")).await;
    assert_eq!(stub.last().operation, Operation::Delete);
}

#[cfg(not(any(feature = "cbor", feature = "xml")))]
#[tokio::test(flavor = "multi_thread")]
async fn a_format_that_is_not_built_in_is_refused_by_its_own_code() {
    let (_stub, _server, at) = start(config()).await;
    for (wrong, status, rsc) in [
        (post("{}").replace("application/json", "application/cbor"), 415, "4015"),
        (get("/cse-in").replace("Host", "Accept: application/xml\r\nHost"), 406, "5207"),
    ] {
        let got = ask(at, &wrong).await;
        assert_eq!((got.status, got.rsc()), (status, rsc), "{wrong}");
    }
}

#[cfg(feature = "xml")]
#[tokio::test(flavor = "multi_thread")]
async fn xml_is_read_and_answered_in_kind() {
    let (stub, _server, at) = start(config()).await;
    let xml = post(r#"<m2m:cnt rn="temps"><mni>10</mni></m2m:cnt>"#).replace("application/json", "application/xml");
    let got = ask(at, &xml).await;
    assert_eq!((got.status, got.header("content-type")), (201, Some("application/xml")), "{}", got.body);
    assert!(
        got.body.ends_with("<m2m:cnt xmlns:m2m=\"http://www.onem2m.org/xml/protocols\" rn=\"temps\"/>"),
        "{}",
        got.body
    );
    let sent = Map::from_iter([("rn", Value::from("temps")), ("mni", Value::Int(10))]);
    assert_eq!(stub.last().content, Some(Map::from_iter([("m2m:cnt", sent)]).into()));
    let asked = xml.replace("Host", "Accept: application/vnd.onem2m-res+json, application/xml;q=0.5\r\nHost");
    let got = ask(at, &asked).await;
    assert_eq!(got.header("content-type"), Some("application/vnd.onem2m-res+json"));
    let got = ask(at, get("/cse-in/temps").replace("Host", "Accept: application/xml\r\nHost")).await;
    assert_eq!((got.status, got.header("content-type")), (200, Some("application/xml")));
    let got = ask(at, post("<!DOCTYPE a><a/>").replace("application/json", "application/vnd.onem2m-res+xml")).await;
    assert_eq!((got.status, got.rsc(), got.header("content-type")), (400, "4000", Some("application/xml")));
    assert!(got.body.contains("malformed XML"), "{}", got.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_1_originator_hears_no_release() {
    let (stub, _server, at) = start(config()).await;
    let got = ask(at, get("/cse-in").replace("X-M2M-RVI: 4\r\n", "")).await;
    assert_eq!(got.header("x-m2m-rvi"), None);
    assert_eq!(stub.last().release_version_indicator, ReleaseVersion::R1);
    for unknown in ["1", "9", "3a"] {
        let got = ask(at, get("/cse-in").replace("RVI: 4", &format!("RVI: {unknown}"))).await;
        assert_eq!((got.status, got.rsc()), (501, "4001"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_silence_gets_a_bare_204() {
    let (_stub, _server, at) = start(config()).await;
    let got = ask(at, get("/cse-in?rt=5")).await;
    assert_eq!((got.status, got.rsc(), got.body.as_str()), (204, "none", ""));
    assert!(!got.head.to_lowercase().contains("x-m2m"), "{}", got.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_are_answered_in_order() {
    let (_stub, _server, at) = start(config()).await;
    blocking(move || {
        let mut peer = Peer::new(at);
        let numbered = |n: u8| get("/cse-in").replace("RI: 1", &format!("RI: {n}"));
        peer.send(format!("{}{}{}", numbered(1), post("{}").replace("RI: 1", "RI: 2"), numbered(3)));
        for n in ["1", "2", "3"] {
            assert_eq!(peer.receive().unwrap().header("x-m2m-ri"), Some(n));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunked_bodies_and_expectations_are_met() {
    let (stub, _server, at) = start(config()).await;
    let chunked = post("").replace("Content-Length: 0", "Transfer-Encoding: chunked");
    let got = ask(at, format!("{chunked}7\r\n{{\"m2m:c\r\n7\r\nnt\":{{}}}}\r\n0\r\n\r\n")).await;
    assert_eq!(got.status, 201, "{got:?}");
    assert!(stub.last().content.unwrap().as_map().unwrap().contains("m2m:cnt"));
    blocking(move || {
        let mut peer = Peer::new(at);
        let whole = post(r#"{"m2m:cnt":{}}"#).replace("Host", "Expect: 100-continue\r\nHost");
        let (head, body) = whole.split_at(whole.len() - 14);
        peer.send(head);
        assert_eq!(peer.receive().unwrap().status, 100);
        peer.send(body);
        assert_eq!(peer.receive().unwrap().status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_told_without_ceremony() {
    let (_stub, _server, at) = start(config()).await;
    for path in ["/__health__", "/__ready__"] {
        let got = ask(at, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        assert_eq!((got.status, got.rsc()), (200, "none"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_pages_of_allowed_origins_may_read_answers() {
    let allowed = "https://dash.example.com";
    let with_cors = HttpConfig { cors_origins: vec![allowed.into()], ..config() };
    let (_stub, _server, at) = start(with_cors).await;
    let preflight = |origin: &str| {
        let method = "Access-Control-Request-Method: POST";
        format!("OPTIONS /cse-in HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n{method}\r\n\r\n")
    };
    let got = ask(at, preflight(allowed)).await;
    assert_eq!((got.status, got.header("access-control-allow-origin")), (204, Some(allowed)));
    let got = ask(at, preflight("https://evil.example.com")).await;
    assert_eq!((got.status, got.header("access-control-allow-origin")), (405, None));
    let got = ask(at, get("/cse-in").replace("Host", &format!("Origin: {allowed}\r\nHost"))).await;
    assert!(got.header("access-control-expose-headers").unwrap().contains("X-M2M-RSC"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upper_tester_answers_only_when_switched_on() {
    let command = |command: &str| {
        format!("POST /__ut__ HTTP/1.1\r\nHost: x\r\nX-M2M-UTCMD: {command}\r\nContent-Length: 0\r\n\r\n")
    };
    let (_stub, _server, at) = start(config()).await;
    assert_eq!(ask(at, command("Status")).await.status, 400);

    let (stub, _server, at) = start(HttpConfig { upper_tester: true, ..config() }).await;
    let got = ask(at, command("Status")).await;
    assert_eq!((got.status, got.rsc(), got.header("x-m2m-utrsp")), (200, "2000", Some("RUNNING")));
    assert_eq!(ask(at, command("getconfig cse.type")).await.header("x-m2m-utrsp"), Some("1"));
    for wrong in ["GetConfig nonsense", "fly", "enableShortRequestExpiration x"] {
        let got = ask(at, command(wrong)).await;
        assert_eq!((got.status, got.rsc()), (400, "4000"), "{wrong}");
    }
    let trigger = r#"{"m2m:rqp":{"op":2,"to":"cse-in","fr":"CAdmin","rqi":"77","rvi":"3"}}"#;
    let got =
        ask(at, format!("POST /__ut__ HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{trigger}", trigger.len()))
            .await;
    assert_eq!(got.status, 200);
    assert!(got.body.starts_with(r#"{"m2m:rsp":{"rsc":2000,"rqi":"77""#), "{}", got.body);
    assert_eq!(stub.last().request_identifier, "77");
}
