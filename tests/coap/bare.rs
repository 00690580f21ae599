//! A socket that speaks CoAP message by message, with coap-lite alone.

use std::net::SocketAddr;
use std::time::Duration;

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};
use tokio::net::UdpSocket;

pub struct Bare {
    socket: UdpSocket,
}

impl Bare {
    pub async fn open() -> Self {
        Self { socket: UdpSocket::bind("127.0.0.1:0").await.unwrap() }
    }

    pub async fn open_v6() -> Self {
        Self { socket: UdpSocket::bind("[::1]:0").await.unwrap() }
    }

    pub fn url(&self) -> String {
        format!("coap://{}/told", self.socket.local_addr().unwrap())
    }

    pub async fn send_bytes(&self, to: SocketAddr, bytes: &[u8]) {
        self.socket.send_to(bytes, to).await.unwrap();
    }

    pub async fn send(&self, to: SocketAddr, packet: &Packet) {
        self.send_bytes(to, &packet.to_bytes().unwrap()).await;
    }

    /// The next message, ten seconds at most.
    pub async fn receive(&self) -> (SocketAddr, Packet) {
        self.hear(Duration::from_secs(10)).await.expect("a message in time")
    }

    /// The next message, if one comes in time.
    pub async fn hear(&self, time: Duration) -> Option<(SocketAddr, Packet)> {
        let mut bytes = vec![0; 65_535];
        let came = tokio::time::timeout(time, self.socket.recv_from(&mut bytes)).await;
        came.ok().map(|came| came.unwrap()).map(|(length, from)| (from, Packet::from_bytes(&bytes[..length]).unwrap()))
    }

    /// Takes a notification: 2.04 and 2000, together with the acknowledgement.
    pub async fn take(&self, from: SocketAddr, notification: &Packet) {
        let mut answer = message(MessageType::Acknowledgement, 0x44, notification.header.message_id);
        answer.set_token(notification.get_token().to_vec());
        option(&mut answer, 283, &first(notification, 283));
        option(&mut answer, 307, &[0x07, 0xd0]);
        self.send(from, &answer).await;
    }

    /// The next notification, taken.
    pub async fn told(&self) -> Packet {
        let (from, notification) = self.receive().await;
        self.take(from, &notification).await;
        notification
    }
}

pub fn message(kind: MessageType, code: u8, id: u16) -> Packet {
    let mut packet = Packet::new();
    packet.header.set_type(kind);
    packet.header.code = MessageClass::from(code);
    packet.header.message_id = id;
    packet
}

/// A confirmable request of the AE to a resource.
pub fn request(code: u8, id: u16, path: &str) -> Packet {
    let mut packet = message(MessageType::Confirmable, code, id);
    packet.set_token(vec![9, 9]);
    path.split('/').for_each(|segment| option(&mut packet, 11, segment.as_bytes()));
    for (number, value) in [(279, "Clamp"), (283, "r1"), (271, "3")] {
        option(&mut packet, number, value.as_bytes());
    }
    packet
}

pub fn option(packet: &mut Packet, number: u16, value: &[u8]) {
    packet.add_option(CoapOption::from(number), value.to_vec());
}

/// The first option of that number, empty when there is none.
pub fn first(packet: &Packet, number: u16) -> Vec<u8> {
    packet.get_first_option(CoapOption::from(number)).cloned().unwrap_or_default()
}

pub fn code(packet: &Packet) -> u8 {
    u8::from(packet.header.code)
}
