//! MQTT end to end against a bare echo behind the same broker, in one run: `cargo bench --bench mqtt --features mqtt`.
//!
//! A client keeps 16 requests under way: for each answer that comes, it asks again. The echo is an MQTT client that answers
//! the same bytes to everything; what is left is the broker, a private Mosquitto, and the machine, which all share.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a measurement that goes wrong stops"
)]

#[path = "../tests/support/mosquitto.rs"]
#[allow(dead_code, reason = "a test uses the rest")]
mod mosquitto;
mod support;

use std::time::{Duration, Instant};

use mosquitto::Mosquitto;
use onem2m_cse::binding::mqtt::{MqttBinding, MqttConfig};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, NetworkOptions, Packet, QoS};
use support::stage;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Fewer than the 20 messages that the broker has under way with one client.
const UNDER_WAY: u64 = 16;
const LATEST: &str = r#"{"rsc":2000,"rqi":"r1","pc":{"m2m:cin":{"rn":"cin-1k3","ty":4,"ri":"cin-1k3","pi":"cnt-4","ct":"20261121T013000,000000","lt":"20261121T013000,000000","et":"20311120T013000,000000","con":"7;21.5;51.0;3","cs":13,"st":4711}},"rvi":"3"}"#;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (time, containers) = stage::size();
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = runtime.block_on(Mosquitto::with("allow_anonymous true\nset_tcp_nodelay true\n", &[])) else {
        return;
    };
    runtime.spawn(echo(broker.port));
    let mqtt = MqttBinding::new(MqttConfig { broker: broker.url(), ..MqttConfig::default() });
    let cse = runtime.block_on(stage::start(folder.path(), containers, mqtt));
    stage::head("16 under way");
    let retrieve = stage::retrieve;
    let create = move |n: u64| stage::create(n, containers);
    let measure = |what: &str, receiver: &'static str, expected: &'static str, request: &Ask, limit: Option<f64>| {
        let times = runtime.block_on(drive(broker.port, receiver, Duration::from_secs_f64(time), expected, request));
        stage::row(what, times, time, limit)
    };
    let limit = measure("bare echo", "echo", "\"rsc\":2000", &retrieve, None);
    measure("RETRIEVE la", "id-in", "\"rsc\":2000", &retrieve, Some(limit));
    let limit = measure("bare echo, CREATE", "echo", "\"rsc\":2000", &create, None);
    measure("CREATE contentInstance, synced", "id-in", "\"rsc\":2001", &create, Some(limit));
    runtime.block_on(cse.stop());
}

type Ask = dyn Fn(u64) -> String;

fn client(port: u16, name: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(name, "127.0.0.1", port);
    options.set_max_packet_size(1_000_000, 1_000_000);
    let (client, mut events) = AsyncClient::new(options, 1000);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    (client, events)
}

/// Answers the same to everything.
async fn echo(port: u16) {
    let (client, mut events) = client(port, "echo");
    client.try_subscribe("/oneM2M/req/+/echo/+", QoS::AtLeastOnce).unwrap();
    loop {
        // At the end of the measurement, the broker goes.
        let Ok(event) = events.poll().await else { return };
        if let Event::Incoming(Packet::Publish(request)) = event {
            let topic = request.topic.replace("/req/", "/resp/");
            client.try_publish(topic, QoS::AtLeastOnce, false, LATEST).unwrap();
        }
    }
}

/// Asks for that time. Answers how long each answer took, in microseconds.
async fn drive(port: u16, receiver: &str, time: Duration, expected: &str, request: &Ask) -> Vec<u32> {
    let (client, mut events) = client(port, "load");
    client.try_subscribe(format!("/oneM2M/resp/Cbench/{receiver}/+"), QoS::AtLeastOnce).unwrap();
    let topic = format!("/oneM2M/req/Cbench/{receiver}/json");
    let ask = |n: u64| client.try_publish(&topic, QoS::AtLeastOnce, false, request(n)).unwrap();
    let (mut times, mut asked, mut end) = (Vec::new(), 0, None);
    // Answers come in the order of the questions, or nearly so.
    let mut sent = std::collections::VecDeque::new();
    loop {
        let event = tokio::time::timeout(Duration::from_secs(30), events.poll()).await.expect("no answer").unwrap();
        let now = Instant::now();
        match event {
            Event::Incoming(Packet::SubAck(_)) => {
                end = Some(now + time);
                for _ in 0..UNDER_WAY {
                    ask(asked);
                    asked += 1;
                    sent.push_back(now);
                }
            }
            Event::Incoming(Packet::Publish(answer)) => {
                let text = std::str::from_utf8(&answer.payload).unwrap();
                assert!(text.contains(expected), "every request has to be answered as expected: {text}");
                let since = sent.pop_front().expect("an answer to a question");
                times.push(u32::try_from((now - since).as_micros()).unwrap_or(u32::MAX));
                if end.is_some_and(|end| now < end) {
                    ask(asked);
                    asked += 1;
                    sent.push_back(now);
                } else if sent.is_empty() {
                    return times;
                }
            }
            _ => {}
        }
    }
}
