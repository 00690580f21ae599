//! What a reading costs on the wire: the table in `docs/coap.md`, measured.

use std::time::Duration;

use coap_lite::MessageType;
use onem2m_cse::binding::coap::mapping::outgoing;
use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig, CoapConfig};
use onem2m_cse::binding::http::{ClientConfig, HttpClient, HttpConfig};
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Request, ResultContent};
use onem2m_cse::value::Map;
use onem2m_cse::{Cse, CseConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::bare::{first, message, option};
use super::furnish;

/// Bytes of UDP payload that are left in one frame of IEEE 802.15.4, without and with its security: see the document.
const ROOM: [usize; 2] = [83, 62];

fn reading() -> Request {
    let content = Map::from_iter([("con", "21.5")]);
    let request = Request::create("cse-in/Clamp/c", 4, "m2m:cin", content).wanting(ResultContent::Nothing);
    request.from("Clamp").identified("17")
}

/// What our client sends.
async fn coap(format: Format) -> Vec<u8> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let url = outgoing::url(&format!("coap://{}", socket.local_addr().unwrap()), "cse-in/Clamp/c");
    let call = async {
        CoapClient::new(CoapClientConfig::default()).call_in(format, &url, &reading(), Duration::from_secs(5)).await
    };
    let hear = async {
        let mut bytes = vec![0; 2000];
        let length = socket.recv(&mut bytes).await.unwrap();
        bytes.truncate(length);
        bytes
    };
    tokio::select! {
        bytes = hear => bytes,
        outcome = call => panic!("{outcome:?}"),
    }
}

async fn http() -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = outgoing::url(&format!("http://{}", listener.local_addr().unwrap()), "cse-in/Clamp/c");
    let call = async { HttpClient::new(ClientConfig::default()).call(&url, &reading()).await };
    let hear = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        whole(&mut stream).await
    };
    tokio::select! {
        bytes = hear => bytes,
        outcome = call => panic!("{outcome:?}"),
    }
}

/// A message of HTTP.
async fn whole(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest.lines().next().unwrap());
            if body.len() >= length.parse().unwrap() {
                return bytes;
            }
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "{text}");
    }
}

/// The same reading from a device that saves where it can: a token of one byte, the container by its identifier, no
/// `Accept`, a request identifier of one byte.
fn thrifty(container: &str) -> Vec<u8> {
    let mut packet = message(MessageType::Confirmable, 2, 1);
    packet.set_token(vec![1]);
    option(&mut packet, 11, container.as_bytes());
    option(&mut packet, 12, &[60]);
    option(&mut packet, 15, b"rcn=0");
    for (number, value) in [(267, &b"\x04"[..]), (271, b"3"), (279, b"Clamp"), (283, b"1")] {
        option(&mut packet, number, value);
    }
    packet.payload = b"\xa1\x67m2m:cin\xa1\x63con\x6421.5".to_vec();
    packet.to_bytes().unwrap()
}

struct House {
    cse: Cse,
    addresses: Vec<String>,
}

impl House {
    async fn open() -> Self {
        let any = || vec!["127.0.0.1:0".parse().unwrap()];
        let coap = CoapConfig { addresses: any(), ..CoapConfig::default() };
        let http = HttpConfig { addresses: any(), ..HttpConfig::default() };
        let cse = Cse::builder(CseConfig::default()).bind(coap).bind(http).start().await.unwrap();
        furnish(&cse).await;
        let addresses = cse.addresses().iter().map(|url| url.split_once("//").unwrap().1.to_owned()).collect();
        Self { cse, addresses }
    }

    async fn over_udp(&self, request: &[u8]) -> Vec<u8> {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.send_to(request, &self.addresses[0]).await.unwrap();
        let mut bytes = vec![0; 2000];
        let length = socket.recv(&mut bytes).await.unwrap();
        bytes.truncate(length);
        let packet = coap_lite::Packet::from_bytes(&bytes).unwrap();
        assert_eq!(first(&packet, 307), [0x07, 0xd1], "{packet:?}");
        bytes
    }

    async fn over_tcp(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.addresses[1]).await.unwrap();
        stream.write_all(request).await.unwrap();
        let bytes = whole(&mut stream).await;
        assert!(bytes.starts_with(b"HTTP/1.1 201 "), "{bytes:?}");
        bytes
    }
}

#[tokio::test]
async fn the_document_says_what_a_reading_costs() {
    let house = House::open().await;
    let container = house.cse.request(Request::retrieve("cse-in/Clamp/c").from("Clamp")).await.attributes().unwrap();
    let container = container.get("ri").unwrap().as_text().unwrap().to_owned();
    let mut rows = Vec::new();
    for (name, request) in [
        ("CoAP, CBOR, thrifty", thrifty(&container)),
        ("CoAP, CBOR", coap(Format::Cbor).await),
        ("CoAP, JSON", coap(Format::Json).await),
        ("HTTP, JSON", http().await),
    ] {
        let response =
            if name.starts_with("CoAP") { house.over_udp(&request).await } else { house.over_tcp(&request).await };
        let (request, response) = (request.len(), response.len());
        let fits = ROOM.map(|room| if request.max(response) <= room { "yes" } else { "no" });
        rows.push(format!("| {name} | {request} | {response} | {} | {} |", fits[0], fits[1]));
    }
    let document = include_str!("../../docs/coap.md");
    let measured = rows.join("\n");
    assert!(document.contains(&measured), "measured:\n{measured}\n");
    // The sum that the room comes from is in the document, too.
    let sum = document.lines().filter_map(|line| line.strip_prefix("| − ")).filter_map(|line| line.split(" | ").nth(1));
    let left =
        sum.map(|bytes| bytes.trim_end_matches(" |").parse::<usize>().unwrap()).fold(127, |left, bytes| left - bytes);
    assert_eq!([left, left - 21], ROOM);
    house.cse.stop().await;
}
