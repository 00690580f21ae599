//! MQTT as a tester needs it, both ways.
//!
//! The library has a client of its own, which is not used here. It opens a connection for each originator, as applications
//! do; a run has thousands of originators, and what it asks goes over one connection. It also keeps to what an application
//! may say, and a tester may have to say something else. The topics are spelled here once more for the same reason: if both
//! sides of a test had one spelling, neither would notice a mistake in it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use onem2m_cse::codec::format::Format;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, NetworkOptions, Packet, Publish, QoS};
use tokio::time::timeout;

mod asking;
mod listening;

pub use asking::MqttTester;
pub use listening::AtBroker;

/// The most bytes of a message.
const LARGEST: usize = 4 << 20;

/// Messages that wait for the socket.
const QUEUE: usize = 64;

/// How long a broker may take to let us in.
const CONNECTED: Duration = Duration::from_secs(5);

/// Connects with a broker, `mqtt://host:port`, and waits until it knows what we want to hear.
async fn connect(broker: &str, filters: &[String]) -> Result<(AsyncClient, EventLoop), String> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let expected = || format!("{broker}: expected mqtt://host:port");
    let rest = broker.strip_prefix("mqtt://").ok_or_else(expected)?.trim_end_matches('/');
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "1883"));
    let port = port.parse().map_err(|_| expected())?;
    // No other client of the broker may have the same name.
    let name = format!("conformance-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut options = MqttOptions::new(name, host, port);
    options.set_max_packet_size(LARGEST, LARGEST).set_keep_alive(Duration::from_secs(30));
    let (client, mut pump) = AsyncClient::new(options, QUEUE);
    // Or every message waits for the acknowledgement of the one before.
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    pump.set_network_options(network);
    for filter in filters {
        client.subscribe(filter, QoS::AtLeastOnce).await.map_err(|error| error.to_string())?;
    }
    let known = async {
        let mut acknowledged = 0_usize;
        while acknowledged < filters.len() {
            if let Event::Incoming(Packet::SubAck(_)) = pump.poll().await.map_err(|error| error.to_string())? {
                acknowledged = acknowledged.saturating_add(1);
            }
        }
        Ok::<(), String>(())
    };
    let known = timeout(CONNECTED, known).await.unwrap_or_else(|_| Err("no answer in time".into()));
    known.map_err(|reason| format!("{broker}: {reason}"))?;
    Ok((client, pump))
}

/// Hands out what comes until the connection ends for good.
async fn pump(mut pump: EventLoop, hear: impl Fn(Publish) + Send) {
    let mut failures = 0_u32;
    while failures < 10 {
        match pump.poll().await {
            Ok(Event::Incoming(Packet::Publish(publish))) => hear(publish),
            Ok(_) => failures = 0,
            Err(_) => {
                failures = failures.saturating_add(1);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// The format that a topic ends with.
fn format_of(topic: &str) -> Format {
    let spelled = topic.rsplit('/').next().unwrap_or_default();
    let known = Format::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(spelled));
    known.unwrap_or(Format::Json)
}

/// An identifier as a level of a topic (TS-0010 6.4.2).
#[must_use]
pub fn level(id: &str) -> String {
    match id.strip_prefix("//") {
        Some(absolute) => format!(":{}", absolute.replace('/', ":")),
        None => id.trim_start_matches('/').replace('/', ":"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_levels_without_slashes() {
        assert_eq!((level("/id-in/Cae"), level("//sp/id-in")), ("id-in:Cae".into(), ":sp:id-in".into()));
    }
}
