//! Where notifications arrive: one server for all tests, over HTTP, CoAP or WebSocket, or a client at an MQTT broker; with a
//! mailbox for each test that wants one.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onem2m_cse::binding::coap::CoapConfig;
use onem2m_cse::binding::http::HttpConfig;
use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::binding::{Binding, Door, Listening};

use self::mailbox::ANYWHERE;
use crate::log::Log;
use crate::mqtt::{self, AtBroker};
use crate::pics::Pics;
use crate::remote::Remote;
use crate::subject::CSE;

mod mailbox;
mod room;

pub use self::mailbox::{Came, Mailbox};
pub(crate) use self::room::Room;

/// The server.
pub struct Listener {
    room: Room,
    url: String,
    /// Behind a broker, what a URL of a mailbox has before its name and behind it.
    topic: Option<(String, &'static str)>,
    /// Stops when it is dropped.
    _server: Server,
}

/// What listens, until it is dropped.
#[expect(dead_code, reason = "it is held, and that is all")]
enum Server {
    Binding(Box<dyn Listening>),
    Broker(AtBroker),
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Listener {
    /// Listens where the PICS says: at `address:port`, over HTTP; over another binding, as `coap://address:port`,
    /// `ws://address:port`; or as a client of a broker, `mqtt://address:port`. The PICS also has the name or address under
    /// which the subject reaches this machine, and, for a broker, who the subject is.
    ///
    /// # Errors
    /// A sentence, when it is no such address, it is not free, or the broker is not there.
    pub async fn start(pics: &Pics) -> Result<Self, String> {
        let bind = &pics.listener.bind;
        let (scheme, address) = bind.split_once("://").unwrap_or(("http", bind));
        if scheme == "mqtt" {
            return Self::at_broker(bind, &pics.identity.cse_id).await;
        }
        let address: SocketAddr = address.parse().map_err(|_| format!("listener: {bind:?} is no address"))?;
        let addresses = vec![address];
        let binding: Box<dyn Binding> = match scheme {
            "http" => Box::new(HttpConfig { addresses, allow_plaintext: true, ..HttpConfig::default() }),
            "coap" => Box::new(CoapConfig { addresses, allow_plaintext: true, ..CoapConfig::default() }),
            "ws" => Box::new(WsConfig { addresses, allow_plaintext: true, ..WsConfig::default() }),
            other => return Err(format!("listener: expected http, coap, ws or mqtt, got {other}")),
        };
        let room = Room::default();
        let server = binding.serve(Arc::new(room.clone())).await.map_err(|e| e.to_string())?;
        let reached = server.addresses().first().cloned().unwrap_or_default();
        let port = reached.rsplit(':').next().unwrap_or_default();
        let url = format!("{scheme}://{}:{port}", pics.listener.host);
        Ok(Self { room, url, topic: None, _server: Server::Binding(server) })
    }

    /// TS-0010 6.6: the URL of a notification has the whole topic behind the broker, without a slash in front of it. Each
    /// mailbox has one, which looks like the topics of requests, behind a prefix.
    async fn at_broker(broker: &str, subject: &str) -> Result<Self, String> {
        let broker = broker.trim_end_matches('/');
        let room = Room::default();
        // An AE is told things by the tester, who is its registrar.
        let teller = mqtt::level(if subject.is_empty() { CSE } else { subject });
        let server = AtBroker::listen(broker, &teller, room.clone()).await?;
        let topic = Some((format!("{broker}/{CSE}/oneM2M/req/{teller}"), "json"));
        Ok(Self { room, url: broker.to_owned(), topic, _server: Server::Broker(server) })
    }

    /// What answers notifications that come another way, with the same mailboxes.
    #[must_use]
    pub fn door(&self) -> Arc<dyn Door> {
        Arc::new(self.room.clone())
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where somebody of that name is reached.
    fn url_of(&self, name: &str) -> String {
        match &self.topic {
            Some((before, format)) => format!("{before}/{name}/{format}"),
            // TS-0020 gives a WebSocket no path of its own, so the name goes behind it; the message repeats it in its address.
            None if self.url.starts_with("ws") => format!("{}/?{name}", self.url),
            None => format!("{}/{name}", self.url),
        }
    }

    /// Where notifications are taken that no test looks at.
    #[must_use]
    pub fn anywhere(&self) -> String {
        self.url_of(ANYWHERE)
    }

    /// Another such place.
    #[must_use]
    pub fn anywhere_else(&self) -> String {
        self.url_of(&format!("{ANYWHERE}-else"))
    }

    /// A CSE of the tester's own, of that CSE-ID, which nothing else has. What it is asked goes into the log too.
    #[must_use]
    pub fn remote(&self, name: &str, log: &Log) -> Remote {
        self.room.remotes.add(name, &self.url, log)
    }

    /// A mailbox of that name, which nothing else has. What comes goes into the log too.
    #[must_use]
    pub fn mailbox(&self, name: &str, log: &Log) -> Mailbox {
        let url = self.url_of(name);
        // Elsewhere the path of the URL says for whom something comes; here the message does.
        let is_said = self.topic.is_some() || self.url.starts_with("ws");
        let point_of_access = if is_said { self.url.clone() } else { url.clone() };
        self.room.boxes.add(name, (url, point_of_access), log)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
