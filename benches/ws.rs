//! WebSocket end to end against bare tungstenite, in one run: `cargo bench --bench ws`.
//!
//! Each connection sends a request, waits for its response, and sends the next. The bare server answers the same bytes to
//! everything; the generator shares the machine with the server, alike for both.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a measurement that goes wrong stops")]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONNECTIONS: u64 = 64;
const LATEST: &str = r#"{"rsc":2000,"rqi":"r1","pc":{"m2m:cin":{"rn":"cin-1k3","ty":4,"ri":"cin-1k3","pi":"cnt-4","ct":"20261121T013000,000000","lt":"20261121T013000,000000","et":"20311120T013000,000000","con":"7;21.5;51.0;3","cs":13,"st":4711}},"rvi":"3"}"#;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (time, containers) = if support::smoke() { (0.3, 50) } else { (8.0, 1000) };
    let folder = tempfile::tempdir().unwrap();
    let bare = runtime.block_on(bare());
    let (cse, address) = runtime.block_on(start(folder.path(), containers));
    println!("{:<34}{:>10} {:>7} {:>9} {:>9} {:>9}", "64 connections", "per s", "ratio", "p50 ms", "p99 ms", "max ms");
    let retrieve = |n: u64| format!(r#"{{"op":2,"to":"cse-in/Cbench/c0/la","fr":"Cbench","rqi":"r{n}","rvi":"3"}}"#);
    let create = move |n: u64| {
        format!(
            r#"{{"op":1,"to":"cse-in/Cbench/c{}","fr":"Cbench","rqi":"r{n}","rvi":"3","ty":4,"pc":{{"m2m:cin":{{"cnf":"text/plain:0","con":"{n};21.5;51.0;{}"}}}}}}"#,
            n % containers,
            n * 7919 % 1000
        )
    };
    let limit = run("bare tungstenite", bare, time, "2000", retrieve, None);
    run("RETRIEVE la", address, time, "2000", retrieve, Some(limit));
    let limit = run("bare tungstenite, CREATE", bare, time, "2000", create, None);
    run("CREATE contentInstance, synced", address, time, "2001", create, Some(limit));
    runtime.block_on(cse.stop());
}

/// Answers the same to everything.
async fn bare() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(async move {
                #[allow(clippy::result_large_err, reason = "the library wants it so")]
                let agree = |_: &server::Request, mut reply: server::Response| {
                    reply.headers_mut().insert("sec-websocket-protocol", "oneM2M.json".parse().unwrap());
                    Ok(reply)
                };
                let mut ws = tokio_tungstenite::accept_hdr_async(stream, agree).await.unwrap();
                while let Some(Ok(message)) = ws.next().await {
                    if message.is_text() && ws.send(Message::text(LATEST)).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}

async fn start(folder: &std::path::Path, containers: u64) -> (Cse, SocketAddr) {
    let ws = WsConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], ..WsConfig::default() };
    let store = FjallStore::open(folder.join("data"), &FjallConfig::default()).unwrap();
    let cse = Cse::builder(CseConfig::default()).store(store).bind(ws).start().await.unwrap();
    let ae = [("rn", Value::from("Cbench")), ("api", "Nbench".into()), ("rr", false.into()), ("srv", vec!["3"].into())];
    created(&cse, Request::create("cse-in", 2, "m2m:ae", Map::from_iter(ae))).await;
    for n in 0..containers {
        let container = Map::from_iter([("rn", Value::from(format!("c{n}"))), ("mni", 50_u32.into())]);
        created(&cse, Request::create("cse-in/Cbench", 3, "m2m:cnt", container)).await;
    }
    let first = Map::from_iter([("con", "7;21.5;51.0;3")]);
    created(&cse, Request::create("cse-in/Cbench/c0", 4, "m2m:cin", first)).await;
    let address = cse.addresses()[0].trim_start_matches("ws://").parse().unwrap();
    (cse, address)
}

async fn created(cse: &Cse, request: Request) {
    let response = cse.request(request.from("Cbench")).await;
    assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
}

/// Measures from a thread of its own, prints, and answers how many there were per second.
fn run(
    what: &str,
    address: SocketAddr,
    seconds: f64,
    expected: &'static str,
    request: impl Fn(u64) -> String + Send + Sync + 'static,
    limit: Option<f64>,
) -> f64 {
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(drive(address, Duration::from_secs_f64(seconds), expected, Arc::new(request)))
    };
    let mut times = std::thread::spawn(work).join().unwrap();
    times.sort_unstable();
    let per_second = times.len() as f64 / seconds;
    let at = |share: f64| f64::from(times[((times.len() - 1) as f64 * share) as usize]) / 1000.0;
    let ratio = limit.map_or(String::new(), |limit| format!("{:.2}", per_second / limit));
    println!("{what:<34}{per_second:>10.0} {ratio:>7} {:>9.2} {:>9.2} {:>9.2}", at(0.5), at(0.99), at(1.0));
    per_second
}

async fn drive(
    address: SocketAddr,
    time: Duration,
    expected: &'static str,
    request: Arc<impl Fn(u64) -> String + Send + Sync + 'static>,
) -> Vec<u32> {
    let (count, end) = (Arc::new(AtomicU64::new(0)), Instant::now() + time);
    let local = tokio::task::LocalSet::new();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (request, count) = (Arc::clone(&request), Arc::clone(&count));
            local.spawn_local(async move {
                let stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut handshake = format!("ws://{address}").into_client_request().unwrap();
                handshake.headers_mut().insert("sec-websocket-protocol", "oneM2M.json".parse().unwrap());
                let (mut ws, _) = tokio_tungstenite::client_async(handshake, stream).await.unwrap();
                let mut times = Vec::new();
                while Instant::now() < end {
                    let message = Message::text(request(count.fetch_add(1, Relaxed)));
                    let sent = Instant::now();
                    ws.send(message).await.unwrap();
                    let Some(Ok(Message::Text(text))) = ws.next().await else { panic!("no answer") };
                    assert!(text.contains(expected), "every request has to be answered as expected: {text}");
                    times.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                times
            })
        })
        .collect();
    let all = async {
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.unwrap());
        }
        times
    };
    local.run_until(all).await
}
