//! A bad wire: datagrams between one client and one server, some of them lost, doubled or late.
//!
//! ```text
//! let relay = Relay::start(server, fates).await;      // talk to relay.address() instead
//! ```

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::{JoinHandle, JoinSet};

/// What becomes of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Arrives,
    Lost,
    Twice,
    /// Later than the ones behind it.
    Late(Duration),
}

pub struct Relay {
    address: SocketAddr,
    carried: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Relay {
    /// The fates come one after the other, for both directions together, and again from the beginning.
    pub async fn start(server: SocketAddr, fates: Vec<Fate>) -> Self {
        let front = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let back = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        back.connect(server).await.unwrap();
        let (address, carried) = (front.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let task = tokio::spawn(carry(Arc::new(front), Arc::new(back), fates, Arc::clone(&carried)));
        Self { address, carried, task }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Datagrams that came to it.
    pub fn carried(&self) -> usize {
        self.carried.load(Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(front: Arc<UdpSocket>, back: Arc<UdpSocket>, fates: Vec<Fate>, carried: Arc<AtomicUsize>) {
    let (mut there, mut here) = (vec![0; 65_535], vec![0; 65_535]);
    let mut fates = fates.into_iter().cycle();
    let mut late = JoinSet::new();
    let mut client = None;
    loop {
        let (bytes, to, socket) = tokio::select! {
            Ok((length, from)) = front.recv_from(&mut there) => {
                client = Some(from);
                (there[..length].to_vec(), None, &back)
            }
            Ok(length) = back.recv(&mut here) => (here[..length].to_vec(), client, &front),
        };
        carried.fetch_add(1, Relaxed);
        let (times, delay) = match fates.next().unwrap_or(Fate::Arrives) {
            Fate::Arrives => (1, None),
            Fate::Lost => (0, None),
            Fate::Twice => (2, None),
            Fate::Late(delay) => (1, Some(delay)),
        };
        let socket = Arc::clone(socket);
        late.spawn(async move {
            if let Some(delay) = delay {
                tokio::time::sleep(delay).await;
            }
            for _ in 0..times {
                // Whoever was there may have left.
                let _ = match to {
                    Some(client) => socket.send_to(&bytes, client).await,
                    None => socket.send(&bytes).await,
                };
            }
        });
        while late.try_join_next().is_some() {}
    }
}
