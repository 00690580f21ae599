//! What makes others fall over, said to a CSE over real sockets. Each is answered as the standard says or as HTTP says, and
//! the CSE goes on.
#![cfg(all(unix, feature = "server"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod support;

use std::time::Duration;

use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::{Cse, CseConfig};
use serde_json::{Value, json};
use support::socket::Socket;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A CSE with an AE `Ca` that has a container `c`.
struct Den {
    cse: Cse,
    http: String,
    ws: String,
}

/// A status code of HTTP, one of oneM2M, and the body.
#[derive(Debug)]
struct Said(u16, u16, String);

impl Den {
    async fn open() -> Self {
        let nowhere = || vec!["127.0.0.1:0".parse().unwrap()];
        let http = HttpConfig { addresses: nowhere(), ..HttpConfig::default() };
        let ws = WsConfig { addresses: nowhere(), ..WsConfig::default() };
        let cse = Cse::builder(CseConfig::default()).bind(http).bind(ws).start().await.unwrap();
        let of = |scheme: &str| cse.addresses().iter().find_map(|url| url.strip_prefix(scheme).map(str::to_owned));
        let den = Self { http: of("http://").unwrap(), ws: of("ws://").unwrap(), cse };
        let ae = r#"{"m2m:ae":{"rn":"Ca","api":"Na","rr":true,"srv":["3"]}}"#;
        assert_eq!(den.create("cse-in", 2, ae).await.1, 2001);
        assert_eq!(den.create("cse-in/Ca", 3, r#"{"m2m:cnt":{"rn":"c"}}"#).await.1, 2001);
        den
    }

    /// Exactly these bytes on a new connection, piece by piece; what comes back until the other side closes, or says no
    /// more for a while.
    async fn raw(&self, pieces: &[&[u8]]) -> String {
        let mut stream = TcpStream::connect(&self.http).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for piece in pieces {
            // It may have had enough already.
            let _ = stream.write_all(piece).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(Ok(length)) = timeout(Duration::from_secs(2), stream.read(&mut buffer)).await {
            if length == 0 {
                break;
            }
            answer.extend_from_slice(&buffer[..length]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn say(&self, line: &str, headers: &str, body: &[u8]) -> Said {
        let length = body.len();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-M2M-Origin: Ca\r\nX-M2M-RVI: 3\r\n{headers}Content-Length: {length}\r\n\r\n"
        );
        let answer = self.raw(&[&[head.as_bytes(), body].concat()]).await;
        said(&answer)
    }

    async fn create(&self, to: &str, ty: u32, content: &str) -> Said {
        let headers = format!("X-M2M-RI: 1\r\nContent-Type: application/json;ty={ty}\r\n");
        self.say(&format!("POST /{to}"), &headers, content.as_bytes()).await
    }

    async fn get(&self, target: &str) -> Said {
        self.say(&format!("GET {target}"), "X-M2M-RI: 1\r\n", b"").await
    }

    /// It goes on as if nothing had been.
    async fn lives(self) {
        assert_eq!(self.get("/cse-in/Ca").await.1, 2000);
        self.cse.stop().await;
    }
}

fn said(answer: &str) -> Said {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let http = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let code = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("x-m2m-rsc: ").map(str::to_owned));
    Said(http, code.and_then(|code| code.trim().parse().ok()).unwrap_or(0), body.to_owned())
}

#[tokio::test]
async fn long_words_are_refused_or_looked_for() {
    let den = Den::open().await;
    let long = format!("X-M2M-RI: {}\r\n", "r".repeat(300));
    let refused = den.say("GET /cse-in", &long, b"").await;
    assert!(refused.1 == 4000 && refused.2.contains("rqi"), "{refused:?}");
    let none = den.get(&format!("/cse-in?fu=1&lbl={}", "l".repeat(400))).await;
    assert!(none.1 == 2000 && none.2.contains("[]"), "{none:?}");
    den.lives().await;
}

#[tokio::test]
async fn names_are_text_of_the_permitted_letters() {
    let den = Den::open().await;
    for name in [r#"5"#, r#""ü""#, r#""漢字""#, r#""a/b""#, r#""""#, r#"null"#] {
        let refused = den.create("cse-in/Ca", 3, &format!(r#"{{"m2m:cnt":{{"rn":{name}}}}}"#)).await;
        assert!(refused.1 == 4000, "{name}: {refused:?}");
    }
    // Content is anybody's.
    let made = den.create("cse-in/Ca/c", 4, r#"{"m2m:cin":{"con":"Grüße, 漢字 🌱","lbl":["ключ"]}}"#).await;
    assert_eq!(made.1, 2001, "{made:?}");
    assert!(den.get("/cse-in/Ca/c/la").await.2.contains("Grüße, 漢字 🌱"));
    assert!(den.get("/cse-in?fu=1&lbl=%D0%BA%D0%BB%D1%8E%D1%87").await.2.contains("cse-in/Ca/c/"));
    den.lives().await;
}

#[tokio::test]
async fn a_request_may_come_in_pieces_and_half_a_request_line_is_refused() {
    let den = Den::open().await;
    let answer = den
        .raw(&[
            b"GET /cse-in/Ca HT",
            b"TP/1.1\r\nHost: x\r\nConnection: close\r\nX-M2M-Ori",
            b"gin: Ca\r\nX-M2M-RI: 1\r",
            b"\nX-M2M-RVI: 3\r\n\r",
            b"\n",
        ])
        .await;
    assert_eq!(said(&answer).1, 2000, "{answer}");
    for bare in [&b"GET\r\n\r\n"[..], b"GET /cse-in\r\n\r\n", b"\0\0\0\0\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"]
    {
        let answer = den.raw(&[bare]).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400") || answer.as_bytes()[3] <= 7, "{answer}");
    }
    den.lives().await;
}

#[tokio::test]
async fn a_length_that_lies_holds_up_nobody() {
    let den = Den::open().await;
    let head = |length: &str| {
        format!(
            "POST /cse-in/Ca/c HTTP/1.1\r\nHost: x\r\nX-M2M-Origin: Ca\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\nContent-Type: application/json;ty=4\r\nContent-Length: {length}\r\n\r\n{{\"m2m:cin\":{{\"con\":\"x\"}}}}"
        )
    };
    // Less than it says: the rest is no request. More: it waits, and others are served meanwhile.
    let short = den.raw(&[head("5").as_bytes()]).await;
    assert_eq!(said(&short).1, 4000, "{short}");
    let text = head("5000");
    let pieces = [text.as_bytes()];
    let (waiting, other) = tokio::join!(den.raw(&pieces), den.get("/cse-in/Ca"));
    assert!(waiting.is_empty() && other.1 == 2000, "{waiting} {other:?}");
    for nonsense in ["-1", "99999999999999999999", "5, 6", "0x10"] {
        let answer = den.raw(&[head(nonsense).as_bytes()]).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{nonsense}: {answer}");
    }
    let large = den.raw(&[head("99999999999").as_bytes()]).await;
    assert!(large.starts_with("HTTP/1.1 413"), "{large}");
    den.lives().await;
}

#[tokio::test]
async fn parameters_at_the_edge_of_their_meaning() {
    let den = Den::open().await;
    let put = r#"{"m2m:cnt":{"lbl":["a"]}}"#;
    let headers = "X-M2M-RI: 1\r\nContent-Type: application/json\r\n";
    assert_eq!(den.say("PUT /cse-in/Ca/c/la", headers, put.as_bytes()).await.1, 4005);
    for (query, codes) in [
        ("rcn=7", &[4000][..]),
        ("rcn=77", &[4000]),
        ("rt=1", &[1000, 1001, 1002]),
        ("rt=77", &[4000]),
        ("fu=1&lim=0", &[2000, 4000]),
        ("fu=1&lim=-1", &[4000]),
        ("fu=1&lim=99999999999999999999", &[4000]),
        ("fu=1&ofst=-5", &[4000]),
        ("fu=1&lvl=-1", &[4000]),
        ("fu=1&lbl=a&lbl=b&lbl=a", &[2000]),
        ("fu=1&cra=yesterday", &[4000]),
        ("fu=1&%FF=1", &[4000]),
        ("fu=1&lbl=%00", &[2000, 4000]),
    ] {
        let answer = den.get(&format!("/cse-in/Ca?{query}")).await;
        assert!(codes.contains(&answer.1), "{query}: {answer:?}");
    }
    // A time window has seven fields.
    let window = r#"{"m2m:acp":{"pv":{"acr":[{"acor":["Ca"],"acop":63,"acco":[{"actw":["* * * * 11 *"]}]}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}}"#;
    let refused = den.create("cse-in/Ca", 1, window).await;
    assert!(refused.1 == 4000 && refused.2.contains("actw"), "{refused:?}");
    den.lives().await;
}

#[tokio::test]
async fn bodies_that_would_blow_up_are_refused_at_once() {
    let den = Den::open().await;
    let depth = 100_000;
    let nested = format!(r#"{{"m2m:cin":{{"con":{}1{}}}}}"#, "[".repeat(depth), "]".repeat(depth));
    let bomb = format!(
        "<!DOCTYPE x [<!ENTITY a0 \"ha\">{}]><m2m:cin xmlns:m2m=\"http://www.onem2m.org/xml/protocols\"><con>&a29;</con></m2m:cin>",
        (1..30).map(|n| format!("<!ENTITY a{n} \"&a{};&a{};\">", n - 1, n - 1)).collect::<String>()
    );
    let deep_xml = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    // An array, a map, a text and a byte string of 2^60.
    let huge = |major: u8| [&[major << 5 | 27][..], &(1_u64 << 60).to_be_bytes()].concat();
    let deep_cbor = vec![0x81; depth];
    for (media, body) in [
        ("json", nested.into_bytes()),
        ("json", b"{\"m2m:cin\":{\"con\":1e99999}}".to_vec()),
        ("json", b"{\"m2m:cin\":{\"con\":\"\\ud800\"}}".to_vec()),
        ("json", b"\xff\xfe".to_vec()),
        ("xml", bomb.into_bytes()),
        ("xml", deep_xml.into_bytes()),
        ("cbor", huge(4)),
        ("cbor", huge(5)),
        ("cbor", huge(3)),
        ("cbor", huge(2)),
        ("cbor", deep_cbor),
    ] {
        let headers = format!("X-M2M-RI: 1\r\nContent-Type: application/{media};ty=4\r\n");
        let begun = std::time::Instant::now();
        let refused = timeout(Duration::from_secs(10), den.say("POST /cse-in/Ca/c", &headers, &body)).await.unwrap();
        assert_eq!(refused.1, 4000, "{media}: {refused:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{media} took {:?}", begun.elapsed());
    }
    den.lives().await;
}

#[tokio::test]
async fn creates_of_the_same_instant_are_all_different_and_the_latest_follows() {
    let den = Den::open().await;
    let content = r#"{"m2m:cin":{"con":"x"}}"#;
    let mut answers = Vec::new();
    for _ in 0..5 {
        let ten = [(); 10].map(|()| den.create("cse-in/Ca/c", 4, content));
        let [a, b, c, d, e, f, g, h, i, j] = ten;
        let (a, b, c, d, e, f, g, h, i, j) = tokio::join!(a, b, c, d, e, f, g, h, i, j);
        answers.extend([a, b, c, d, e, f, g, h, i, j]);
    }
    let mut names: Vec<String> = answers
        .iter()
        .map(|answer| serde_json::from_str::<Value>(&answer.2).unwrap()["m2m:cin"]["ri"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 50);
    // Whoever deletes the newest sees the one before it, until there is none.
    let mut seen = Vec::new();
    for left in (0..50).rev() {
        let latest = den.get("/cse-in/Ca/c/la").await;
        seen.push(latest.2);
        assert_eq!(den.say("DELETE /cse-in/Ca/c/la", "X-M2M-RI: 1\r\n", b"").await.1, 2002);
        let container: Value = serde_json::from_str(&den.get("/cse-in/Ca/c").await.2).unwrap();
        assert_eq!(container["m2m:cnt"]["cni"], left);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 50);
    assert_eq!(den.get("/cse-in/Ca/c/la").await.1, 4004);
    den.lives().await;
}

#[tokio::test]
async fn an_unexpected_subprotocol_is_turned_away() {
    let den = Den::open().await;
    for offered in ["chat", "oneM2M.yaml", "", ",,,", "oneM2M.json2"] {
        let opened = Socket::try_open(&den.ws, &[("Sec-WebSocket-Protocol", offered)]).await;
        assert!(opened.is_err(), "{offered:?} was taken");
    }
    let mut socket = Socket::open(&den.ws).await;
    assert_eq!(socket.ask(json!({"op": 2, "to": "cse-in/Ca", "fr": "Ca"})).await["rsc"], json!(2000));
    den.lives().await;
}

#[tokio::test]
async fn a_filter_with_ten_thousand_values_is_answered() {
    let den = Den::open().await;
    let mut socket = Socket::open(&den.ws).await;
    let labels: Vec<String> = (0..10_000).map(|n| format!("label{n}")).collect();
    let begun = std::time::Instant::now();
    let fc = json!({"fu": 1, "lbl": labels});
    let answer = socket.ask(json!({"op": 2, "to": "cse-in", "fr": "Ca", "fc": fc})).await;
    assert!(answer["rsc"] == json!(2000) || answer["rsc"] == json!(4000), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // In a URL, it is more than anybody reads.
    let query: String = (0..10_000).map(|n| format!("&lbl=label{n}")).collect();
    let refused = den.get(&format!("/cse-in?fu=1{query}")).await;
    assert!(matches!(refused.0, 200 | 400 | 414 | 431), "{refused:?}");
    den.lives().await;
}

/// The memory of this process, in pages.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse().unwrap()
}

/// The same searches again and again take no more memory than they did at first.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn discovery_under_load_does_not_grow() {
    let den = Den::open().await;
    let mut socket = Socket::open(&den.ws).await;
    for n in 0..300 {
        let content = json!({"m2m:cnt": {"rn": format!("c{n}"), "lbl": [format!("l{n}"), "all"]}});
        let made = json!({"op": 1, "to": "cse-in/Ca", "fr": "Ca", "ty": 3, "pc": content});
        assert_eq!(socket.ask(made).await["rsc"], json!(2001));
    }
    let mut search = async |times: u32| {
        for n in 0..times {
            let fc = json!({"fu": 1, "lbl": ["all", format!("never-{n}")]});
            let found = socket.ask(json!({"op": 2, "to": "cse-in", "fr": "Ca", "fc": fc})).await;
            assert_eq!(found["pc"]["m2m:uril"].as_array().unwrap().len(), 300);
        }
    };
    search(200).await;
    let before = resident();
    search(800).await;
    let after = resident();
    // 16 MiB: what other tests of this process may take meanwhile.
    assert!(after < before + 4096, "{before} pages became {after}");
    den.lives().await;
}
