//! Strangers on the wire of a client that was written by others: they repeat, forge, and do not answer.

use std::net::SocketAddr;

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use super::echo::Echo;
use super::libcoap::put;
use super::peers::{Talk, hex, installed, keyed};

/// Between a client and a server. Each datagram of the client reaches the server twice, and with it all that the client said
/// before; what is sealed already comes damaged first.
struct Meddler {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Meddler {
    async fn new(server: SocketAddr) -> Self {
        let (front, back) = (bound().await, bound().await);
        let address = front.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let (mut there, mut here) = (vec![0; 65_536], vec![0; 65_536]);
            let (mut client, mut before) = (None, Vec::<Vec<u8>>::new());
            loop {
                tokio::select! {
                    Ok((length, peer)) = front.recv_from(&mut there) => {
                        client = Some(peer);
                        let datagram = &there[..length];
                        // In its text, in its number, and cut short.
                        if datagram[0] == 23 {
                            for (place, length) in [(length - 1, length), (10, length), (0, length - 1)] {
                                let mut forged = datagram[..length].to_vec();
                                forged[place] ^= u8::from(place > 0);
                                back.send_to(&forged, server).await.unwrap();
                            }
                        }
                        before.push(datagram.to_vec());
                        for datagram in before.last().into_iter().chain(&before) {
                            back.send_to(datagram, server).await.unwrap();
                        }
                    }
                    Ok((length, _)) = back.recv_from(&mut here) => {
                        let client = client.expect("who asked");
                        front.send_to(&here[..length], client).await.unwrap();
                    }
                }
            }
        });
        Self { address, task }
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn bound() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").await.unwrap()
}

#[tokio::test]
async fn what_is_repeated_and_forged_on_the_way_has_no_effect() {
    for program in installed(&["coap-client-openssl", "coap-client-gnutls"]) {
        let echo = Echo::new(keyed("meter", "a shared key")).await;
        let meddler = Meddler::new(echo.address).await;
        let more = ["-u", "meter", "-k", "a shared key", "-G", "3"];
        let told = put(program, meddler.address, "21", &more).await;
        assert_eq!(told.matches("meter: 21").count(), 3, "{program}: {told}");
        // The end is followed by all that was said before it: a handshake again, which comes to nothing.
        let again = r#"PSK identity "meter": its key is another one than this side has"#;
        let seen = echo.until(|seen| seen.ends == ["the peer has closed the association", again]).await;
        assert_eq!(seen.messages, ["meter: 21"; 3], "{program}");
        assert_eq!((seen.associations, seen.handshakes), (0, 0), "{program}");
    }
}

#[tokio::test]
async fn a_hello_from_a_thousand_addresses_leaves_nothing_and_is_not_amplified() {
    if installed(&["openssl"]).is_empty() {
        return;
    }
    // A client says hello to somebody who only listens.
    let trap = bound().await;
    let address = trap.local_addr().unwrap().to_string();
    let arguments = ["s_client", "-dtls1_2", "-connect", &address, "-psk", &hex("key"), "-psk_identity", "meter"];
    let _client = Talk::start("openssl", &arguments);
    let mut hello = vec![0; 65_536];
    let length = trap.recv(&mut hello).await.unwrap();
    hello.truncate(length);

    let echo = Echo::new(keyed("meter", "key")).await;
    let mut answer = vec![0; 65_536];
    for count in 1..=1000 {
        let stranger = bound().await;
        stranger.send_to(&hello, echo.address).await.unwrap();
        let length = stranger.recv(&mut answer).await.unwrap();
        assert!(length < hello.len(), "{length} bytes for {}", hello.len());
        let seen = echo.until(|seen| seen.wakes >= count).await;
        assert_eq!((seen.associations, seen.handshakes), (0, 0));
    }
}
