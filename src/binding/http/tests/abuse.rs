//! What peers have been seen to fall over.

use std::time::Duration;

use super::stub::{Peer, ask, blocking, config, get, post, start};
use crate::binding::http::{HttpConfig, Limits, RateLimit};

fn limited(limits: Limits) -> HttpConfig {
    HttpConfig { limits, ..config() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_in_two_segments_is_one_head() {
    let (_stub, _server, at) = start(config()).await;
    blocking(move || {
        let whole = get("/cse-in/temps");
        for cut in [1, 2, 3, 10, 40, whole.len() - 1] {
            let mut peer = Peer::new(at);
            let (first, second) = whole.split_at(cut);
            peer.send(first);
            std::thread::sleep(Duration::from_millis(30));
            peer.send(second);
            assert_eq!(peer.receive().unwrap().status, 200, "cut at {cut}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_turned_away() {
    let (stub, _server, at) = start(config()).await;
    blocking(move || {
        for nonsense in
            ["GET\r\n\r\n", "GET /\r\n\r\n", "\0\0\0\0\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
        {
            let mut peer = Peer::new(at);
            peer.send(nonsense);
            let got = peer.rest();
            assert!(got.is_empty() || got.starts_with("HTTP/1.1 400"), "{nonsense:?}: {got}");
        }
    })
    .await;
    assert!(stub.seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_length_that_lies_harms_only_its_sender() {
    let (stub, _server, at) = start(config()).await;
    blocking(move || {
        // Too long, then gone: nobody to answer.
        let mut peer = Peer::new(at);
        peer.send(post("{}").replace("Content-Length: 2", "Content-Length: 200"));
        drop(peer);
        // Too short: the rest is no request.
        let mut peer = Peer::new(at);
        peer.send(post(r#"{"m2m:cnt":{}}"#).replace("Content-Length: 14", "Content-Length: 2"));
        assert_eq!(peer.receive().unwrap().rsc(), "4000");
        assert!(peer.rest().starts_with("HTTP/1.1 400"));
        // Two of them that differ, and a chunked body with a length: smuggling.
        let mut peer = Peer::new(at);
        peer.send(post("{}").replace("Host", "Content-Length: 3\r\nHost"));
        assert!(peer.rest().starts_with("HTTP/1.1 400"));
    })
    .await;
    assert_eq!(ask(at, get("/cse-in")).await.status, 200);
    assert_eq!(stub.seen.lock().unwrap().len(), 1, "only the last one arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_requests_get_4000_and_a_sentence() {
    let (_stub, _server, at) = start(config()).await;
    let many = format!("/cse-in?lbl={}", vec!["a"; 10_000].join("+"));
    for (request, word) in [
        (get("/cse-in").replace("RI: 1", &format!("RI: {}", "9".repeat(300))), "(rqi)"),
        (get("/cse-in").replace("X-M2M-RI: 1\r\n", ""), "(rqi)"),
        (get("/cse-in").replace("X-M2M-RI: 1", "X-M2M-RI: 1\r\nX-M2M-RI: 2"), "at most once"),
        (get("/cse-in").replace("X-M2M-RI", "X-M2M-EC: -1\r\nX-M2M-RI"), "(ec)"),
        (get("/"), "(to)"),
        (get("//id-in/cse-in"), "(to)"),
        (get("/cse-in?lim=-1"), "lim"),
        (get("/cse-in?lim=1&lim=2"), "lim"),
        (get("/cse-in?rcn=99"), "(rcn)"),
        (get("/cse-in?rcn=1&rcn=1"), "(rcn)"),
        (get("/cse-in?rt=9"), "(rt)"),
        (get("/cse-in?nonsense=1"), "nonsense"),
        (get("/cse-in?c.nonsense=1"), "c.nonsense"),
        (get("/cse-in?rcn"), "rcn"),
        (get("/cse-in?fo=1&fo=2"), "fo"),
        (get("/cse-in?lbl=%zz"), "lbl"),
        (get(&many), "lbl"),
        (get("/cse-in?atrl=rn").replace("GET", "DELETE"), "(atrl)"),
        (get("/cse-in").replace("Host", "Content-Type: application/json;ty=2\r\nHost"), "(ty)"),
        (post("{").replace("Host", "Accept: */*\r\nHost"), "(pc)"),
        (post("{}").replace("/cse-in", "/cse-in?lbl=a"), "(fc)"),
        (post("\u{7f}\u{80}"), "(pc)"),
    ] {
        let got = ask(at, &request).await;
        assert_eq!((got.status, got.rsc()), (400, "4000"), "{request}");
        assert!(got.body.contains("m2m:dbg") && got.body.contains(word), "{word}: {}", got.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_but_right_requests_are_served() {
    let (stub, _server, at) = start(config()).await;
    assert_eq!(ask(at, get("/cse-in?fu=1&lbl=a&lbl=b+c&lim=0&ty=3+4&c.cr=Sam&con=a*")).await.status, 200);
    let fc = stub.last().filter_criteria.unwrap();
    assert_eq!(fc.labels, ["a", "b", "c"]);
    assert_eq!((fc.limit, fc.resource_type), (Some(0), vec![3, 4]));
    assert_eq!(fc.child_attributes, [("cr".into(), "Sam".into())]);
    // Names that are not ASCII reach the engine as what they are, which then says what it thinks of them.
    ask(at, get("/cse-in/caf%C3%A9")).await;
    assert_eq!(stub.last().to, "cse-in/café");
    ask(at, get("/cse-in/naïve")).await;
    assert_eq!(stub.last().to, "cse-in/naïve", "unencoded, as careless clients send it");
    let old = get("/cse-in").replace("HTTP/1.1", "HTTP/1.0");
    assert_eq!(ask(at, old).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_and_media_types_are_refused_by_their_own_codes() {
    let (_stub, _server, at) = start(config()).await;
    for method in ["PATCH", "OPTIONS", "TRACE", "BREW"] {
        let got = ask(at, get("/cse-in").replace("GET", method)).await;
        assert_eq!((got.status, got.rsc()), (405, "4005"), "{method}");
        assert_eq!(got.header("allow"), Some("GET, POST, PUT, DELETE"));
    }
    for (wrong, status, rsc) in [
        (post("a=b").replace("application/json;ty=3", "application/x-www-form-urlencoded"), 415, "4015"),
        (post("a=b").replace("application/json", "application/yaml"), 415, "4015"),
        (post("{}").replace("Content-Type: application/json;ty=3\r\n", ""), 415, "4015"),
        (get("/cse-in").replace("Host", "Accept: application/yaml\r\nHost"), 406, "5207"),
    ] {
        let got = ask(at, &wrong).await;
        assert_eq!((got.status, got.rsc()), (status, rsc), "{wrong}");
    }
    let head = blocking(move || {
        let mut peer = Peer::new(at);
        peer.send(get("/cse-in").replace("GET", "HEAD").replace("Host", "Connection: close\r\nHost"));
        peer.rest()
    })
    .await;
    assert!(head.starts_with("HTTP/1.1 405") && head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_refused_before_it_is_read() {
    let (stub, _server, at) = start(limited(Limits { body_bytes: 1000, ..Limits::default() })).await;
    let large = "x".repeat(2000);
    let announced = post(&large);
    let (head, _) = announced.split_once("\r\n\r\n").unwrap();
    let got = ask(at, format!("{head}\r\n\r\n")).await;
    assert_eq!((got.status, got.rsc()), (413, "4000"), "answered although no body came");
    let chunked = post("").replace("Content-Length: 0", "Transfer-Encoding: chunked");
    let got = ask(at, format!("{chunked}7d0\r\n{large}\r\n0\r\n\r\n")).await;
    assert_eq!((got.status, got.rsc()), (413, "4000"));
    let huge = get("/cse-in").replace("Host", &format!("X-Filler: {}\r\nHost", "x".repeat(40_000)));
    assert_eq!(ask(at, huge).await.status, 431);
    let lines = get("/cse-in").replace("Host", &format!("{}Host", "X-A: 1\r\n".repeat(200)));
    assert_eq!(ask(at, lines).await.status, 431);
    assert!(stub.seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_dawdle_are_closed() {
    let brief = Duration::from_millis(300);
    let limits = Limits { head_timeout: brief, body_timeout: brief, idle_timeout: brief, ..Limits::default() };
    let (_stub, server, at) = start(limited(limits)).await;
    blocking(move || {
        let whole = post(r#"{"m2m:cnt":{}}"#);
        for sent in ["", "P", "POST /cse-in HTT", &whole[..whole.len() - 3]] {
            let mut peer = Peer::new(at);
            peer.send(sent);
            assert_eq!(peer.rest(), "", "after {sent:?}");
        }
        let mut rested = Peer::new(at);
        rested.send(get("/cse-in"));
        assert_eq!(rested.receive().unwrap().status, 200);
        assert_eq!(rested.rest(), "");
        let mut patient = Peer::new(at);
        patient.send(get("/cse-in/slow"));
        assert_eq!(patient.receive().unwrap().status, 200, "waiting for the CSE is not dawdling");
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_last_connection_the_door_is_shut_at_once() {
    let (_stub, server, at) = start(limited(Limits { connections: 5, ..Limits::default() })).await;
    blocking(move || {
        let _held: Vec<Peer> = (0..5).map(|_| Peer::new(at)).collect();
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(Peer::new(at).rest(), "");
    })
    .await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(server.connections(), 0);
    assert_eq!(ask(at, get("/cse-in")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_or_too_much_at_once_is_told_when_to_come_back() {
    let rate = Some(RateLimit { per_second: 0.1, burst: 2.0, originators: 10 });
    let (_stub, _server, at) = start(limited(Limits { rate, ..Limits::default() })).await;
    for status in [200, 200, 429] {
        assert_eq!(ask(at, get("/cse-in")).await.status, status);
    }
    assert_eq!(ask(at, get("/cse-in").replace("CAdmin", "Cother")).await.status, 200);

    let (_stub, _server, at) = start(limited(Limits { in_flight: 1, ..Limits::default() })).await;
    let slow = tokio::spawn(ask(at, get("/cse-in/slow")));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let got = ask(at, get("/cse-in")).await;
    assert_eq!((got.status, got.header("retry-after")), (503, Some("1")));
    assert_eq!(slow.await.unwrap().status, 200);
    assert_eq!(ask(at, get("/cse-in")).await.status, 200);
}
