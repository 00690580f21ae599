//! WebSocket end to end against bare tungstenite, in one run: `cargo bench --bench ws`.
//!
//! Each connection sends a request, waits for its response, and sends the next. The bare server answers the same bytes to
//! everything; the generator shares the machine with the server, alike for both.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a measurement that goes wrong stops")]

mod support;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use futures_util::{SinkExt, StreamExt};
use onem2m_cse::binding::ws::WsConfig;
use support::stage;
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
    let (time, containers) = stage::size();
    let folder = tempfile::tempdir().unwrap();
    let bare = runtime.block_on(bare());
    let ws = WsConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], ..WsConfig::default() };
    let cse = runtime.block_on(stage::start(folder.path(), containers, ws));
    let address: SocketAddr = cse.addresses()[0].trim_start_matches("ws://").parse().unwrap();
    stage::head("64 connections");
    let create = move |n: u64| stage::create(n, containers);
    let limit = run("bare tungstenite", bare, time, "2000", stage::retrieve, None);
    run("RETRIEVE la", address, time, "2000", stage::retrieve, Some(limit));
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

/// Each connection sends a request when it has its response to the one before.
fn run(
    what: &str,
    address: SocketAddr,
    seconds: f64,
    expected: &'static str,
    request: impl Fn(u64) -> String + Copy + Send + 'static,
    limit: Option<f64>,
) -> f64 {
    let peer = move |turn: Rc<stage::Turn>| async move {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut handshake = format!("ws://{address}").into_client_request().unwrap();
        handshake.headers_mut().insert("sec-websocket-protocol", "oneM2M.json".parse().unwrap());
        let (mut ws, _) = tokio_tungstenite::client_async(handshake, stream).await.unwrap();
        let mut times = Vec::new();
        while let Some(n) = turn.next() {
            let message = Message::text(request(n));
            let sent = Instant::now();
            ws.send(message).await.unwrap();
            let Some(Ok(Message::Text(text))) = ws.next().await else { panic!("no answer") };
            assert!(text.contains(expected), "every request has to be answered as expected: {text}");
            times.push(stage::micros(sent));
        }
        times
    };
    stage::row(what, stage::drive(CONNECTIONS, seconds, peer), seconds, limit)
}
