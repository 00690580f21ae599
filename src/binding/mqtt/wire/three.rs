//! MQTT 3.1.1.

use rumqttc::{
    AsyncClient, ConnectionError, Event as Client, EventLoop, MqttOptions, NetworkOptions, Outgoing, Packet,
};
use rumqttc::{QoS, StateError, SubscribeReasonCode};
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
    pump.set_network_options(network);
    (client, tokio::spawn(run(pump, events)).abort_handle())
}

fn options(dial: &Dial, peer: Peer) -> MqttOptions {
    let mut options = MqttOptions::new(&dial.client_id, peer.host, dial.broker.port);
    options
        .set_transport(peer.transport)
        .set_keep_alive(keep_alive(dial))
        .set_max_packet_size(dial.packet_bytes, dial.packet_bytes)
        .set_manual_acks(true)
        .set_inflight(window(dial))
        .set_clean_session(dial.clean);
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
                    topic: publish.topic,
                    payload: publish.payload,
                }),
                Packet::PubAck(ack) => Event::Taken(ack.pkid, None),
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
    use rumqttc::mqttbytes::Error::PayloadSizeLimitExceeded;
    match error {
        ConnectionError::ConnectionRefused(code) => Loss::Refused(format!("{code:?}")),
        ConnectionError::MqttState(StateError::Deserialization(PayloadSizeLimitExceeded(_))) => Loss::TooLarge,
        ConnectionError::NetworkTimeout => Loss::Broken("no connection in time".into()),
        other => Loss::Broken(other.to_string()),
    }
}
