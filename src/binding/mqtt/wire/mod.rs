//! One connection to a broker: the MQTT client, in either version, with its answers as one kind of event.
//!
//! Nothing outlives a connection here: packet identifiers, what is under way and what is to be acknowledged belong to it.
//! The task that reads is never cut off in the middle of a packet; it ends with the connection, or when this is dropped.

use std::time::Duration;

use bytes::Bytes;
use rumqttc::v5::mqttbytes::QoS as QoS5;
use rumqttc::v5::mqttbytes::v5::{Filter, Publish as Publish5};
use rumqttc::{NetworkOptions, Publish, QoS, SubscribeFilter, v5};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::broker::Broker;
use super::config::{MqttLogin, MqttVersion};
use super::transport::Transport;
use super::web::Relay;

mod five;
mod three;

/// Events that wait for whoever handles them. Beyond: the broker waits.
const EVENTS: usize = 64;

/// Packets that wait to be written. Publications are counted before they come here; what else there is answers packets of
/// the broker, of which there are no more than packet identifiers.
const PACKETS: usize = 2 * 65_536;

/// What a connection is made of.
#[derive(Clone, Debug)]
pub(super) struct Dial {
    pub broker: Broker,
    pub transport: Transport,
    pub version: MqttVersion,
    pub client_id: String,
    pub login: Option<MqttLogin>,
    pub keep_alive: Duration,
    pub connect_timeout: Duration,
    /// Forget what the broker kept.
    pub clean: bool,
    /// Bytes of a packet either way.
    pub packet_bytes: usize,
    /// Publications of ours under way.
    pub window: u16,
    /// Publications of the broker under way, for a version in which we can say so.
    pub receive: u16,
}

/// What happens on a connection.
#[derive(Debug)]
pub(super) enum Event {
    /// It is up.
    Up,
    /// Somebody published something.
    Message(Incoming),
    /// The oldest publication that was given to the client has this packet identifier.
    Named(u16),
    /// The broker has that publication, and what it says against it.
    Taken(u16, Option<String>),
    /// What the broker says to a subscription: for each filter whether it may be.
    Subscribed(Vec<bool>),
    /// It is over.
    Lost(Loss),
}

/// A message of somebody else's.
#[derive(Debug)]
pub(super) struct Incoming {
    pub topic: String,
    pub payload: Bytes,
    /// The broker says that it may have come before.
    pub again: bool,
    /// It waited for somebody to subscribe.
    pub retained: bool,
    /// What the broker waits to be told, unless it does not.
    pub packet: Option<u16>,
}

/// Why a connection is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// The broker does not want this client.
    Refused(String),
    /// Something came that is larger than anything that is read.
    TooLarge,
    /// It broke, or was closed.
    Broken(String),
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(reason) => write!(f, "the broker refuses this client: {reason}"),
            Self::TooLarge => f.write_str("a message is far too large"),
            Self::Broken(reason) => f.write_str(reason),
        }
    }
}

/// Where the client finds its broker.
struct Peer {
    host: String,
    transport: rumqttc::Transport,
}

enum Client {
    V3(rumqttc::AsyncClient),
    V5(v5::AsyncClient),
}

/// A connection. It ends when it is dropped.
pub(super) struct Wire {
    client: Client,
    events: mpsc::Receiver<Event>,
    task: AbortHandle,
    /// What carries it through a WebSocket, if it is in one.
    relay: Option<Relay>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Wire {
    /// Begins to connect. The first event says what became of it.
    pub fn open(dial: &Dial) -> Self {
        let (sender, events) = mpsc::channel(EVENTS);
        let mut network = NetworkOptions::new();
        // Packets are small and leave in one write. Without it they only leave later.
        network.set_tcp_nodelay(true);
        network.set_connection_timeout(dial.connect_timeout.as_secs().max(1));
        let relay = Relay::open(dial);
        let peer = match &relay {
            Some(relay) => Peer { host: relay.place().to_owned(), transport: relay.of_client() },
            None => Peer { host: dial.broker.dialled(), transport: dial.transport.of_client() },
        };
        let (client, task) = match dial.version {
            MqttVersion::V3_1_1 => {
                let (client, task) = three::open(dial, peer, network, sender);
                (Client::V3(client), task)
            }
            MqttVersion::V5 => {
                let (client, task) = five::open(dial, peer, network, sender);
                (Client::V5(client), task)
            }
        };
        Self { client, events, task, relay }
    }

    /// What happens next. May be dropped at any time.
    pub async fn event(&mut self) -> Event {
        let event = self.events.recv().await;
        match (event, self.relay.as_ref().and_then(Relay::loss)) {
            // The client sees no more than that it was hung up on.
            (Some(Event::Lost(Loss::Broken(_))), Some(loss)) => Event::Lost(loss),
            (Some(event), _) => event,
            (None, _) => Event::Lost(Loss::Broken("the MQTT client gave up".into())),
        }
    }

    /// Publishes at QoS 1 (TS-0010 5.1). Whether it could be handed over.
    pub fn publish(&self, topic: &str, payload: Bytes) -> bool {
        match &self.client {
            Client::V3(client) => client.try_publish(topic, QoS::AtLeastOnce, false, payload).is_ok(),
            Client::V5(client) => client.try_publish(topic, QoS5::AtLeastOnce, false, payload).is_ok(),
        }
    }

    /// Subscribes, up to QoS 1. Whether it could be handed over.
    pub fn subscribe(&self, filters: &[String]) -> bool {
        match &self.client {
            Client::V3(client) => {
                let filter = |path: &String| SubscribeFilter::new(path.clone(), QoS::AtLeastOnce);
                client.try_subscribe_many(filters.iter().map(filter)).is_ok()
            }
            Client::V5(client) => {
                let filter = |path: &String| Filter::new(path.clone(), QoS5::AtLeastOnce);
                client.try_subscribe_many(filters.iter().map(filter)).is_ok()
            }
        }
    }

    /// Listens to these no more.
    pub fn unsubscribe(&self, filters: &[String]) {
        for filter in filters {
            let _ = match &self.client {
                Client::V3(client) => client.try_unsubscribe(filter).is_ok(),
                Client::V5(client) => client.try_unsubscribe(filter).is_ok(),
            };
        }
    }

    /// Tells the broker that a publication of its needs not be sent again. Whether it could be handed over.
    pub fn acknowledge(&self, packet: u16) -> bool {
        match &self.client {
            Client::V3(client) => {
                let mut publish = Publish::new("", QoS::AtLeastOnce, Vec::new());
                publish.pkid = packet;
                client.try_ack(&publish).is_ok()
            }
            Client::V5(client) => {
                let publish = Publish5 { qos: QoS5::AtLeastOnce, pkid: packet, ..Publish5::default() };
                client.try_ack(&publish).is_ok()
            }
        }
    }

    /// Says goodbye. The connection is lost when the broker has heard it.
    pub fn disconnect(&self) {
        let _ = match &self.client {
            Client::V3(client) => client.try_disconnect().is_ok(),
            Client::V5(client) => client.try_disconnect().is_ok(),
        };
    }
}

/// The client wants no shorter one.
fn keep_alive(dial: &Dial) -> Duration {
    dial.keep_alive.max(Duration::from_secs(5))
}

/// Packet identifiers. As many again as may be under way: the oldest one may be late.
fn window(dial: &Dial) -> u16 {
    dial.window.saturating_mul(2).max(2)
}
