//! CoAP end to end against a bare socket, in one run: `cargo bench --bench coap`.
//!
//! Each peer sends a confirmable request, waits for its response, and sends the next. The bare server reads and writes
//! messages with coap-lite, and answers the same to everything; the generator shares the machine with the server, alike for
//! both.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a measurement that goes wrong stops")]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};
use onem2m_cse::binding::coap::CoapConfig;
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};
use tokio::net::UdpSocket;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PEERS: u64 = 64;
const LATEST: &str = r#"{"m2m:cin":{"rn":"cin-1k3","ty":4,"ri":"cin-1k3","pi":"cnt-4","ct":"20261121T013000,000000","lt":"20261121T013000,000000","et":"20311120T013000,000000","con":"7;21.5;51.0;3","cs":13,"st":4711}}"#;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (time, containers) = if support::smoke() { (0.3, 50) } else { (8.0, 1000) };
    let folder = tempfile::tempdir().unwrap();
    let bare = runtime.block_on(bare());
    let (cse, address) = runtime.block_on(start(folder.path(), containers));
    println!("{:<34}{:>10} {:>7} {:>9} {:>9} {:>9}", "64 peers", "per s", "ratio", "p50 ms", "p99 ms", "max ms");
    let retrieve = |n: u64| request(n, 1, "cse-in/Cbench/c0/la", None);
    let create = move |n: u64| {
        let content = format!(r#"{{"m2m:cin":{{"cnf":"text/plain:0","con":"{n};21.5;51.0;{}"}}}}"#, n * 7919 % 1000);
        request(n, 2, &format!("cse-in/Cbench/c{}", n % containers), Some(content))
    };
    let limit = run("bare socket, coap-lite", bare, time, 0x45, retrieve, None);
    run("RETRIEVE la", address, time, 0x45, retrieve, Some(limit));
    let limit = run("bare socket, CREATE", bare, time, 0x41, create, None);
    run("CREATE contentInstance, synced", address, time, 0x41, create, Some(limit));
    runtime.block_on(cse.stop());
}

fn option(packet: &mut Packet, number: u16, value: &[u8]) {
    packet.add_option(CoapOption::from(number), value.to_vec());
}

fn request(n: u64, code: u8, path: &str, content: Option<String>) -> Vec<u8> {
    let mut packet = Packet::new();
    packet.header.set_type(MessageType::Confirmable);
    packet.header.code = MessageClass::from(code);
    packet.header.message_id = u16::try_from(n % 65_536).unwrap();
    packet.set_token(n.to_be_bytes()[4..].to_vec());
    path.split('/').for_each(|segment| option(&mut packet, 11, segment.as_bytes()));
    for (number, value) in [(271, "3"), (279, "Cbench"), (283, &*format!("r{n}"))] {
        option(&mut packet, number, value.as_bytes());
    }
    if let Some(content) = content {
        option(&mut packet, 12, &[50]);
        option(&mut packet, 267, &[4]);
        packet.payload = content.into_bytes();
    }
    packet.to_bytes().unwrap()
}

/// Answers the same to everything.
async fn bare() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut bytes = vec![0; 2000];
        loop {
            let (length, peer) = socket.recv_from(&mut bytes).await.unwrap();
            let request = Packet::from_bytes(&bytes[..length]).unwrap();
            let mut answer = Packet::new();
            answer.header.set_type(MessageType::Acknowledgement);
            let code = if u8::from(request.header.code) == 1 { 0x45 } else { 0x41 };
            answer.header.code = MessageClass::from(code);
            answer.header.message_id = request.header.message_id;
            answer.set_token(request.get_token().to_vec());
            for (number, value) in [(12, &[50][..]), (271, b"3"), (283, b"r1"), (307, &[0x07, 0xd0])] {
                option(&mut answer, number, value);
            }
            answer.payload = LATEST.as_bytes().to_vec();
            socket.send_to(&answer.to_bytes().unwrap(), peer).await.unwrap();
        }
    });
    address
}

async fn start(folder: &std::path::Path, containers: u64) -> (Cse, SocketAddr) {
    let coap = CoapConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], ..CoapConfig::default() };
    let store = FjallStore::open(folder.join("data"), &FjallConfig::default()).unwrap();
    let cse = Cse::builder(CseConfig::default()).store(store).bind(coap).start().await.unwrap();
    let ae = [("rn", Value::from("Cbench")), ("api", "Nbench".into()), ("rr", false.into()), ("srv", vec!["3"].into())];
    created(&cse, Request::create("cse-in", 2, "m2m:ae", Map::from_iter(ae))).await;
    for n in 0..containers {
        let container = Map::from_iter([("rn", Value::from(format!("c{n}"))), ("mni", 50_u32.into())]);
        created(&cse, Request::create("cse-in/Cbench", 3, "m2m:cnt", container)).await;
    }
    let first = Map::from_iter([("con", "7;21.5;51.0;3")]);
    created(&cse, Request::create("cse-in/Cbench/c0", 4, "m2m:cin", first)).await;
    let address = cse.addresses()[0].trim_start_matches("coap://").parse().unwrap();
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
    expected: u8,
    request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
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
    expected: u8,
    request: Arc<impl Fn(u64) -> Vec<u8> + Send + Sync + 'static>,
) -> Vec<u32> {
    let (count, end) = (Arc::new(AtomicU64::new(0)), Instant::now() + time);
    let local = tokio::task::LocalSet::new();
    let tasks: Vec<_> = (0..PEERS)
        .map(|_| {
            let (request, count) = (Arc::clone(&request), Arc::clone(&count));
            local.spawn_local(async move {
                let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                socket.connect(address).await.unwrap();
                let (mut times, mut bytes) = (Vec::new(), vec![0; 2000]);
                while Instant::now() < end {
                    let message = request(count.fetch_add(1, Relaxed));
                    let sent = Instant::now();
                    answer(&socket, &message, &mut bytes, expected).await;
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

/// Sends a message until it is answered, in its acknowledgement or by itself, which is acknowledged.
async fn answer(socket: &UdpSocket, message: &[u8], bytes: &mut [u8], expected: u8) {
    loop {
        socket.send(message).await.unwrap();
        loop {
            let Ok(came) = tokio::time::timeout(Duration::from_secs(2), socket.recv(bytes)).await else { break };
            let message = &bytes[..came.unwrap()];
            if message[1] == expected {
                if message[0] & 0x30 == 0 {
                    socket.send(&[0x60, 0, message[2], message[3]]).await.unwrap();
                }
                return;
            }
            assert!(message[1] == 0, "every request has to be answered as expected: {message:x?}");
            if message[0] & 0x30 == 0 {
                // A ping.
                socket.send(&[0x70, 0, message[2], message[3]]).await.unwrap();
            }
        }
    }
}
