//! HTTP end to end against a bare hyper server, in one run: `cargo bench --bench http`.
//!
//! Prints ratios. The generator shares the machine with the server, alike for both.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a measurement that goes wrong stops")]

mod support;

use std::net::SocketAddr;

use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::store::Durability;
use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};
use support::load::{self, Measured};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LATEST: &[u8] = br#"{"m2m:cin":{"rn":"cin-1k3","ty":4,"ri":"cin-1k3","pi":"cnt-4","ct":"20261121T013000,000000","lt":"20261121T013000,000000","et":"20311120T013000,000000","con":"7;21.5;51.0;3","cs":13,"st":4711}}"#;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let seconds = if support::smoke() { 0.3 } else { 8.0 };
    let containers = if support::smoke() { 50 } else { 1000 };
    let folder = tempfile::tempdir().unwrap();
    let (get_limit, post_limit) =
        runtime.block_on(async { (support::bare::serve(200, LATEST).await, support::bare::serve(201, LATEST).await) });
    let (cse, address) = runtime.block_on(start(folder.path(), Durability::Synced, containers));
    println!("{:<34}{:>10} {:>7} {:>9} {:>9} {:>9}", "64 connections", "per s", "ratio", "p50 ms", "p99 ms", "max ms");

    let get = |path: &'static str| move |n: u64| request("GET", path, n, "");
    let limit = load::run(get_limit, 64, seconds, 200, get("/cse-in/Cbench/c0/la"));
    show("bare hyper, GET", &limit, None);
    let latest = load::run(address, 64, seconds, 200, get("/cse-in/Cbench/c0/la"));
    show("RETRIEVE la", &latest, Some(&limit));
    let limit = load::run(get_limit, 64, seconds, 200, get("/cse-in/Cbench?fu=1&lbl=rare&lim=100"));
    let found = load::run(address, 64, seconds, 200, get("/cse-in/Cbench?fu=1&lbl=rare&lim=100"));
    show("discovery by label, 10 found", &found, Some(&limit));

    let post = move |n: u64| {
        let path = format!("/cse-in/Cbench/c{}", n % containers);
        request(
            "POST",
            &path,
            n,
            &format!(r#"{{"m2m:cin":{{"cnf":"text/plain:0","con":"{n};21.5;51.0;{}"}}}}"#, n * 7919 % 1000),
        )
    };
    let limit = load::run(post_limit, 64, seconds, 201, post);
    show("bare hyper, POST", &limit, None);
    let created = load::run(address, 64, seconds, 201, post);
    show("CREATE contentInstance, synced", &created, Some(&limit));
    if let Some(mib) = support::resident_mib() {
        println!("resident at the end: {mib:.0} MiB, generator and both servers together");
    }
    runtime.block_on(cse.stop());
    for measured in [&latest, &found, &created] {
        assert_eq!(measured.wrong, 0, "every request has to be answered as expected");
    }
}

async fn start(folder: &std::path::Path, durability: Durability, containers: u64) -> (Cse, SocketAddr) {
    let http = HttpConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], ..HttpConfig::default() };
    let config = CseConfig { durability, ..CseConfig::default() };
    let store = FjallStore::open(folder.join("data"), &FjallConfig::default()).unwrap();
    let cse = Cse::builder(config).store(store).bind(http).start().await.unwrap();
    let ae = Map::from_iter([
        ("rn", Value::from("Cbench")),
        ("api", "Nbench".into()),
        ("rr", false.into()),
        ("srv", vec!["3"].into()),
    ]);
    create(&cse, Request::create("cse-in", 2, "m2m:ae", ae)).await;
    for n in 0..containers {
        let mut container = Map::from_iter([("rn", Value::from(format!("c{n}"))), ("mni", 50_u32.into())]);
        let rare = n % (containers / 10) == 0;
        container.set("lbl", if rare { vec!["all", "rare"] } else { vec!["all"] });
        create(&cse, Request::create("cse-in/Cbench", 3, "m2m:cnt", container)).await;
    }
    create(&cse, Request::create("cse-in/Cbench/c0", 4, "m2m:cin", Map::from_iter([("con", "7;21.5;51.0;3")]))).await;
    let address = cse.addresses()[0].trim_start_matches("http://").parse().unwrap();
    (cse, address)
}

async fn create(cse: &Cse, request: Request) {
    let response = cse.request(request.from("Cbench")).await;
    assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
}

fn request(method: &str, path: &str, n: u64, body: &str) -> Vec<u8> {
    let ty = if method == "POST" { "content-type: application/json;ty=4\r\n" } else { "" };
    format!(
        "{method} {path} HTTP/1.1\r\nhost: cse\r\nx-m2m-origin: Cbench\r\nx-m2m-ri: r{n}\r\nx-m2m-rvi: 3\r\n{ty}accept: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn show(what: &str, measured: &Measured, limit: Option<&Measured>) {
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
    let ratio = limit.map_or(String::new(), |limit| format!("{:.2}", measured.per_second / limit.per_second));
    println!(
        "{what:<34}{:>10.0} {ratio:>7} {:>9.2} {:>9.2} {:>9.2}",
        measured.per_second,
        ms(measured.p50),
        ms(measured.p99),
        ms(measured.max)
    );
}
