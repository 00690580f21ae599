//! A server behind a shield that answers each CoAP request with its payload, or with who has asked.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use coap_lite::{MessageClass, MessageType, Packet, ResponseType};
use onem2m_cse::binding::coap::shield::{Shield, Shielded};
use onem2m_cse::binding::dtls::DtlsShield;
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// A socket on loopback that answers until it is dropped. What is no CoAP comes back as it is.
pub struct Echo {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Echo {
    pub async fn new(shield: DtlsShield) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        Self { address, task: tokio::spawn(answer(socket, shield)) }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(socket: UdpSocket, mut shield: DtlsShield) {
    let mut room = vec![0; 65_536];
    loop {
        let wait = shield.next_due().map_or(Duration::from_secs(1), |due| due.saturating_duration_since(Instant::now()));
        let mut out = Vec::new();
        match tokio::time::timeout(wait, socket.recv_from(&mut room)).await {
            Ok(Ok((length, peer))) => shield.received(Instant::now(), peer, &room[..length], &mut out),
            Ok(Err(_)) | Err(_) => shield.due(Instant::now(), &mut out),
        }
        while !out.is_empty() {
            for said in std::mem::take(&mut out) {
                match said {
                    Shielded::Transmit(peer, datagram) => drop(socket.send_to(&datagram, peer).await),
                    Shielded::Deliver { peer, bytes, proven } => {
                        let who = proven.map(|proven| proven.names().join(" ")).unwrap_or_default();
                        let answer = reply(&bytes, &who).unwrap_or(bytes);
                        shield.send(Instant::now(), peer, &answer, &mut out);
                    }
                    Shielded::Gone(..) => {}
                }
            }
        }
    }
}

/// 2.05 with a text, in the acknowledgement of a request.
fn reply(bytes: &[u8], who: &str) -> Option<Vec<u8>> {
    let asked = Packet::from_bytes(bytes).ok().filter(|asked| asked.header.get_version() == 1)?;
    let MessageClass::Request(_) = asked.header.code else { return None };
    let mut answer = Packet::new();
    answer.header.set_type(MessageType::Acknowledgement);
    answer.header.message_id = asked.header.message_id;
    answer.header.code = MessageClass::Response(ResponseType::Content);
    answer.set_token(asked.get_token().to_vec());
    answer.payload = format!("{who}: {}", String::from_utf8_lossy(&asked.payload)).into_bytes();
    answer.to_bytes().ok()
}
