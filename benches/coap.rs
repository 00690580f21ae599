//! CoAP end to end against a bare socket, in one run: `cargo bench --bench coap`.
//!
//! Each peer sends a confirmable request, waits for its response, and sends the next. The bare server reads and writes
//! messages with coap-lite, and answers the same to everything; the generator shares the machine with the server, alike for
//! both.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a measurement that goes wrong stops")]

mod support;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};
use onem2m_cse::binding::coap::CoapConfig;
use support::stage;
use tokio::net::UdpSocket;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PEERS: u64 = 64;
const LATEST: &str = r#"{"m2m:cin":{"rn":"cin-1k3","ty":4,"ri":"cin-1k3","pi":"cnt-4","ct":"20261121T013000,000000","lt":"20261121T013000,000000","et":"20311120T013000,000000","con":"7;21.5;51.0;3","cs":13,"st":4711}}"#;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (time, containers) = stage::size();
    let folder = tempfile::tempdir().unwrap();
    let bare = runtime.block_on(bare());
    let coap = CoapConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], ..CoapConfig::default() };
    let cse = runtime.block_on(stage::start(folder.path(), containers, coap));
    let address: SocketAddr = cse.addresses()[0].trim_start_matches("coap://").parse().unwrap();
    stage::head("64 peers");
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

/// Each peer sends a request when it has its response to the one before.
fn run(
    what: &str,
    address: SocketAddr,
    seconds: f64,
    expected: u8,
    request: impl Fn(u64) -> Vec<u8> + Copy + Send + 'static,
    limit: Option<f64>,
) -> f64 {
    let peer = move |turn: Rc<stage::Turn>| async move {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(address).await.unwrap();
        let (mut times, mut bytes) = (Vec::new(), vec![0; 2000]);
        while let Some(n) = turn.next() {
            let message = request(n);
            let sent = Instant::now();
            answer(&socket, &message, &mut bytes, expected).await;
            times.push(stage::micros(sent));
        }
        times
    };
    stage::row(what, stage::drive(PEERS, seconds, peer), seconds, limit)
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
