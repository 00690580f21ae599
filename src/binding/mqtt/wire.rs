//! One connection to a broker: the MQTT client, in either version, with its answers as one kind of event.
//!
//! Nothing outlives a connection here: packet identifiers, what is under way and what is to be acknowledged belong to it.
//! The task that reads is never cut off in the middle of a packet; it ends with the connection, or when this is dropped.

use std::time::Duration;

use bytes::Bytes;
use rumqttc::{Event as Event4, Packet as Packet4, QoS as QoS4, v5};
use rumqttc::{NetworkOptions, SubscribeFilter, SubscribeReasonCode as Reason4};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use v5::mqttbytes::QoS as QoS5;
use v5::mqttbytes::v5::{ConnectProperties, Filter, Packet as Packet5, PubAckReason, SubscribeReasonCode as Reason5};

use super::broker::Broker;
use super::config::{MqttLogin, MqttVersion};

/// Events that wait for whoever handles them. Beyond: the broker waits.
const EVENTS: usize = 64;

/// Packets that wait to be written. Publications are counted before they come here; what else there is answers packets of
/// the broker, of which there are no more than packet identifiers.
const PACKETS: usize = 2 * 65_536;

/// What a connection is made of.
#[derive(Clone, Debug)]
pub(super) struct Dial {
    pub broker: Broker,
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

enum Client {
    V4(rumqttc::AsyncClient),
    V5(v5::AsyncClient),
}

/// A connection. It ends when it is dropped.
pub(super) struct Wire {
    client: Client,
    events: mpsc::Receiver<Event>,
    task: AbortHandle,
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
        let (client, task) = match dial.version {
            MqttVersion::V3_1_1 => {
                let (client, mut events) = rumqttc::AsyncClient::new(options4(dial), PACKETS);
                events.set_network_options(network);
                (Client::V4(client), tokio::spawn(pump4(events, sender)))
            }
            MqttVersion::V5 => {
                let (client, mut events) = v5::AsyncClient::new(options5(dial), PACKETS);
                events.options.set_network_options(network);
                (Client::V5(client), tokio::spawn(pump5(events, sender)))
            }
        };
        Self { client, events, task: task.abort_handle() }
    }

    /// What happens next. May be dropped at any time.
    pub async fn event(&mut self) -> Event {
        self.events.recv().await.unwrap_or_else(|| Event::Lost(Loss::Broken("the MQTT client gave up".into())))
    }

    /// Publishes at QoS 1 (TS-0010 5.1). Whether it could be handed over.
    pub fn publish(&self, topic: &str, payload: Bytes) -> bool {
        match &self.client {
            Client::V4(client) => client.try_publish(topic, QoS4::AtLeastOnce, false, payload).is_ok(),
            Client::V5(client) => client.try_publish(topic, QoS5::AtLeastOnce, false, payload).is_ok(),
        }
    }

    /// Subscribes, up to QoS 1. Whether it could be handed over.
    pub fn subscribe(&self, filters: &[String]) -> bool {
        match &self.client {
            Client::V4(client) => {
                let filter = |path: &String| SubscribeFilter::new(path.clone(), QoS4::AtLeastOnce);
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
                Client::V4(client) => client.try_unsubscribe(filter).is_ok(),
                Client::V5(client) => client.try_unsubscribe(filter).is_ok(),
            };
        }
    }

    /// Tells the broker that a publication of its needs not be sent again. Whether it could be handed over.
    pub fn acknowledge(&self, packet: u16) -> bool {
        match &self.client {
            Client::V4(client) => {
                let mut publish = rumqttc::Publish::new("", QoS4::AtLeastOnce, Vec::new());
                publish.pkid = packet;
                client.try_ack(&publish).is_ok()
            }
            Client::V5(client) => {
                let publish = v5::mqttbytes::v5::Publish {
                    qos: QoS5::AtLeastOnce,
                    pkid: packet,
                    ..v5::mqttbytes::v5::Publish::default()
                };
                client.try_ack(&publish).is_ok()
            }
        }
    }

    /// Says goodbye. The connection is lost when the broker has heard it.
    pub fn disconnect(&self) {
        let _ = match &self.client {
            Client::V4(client) => client.try_disconnect().is_ok(),
            Client::V5(client) => client.try_disconnect().is_ok(),
        };
    }
}

fn options4(dial: &Dial) -> rumqttc::MqttOptions {
    let mut options = rumqttc::MqttOptions::new(&dial.client_id, dial.broker.dialled(), dial.broker.port);
    options
        .set_keep_alive(dial.keep_alive.max(Duration::from_secs(5)))
        .set_max_packet_size(dial.packet_bytes, dial.packet_bytes)
        .set_manual_acks(true)
        .set_inflight(dial.window.saturating_mul(2).max(2))
        .set_clean_session(dial.clean);
    if let Some(login) = &dial.login {
        options.set_credentials(&login.username, &login.password);
    }
    options
}

fn options5(dial: &Dial) -> v5::MqttOptions {
    let mut options = v5::MqttOptions::new(&dial.client_id, dial.broker.dialled(), dial.broker.port);
    let mut properties = ConnectProperties::new();
    properties.max_packet_size = u32::try_from(dial.packet_bytes).ok();
    properties.receive_maximum = Some(dial.receive.max(1));
    // A session without an end, as in 3.1.1; a clean one ends with its connection.
    properties.session_expiry_interval = (!dial.clean).then_some(u32::MAX);
    options
        .set_keep_alive(dial.keep_alive.max(Duration::from_secs(5)))
        .set_connect_properties(properties)
        .set_manual_acks(true)
        .set_outgoing_inflight_upper_limit(dial.window.saturating_mul(2).max(2))
        .set_clean_start(dial.clean);
    if let Some(login) = &dial.login {
        options.set_credentials(&login.username, &login.password);
    }
    options
}

async fn pump4(mut client: rumqttc::EventLoop, events: mpsc::Sender<Event>) {
    loop {
        let event = match client.poll().await {
            Ok(Event4::Incoming(packet)) => match packet {
                Packet4::ConnAck(_) => Event::Up,
                Packet4::Publish(publish) => Event::Message(Incoming {
                    packet: (publish.qos != QoS4::AtMostOnce).then_some(publish.pkid),
                    again: publish.dup,
                    retained: publish.retain,
                    topic: publish.topic,
                    payload: publish.payload,
                }),
                Packet4::PubAck(ack) => Event::Taken(ack.pkid, None),
                Packet4::SubAck(ack) => {
                    Event::Subscribed(ack.return_codes.iter().map(|code| matches!(code, Reason4::Success(_))).collect())
                }
                _ => continue,
            },
            Ok(Event4::Outgoing(rumqttc::Outgoing::Publish(packet))) => Event::Named(packet),
            Ok(Event4::Outgoing(_)) => continue,
            Err(error) => Event::Lost(loss4(&error)),
        };
        let is_over = matches!(event, Event::Lost(_));
        if events.send(event).await.is_err() || is_over {
            return;
        }
    }
}

async fn pump5(mut client: v5::EventLoop, events: mpsc::Sender<Event>) {
    loop {
        let event = match client.poll().await {
            Ok(v5::Event::Incoming(packet)) => match packet {
                Packet5::ConnAck(_) => Event::Up,
                Packet5::Publish(publish) => Event::Message(Incoming {
                    packet: (publish.qos != QoS5::AtMostOnce).then_some(publish.pkid),
                    again: publish.dup,
                    retained: publish.retain,
                    topic: String::from_utf8_lossy(&publish.topic).into_owned(),
                    payload: publish.payload,
                }),
                Packet5::PubAck(ack) => {
                    let fine = matches!(ack.reason, PubAckReason::Success | PubAckReason::NoMatchingSubscribers);
                    Event::Taken(ack.pkid, (!fine).then(|| format!("{:?}", ack.reason)))
                }
                Packet5::SubAck(ack) => {
                    Event::Subscribed(ack.return_codes.iter().map(|code| matches!(code, Reason5::Success(_))).collect())
                }
                _ => continue,
            },
            Ok(v5::Event::Outgoing(rumqttc::Outgoing::Publish(packet))) => Event::Named(packet),
            Ok(v5::Event::Outgoing(_)) => continue,
            Err(error) => Event::Lost(loss5(&error)),
        };
        let is_over = matches!(event, Event::Lost(_));
        if events.send(event).await.is_err() || is_over {
            return;
        }
    }
}

fn loss4(error: &rumqttc::ConnectionError) -> Loss {
    use rumqttc::mqttbytes::Error::PayloadSizeLimitExceeded;
    use rumqttc::{ConnectionError, StateError};
    match error {
        ConnectionError::ConnectionRefused(code) => Loss::Refused(format!("{code:?}")),
        ConnectionError::MqttState(StateError::Deserialization(PayloadSizeLimitExceeded(_))) => Loss::TooLarge,
        ConnectionError::NetworkTimeout => Loss::Broken("no connection in time".into()),
        other => Loss::Broken(other.to_string()),
    }
}

fn loss5(error: &v5::ConnectionError) -> Loss {
    use v5::mqttbytes::Error::PayloadSizeLimitExceeded;
    use v5::{ConnectionError, StateError};
    match error {
        ConnectionError::ConnectionRefused(code) => Loss::Refused(format!("{code:?}")),
        ConnectionError::MqttState(StateError::IncomingPacketTooLarge { .. }) => Loss::TooLarge,
        ConnectionError::MqttState(StateError::Deserialization(PayloadSizeLimitExceeded { .. })) => Loss::TooLarge,
        ConnectionError::Timeout(_) => Loss::Broken("no connection in time".into()),
        other => Loss::Broken(other.to_string()),
    }
}
