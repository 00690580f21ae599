//! A shield with a socket, and a server behind one that answers with who has spoken and what was said.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use coap_lite::{CoapOption, MessageClass, MessageType, Packet, RequestType, ResponseType};
use onem2m_cse::binding::coap::shield::{Shield, Shielded};
use onem2m_cse::binding::dtls::{DtlsConfig, DtlsShield};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

/// A shield with a socket of its own.
pub struct Post {
    pub address: SocketAddr,
    socket: UdpSocket,
    pub shield: DtlsShield,
    room: Vec<u8>,
}

impl Post {
    pub async fn new(shield: DtlsShield) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self { address: socket.local_addr().unwrap(), socket, shield, room: vec![0; 65_536] }
    }

    /// Waits until something has come or is due. Answers what is not for the wire.
    pub async fn next(&mut self) -> Vec<Shielded> {
        let due = self.shield.next_due();
        let wait = due.map_or(PATIENCE, |due| due.saturating_duration_since(Instant::now()));
        let mut out = Vec::new();
        match timeout(wait, self.socket.recv_from(&mut self.room)).await {
            Ok(Ok((length, peer))) => self.shield.received(Instant::now(), peer, &self.room[..length], &mut out),
            Ok(Err(_)) | Err(_) => self.shield.due(Instant::now(), &mut out),
        }
        self.post(out).await
    }

    pub async fn send(&mut self, peer: SocketAddr, bytes: &[u8]) -> Vec<Shielded> {
        let mut out = Vec::new();
        self.shield.send(Instant::now(), peer, bytes, &mut out);
        self.post(out).await
    }

    /// Says something, and waits for an answer or for the end, with its reason.
    pub async fn ask(&mut self, peer: SocketAddr, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut said = self.send(peer, bytes).await;
        loop {
            for said in said {
                match said {
                    Shielded::Deliver { bytes, .. } => return Ok(bytes),
                    Shielded::Gone(_, reason) => return Err(reason),
                    Shielded::Transmit(..) => {}
                }
            }
            said = timeout(PATIENCE, self.next()).await.expect("an answer in time");
        }
    }

    async fn post(&mut self, out: Vec<Shielded>) -> Vec<Shielded> {
        let mut rest = Vec::new();
        for said in out {
            match said {
                Shielded::Transmit(peer, datagram) => drop(self.socket.send_to(&datagram, peer).await),
                said => rest.push(said),
            }
        }
        rest
    }
}

/// What a server has heard so far, and how much it keeps.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Who, and what.
    pub messages: Vec<String>,
    /// Why associations ended, or never came to be.
    pub ends: Vec<String>,
    pub associations: usize,
    pub handshakes: usize,
    pub wakes: usize,
}

/// A server on loopback, until it is dropped.
pub struct Echo {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Echo {
    pub async fn new(config: DtlsConfig) -> Self {
        let post = Post::new(DtlsShield::server(config).unwrap()).await;
        let seen = Arc::new(Mutex::new(Seen::default()));
        Self { address: post.address, seen: Arc::clone(&seen), task: tokio::spawn(serve(post, seen)) }
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until this is so.
    pub async fn until(&self, is_so: impl Fn(&Seen) -> bool) -> Seen {
        let waiting = async {
            while !is_so(&self.seen()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{:?}", self.seen()));
        self.seen()
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut post: Post, seen: Arc<Mutex<Seen>>) {
    loop {
        for said in post.next().await {
            match said {
                Shielded::Deliver { peer, bytes, proven } => {
                    let who = proven.map(|proven| proven.names().join(" ")).unwrap_or_default();
                    let (answer, text) = reply(&bytes, &who);
                    seen.lock().unwrap().messages.push(text);
                    post.send(peer, &answer).await;
                }
                Shielded::Gone(_, reason) => seen.lock().unwrap().ends.push(reason),
                Shielded::Transmit(..) => {}
            }
        }
        let mut seen = seen.lock().unwrap();
        (seen.associations, seen.handshakes) = (post.shield.associations(), post.shield.handshakes());
        seen.wakes += 1;
    }
}

/// A text, and how it is told: to a CoAP request in its acknowledgement, otherwise as it is.
fn reply(bytes: &[u8], who: &str) -> (Vec<u8>, String) {
    let asked = Packet::from_bytes(bytes).ok().filter(|asked| matches!(asked.header.code, MessageClass::Request(_)));
    let said = asked.as_ref().map_or(bytes, |asked| &asked.payload);
    let text = format!("{who}: {}", String::from_utf8_lossy(said));
    let Some(asked) = asked else { return (text.clone().into_bytes(), text) };
    let mut answer = Packet::new();
    answer.header.set_type(MessageType::Acknowledgement);
    answer.header.message_id = asked.header.message_id;
    answer.header.code = MessageClass::Response(ResponseType::Content);
    answer.set_token(asked.get_token().to_vec());
    // TS-0008 6.2.2.4: a oneM2M request has an identifier, and its answer too, with the status 2000.
    if let Some(identifier) = asked.get_first_option(CoapOption::Unknown(283)) {
        answer.add_option(CoapOption::Unknown(283), identifier.clone());
        answer.add_option(CoapOption::Unknown(307), vec![0x07, 0xd0]);
    }
    answer.payload = text.clone().into_bytes();
    (answer.to_bytes().unwrap(), text)
}

/// A request for a resource.
pub fn get() -> Vec<u8> {
    let mut request = Packet::new();
    request.header.set_type(MessageType::Confirmable);
    request.header.message_id = 1;
    request.header.code = MessageClass::Request(RequestType::Get);
    request.to_bytes().unwrap()
}
