//! MQTT 5.

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectProperties, Packet, PubAckReason, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, Event as Client, EventLoop, MqttOptions, StateError};
use rumqttc::{NetworkOptions, Outgoing};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::{Dial, Event, Incoming, Loss, PACKETS, Peer, keep_alive, window};

/// Begins to connect.
pub(super) fn open(
    dial: &Dial,
    peer: Peer,
    network: NetworkOptions,
    events: mpsc::Sender<Event>,
) -> (AsyncClient, AbortHandle) {
    let (client, mut pump) = AsyncClient::new(options(dial, peer), PACKETS);
    pump.options.set_network_options(network);
    (client, tokio::spawn(run(pump, events)).abort_handle())
}

fn options(dial: &Dial, peer: Peer) -> MqttOptions {
    let mut options = MqttOptions::new(&dial.client_id, peer.host, dial.broker.port);
    let mut properties = ConnectProperties::new();
    properties.max_packet_size = u32::try_from(dial.packet_bytes).ok();
    properties.receive_maximum = Some(dial.receive.max(1));
    // A session without an end, as in 3.1.1; a clean one ends with its connection.
    properties.session_expiry_interval = (!dial.clean).then_some(u32::MAX);
    options
        .set_transport(peer.transport)
        .set_keep_alive(keep_alive(dial))
        .set_connect_properties(properties)
        .set_manual_acks(true)
        .set_outgoing_inflight_upper_limit(window(dial))
        .set_clean_start(dial.clean);
    if let Some(login) = &dial.login {
        options.set_credentials(&login.username, &login.password);
    }
    options
}

async fn run(mut client: EventLoop, events: mpsc::Sender<Event>) {
    loop {
        let event = match client.poll().await {
            Ok(Client::Incoming(packet)) => match packet {
                Packet::ConnAck(_) => Event::Up,
                Packet::Publish(publish) => Event::Message(Incoming {
                    packet: (publish.qos != QoS::AtMostOnce).then_some(publish.pkid),
                    again: publish.dup,
                    retained: publish.retain,
                    topic: String::from_utf8_lossy(&publish.topic).into_owned(),
                    payload: publish.payload,
                }),
                Packet::PubAck(ack) => {
                    let fine = matches!(ack.reason, PubAckReason::Success | PubAckReason::NoMatchingSubscribers);
                    Event::Taken(ack.pkid, (!fine).then(|| format!("{:?}", ack.reason)))
                }
                Packet::SubAck(ack) => Event::Subscribed(
                    ack.return_codes.iter().map(|code| matches!(code, SubscribeReasonCode::Success(_))).collect(),
                ),
                _ => continue,
            },
            Ok(Client::Outgoing(Outgoing::Publish(packet))) => Event::Named(packet),
            Ok(Client::Outgoing(_)) => continue,
            Err(error) => Event::Lost(loss(&error)),
        };
        let is_over = matches!(event, Event::Lost(_));
        if events.send(event).await.is_err() || is_over {
            return;
        }
    }
}

fn loss(error: &ConnectionError) -> Loss {
    use rumqttc::v5::mqttbytes::Error::PayloadSizeLimitExceeded;
    match error {
        ConnectionError::ConnectionRefused(code) => Loss::Refused(format!("{code:?}")),
        ConnectionError::MqttState(StateError::IncomingPacketTooLarge { .. }) => Loss::TooLarge,
        ConnectionError::MqttState(StateError::Deserialization(PayloadSizeLimitExceeded { .. })) => Loss::TooLarge,
        ConnectionError::Timeout(_) => Loss::Broken("no connection in time".into()),
        other => Loss::Broken(other.to_string()),
    }
}
