//! A broker that dies without a word.

use std::collections::HashMap;
use std::time::Duration;

use onem2m_cse::binding::mqtt::{MqttConfig, MqttVersion};
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::value::Value as Content;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};

use crate::ae::Ae;
use crate::support::mosquitto::Mosquitto;
use crate::{config, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_takes_nothing_with_it_that_was_answered() {
    for version in [MqttVersion::V3_1_1, MqttVersion::V5] {
        let Some(broker) = Mosquitto::open().await else { return };
        let config = MqttConfig { version, ..config(&broker) };
        lives_through_a_kill(config, broker).await;
    }
}

/// Requests without an end, and a broker that is killed in the middle of them. What somebody got an answer for is there.
pub async fn lives_through_a_kill(config: MqttConfig, mut broker: Mosquitto) {
    const ENOUGH: usize = 500;
    let cse = serve(config).await;
    Ae::register(&broker, "Clamp", json!({})).await;

    let mut options = MqttOptions::new("load", "127.0.0.1", broker.port);
    options.set_max_packet_size(100_000, 100_000);
    let (client, mut events) = AsyncClient::new(options, 10);
    let speaker = client.clone();
    let load = tokio::spawn(async move {
        for number in 0_u64.. {
            let con = json!({"m2m:cin": {"con": number.to_string()}});
            let request = json!({"op": 1, "to": "cse-in/Clamp/c", "fr": "Clamp", "rqi": number.to_string(), "rvi": "3", "ty": 4, "pc": con});
            let topic = "/oneM2M/req/Clamp/id-in/json";
            speaker.publish(topic, QoS::AtLeastOnce, false, request.to_string()).await.unwrap();
        }
    });
    let (mut answered, mut before) = (HashMap::<String, String>::new(), None);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    // As many again after it was killed.
    while before.is_none_or(|before| answered.len() < before + ENOUGH) {
        let Ok(event) = tokio::time::timeout_at(deadline, events.poll()).await else {
            panic!("{} were answered, {before:?} of them before the broker was killed", answered.len());
        };
        match event {
            // A broker that was killed may have forgotten who listens.
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                let client = client.clone();
                tokio::spawn(
                    async move { client.subscribe("/oneM2M/resp/Clamp/id-in/+", QoS::AtLeastOnce).await.unwrap() },
                );
            }
            Ok(Event::Incoming(Packet::Publish(message))) => {
                let answer: Value = serde_json::from_slice(&message.payload).unwrap();
                assert_eq!(answer["rsc"], json!(2001), "{answer}");
                let created = answer["pc"]["m2m:cin"]["ri"].as_str().unwrap().to_owned();
                answered.insert(created, answer["rqi"].as_str().unwrap().to_owned());
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        if answered.len() >= ENOUGH && before.is_none() {
            broker.kill().await;
            broker.start().await;
            before = Some(answered.len());
        }
    }
    load.abort();
    for (created, number) in &answered {
        let found = cse.request(Request::retrieve(created.as_str()).from("Clamp")).await;
        assert_eq!(found.status, Status::OK, "{number}");
        let content = found.attributes().unwrap().get("con").and_then(Content::as_text).map(str::to_owned);
        assert_eq!(content.as_ref(), Some(number));
    }
    cse.stop().await;
}
