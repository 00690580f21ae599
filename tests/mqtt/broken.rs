//! Brokers that are away, restart, or are no good.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use onem2m_cse::binding::mqtt::{MqttBinding, MqttConfig, MqttLogin, MqttVersion};
use onem2m_cse::primitive::Request;
use onem2m_cse::value::Value as Content;
use onem2m_cse::{Cse, CseConfig};
use rumqttc::{AsyncClient, MqttOptions, QoS};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::ae::Ae;
use crate::support::mosquitto::Mosquitto;
use crate::{config, serve};

#[tokio::test]
async fn requests_wait_at_the_broker_while_the_cse_is_away() {
    let Some(broker) = Mosquitto::open().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let open = async || {
        let config = config(&broker);
        #[cfg(feature = "fjall")]
        {
            use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
            let store = FjallStore::open(folder.path().join("data"), &FjallConfig::default()).unwrap();
            let builder = Cse::builder(CseConfig::default()).store(store);
            builder.bind(MqttBinding::new(config)).start().await.unwrap()
        }
        #[cfg(not(feature = "fjall"))]
        serve(config).await
    };
    let cse = open().await;
    let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
    cse.stop().await;
    for number in ["a", "b"] {
        lamp.say(lamp.instance(number, number)).await;
    }
    let cse = open().await;
    let expected = if cfg!(feature = "fjall") { 2001 } else { 4004 };
    for number in ["a", "b"] {
        let answer = lamp.ear.json().await.1;
        assert_eq!((&answer["rqi"], &answer["rsc"]), (&json!(number), &json!(expected)), "{answer}");
    }
    drop(folder);
    cse.stop().await;
}

/// Why a CSE with that configuration does not start.
async fn refusal(config: MqttConfig) -> String {
    let started = Cse::builder(CseConfig::default()).bind(MqttBinding::new(config)).start().await;
    started.expect_err("it started").to_string()
}

#[tokio::test]
async fn a_broker_that_does_not_know_the_password_stops_the_start() {
    let Some(broker) = Mosquitto::with("allow_anonymous false\n", &[]).await else { return };
    let login = MqttLogin { username: "cse".into(), password: "wrong".into() };
    for version in [MqttVersion::V3_1_1, MqttVersion::V5] {
        let config = MqttConfig { version, login: Some(login.clone()), ..config(&broker) };
        assert!(!format!("{config:?}").contains("wrong"));
        let reason = refusal(config).await;
        assert!(reason.contains("refuses this client") && reason.contains("password"), "{reason}");
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_stops_the_start() {
    let url = |url: &str| MqttConfig { broker: url.into(), ..MqttConfig::default() };
    let prefix = |prefix: &str| MqttConfig { topic_prefix: prefix.into(), ..MqttConfig::default() };
    for (config, word) in [
        (url("mqtts://[::1]"), "TLS"),
        (url("http://127.0.0.1"), "mqtt://host:port"),
        (url("mqtt://127.0.0.1/site7"), "topic prefix"),
        (url("mqtt://broker.example"), "another machine"),
        #[cfg(feature = "mqtt-ws")]
        (url("ws://broker.example/mqtt"), "another machine"),
        #[cfg(feature = "mqtt-ws")]
        (url("ws://127.0.0.1/a b"), "expected a URL"),
        #[cfg(not(feature = "mqtt-ws"))]
        (url("ws://127.0.0.1/mqtt"), "feature mqtt-ws"),
        (prefix("site/+"), "topic prefix"),
        (prefix("/site"), "topic prefix"),
    ] {
        let reason = refusal(config).await;
        assert!(reason.contains(word), "{reason}");
    }
}

#[tokio::test]
async fn a_broker_that_comes_later_is_waited_for() {
    let Some(mut broker) = Mosquitto::open().await else { return };
    broker.stop().await;
    let cse = serve(config(&broker)).await;
    broker.start().await;
    // What is said before the CSE has come is heard by nobody.
    let mut answers = broker.listen("/oneM2M/resp/CAdmin/id-in/+", None).await;
    let mut is_there = false;
    for n in 0..20 {
        let ask = format!(r#"{{"op":2,"to":"cse-in","fr":"CAdmin","rqi":"{n}","rvi":"3"}}"#);
        broker.say("/oneM2M/req/CAdmin/id-in/json", &ask).await;
        is_there = answers.hear_within(Duration::from_secs(1)).await.is_some();
        if is_there {
            break;
        }
    }
    assert!(is_there, "the broker is found again");
    let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
    assert_eq!(lamp.ask(lamp.instance("1", "x")).await["rsc"], json!(2001));
    cse.stop().await;
}

#[tokio::test]
async fn a_broker_that_never_says_whether_one_may_listen_is_given_up_and_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let broker = format!("mqtt://{}", listener.local_addr().unwrap());
    let mut config = MqttConfig { broker, ..MqttConfig::default() };
    (config.limits.connect_timeout, config.limits.retry_least) = (Duration::from_secs(1), Duration::from_millis(10));
    let mute = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            // CONNACK of MQTT 3.1.1, and nothing to anything else until the other side hangs up.
            stream.write_all(&[0x20, 2, 0, 0]).await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    let started = tokio::time::timeout(Duration::from_secs(20), serve(config)).await;
    let cse = started.expect("the start does not wait for it");
    tokio::time::timeout(Duration::from_secs(20), mute).await.expect("it is tried again").unwrap();
    cse.stop().await;
}

/// Ten thousand requests, and a broker that is restarted in the middle.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_broker_loses_no_request_and_doubles_none() {
    for version in [MqttVersion::V3_1_1, MqttVersion::V5] {
        let Some(broker) = Mosquitto::open().await else { return };
        lives_through_a_restart(MqttConfig { version, ..config(&broker) }, broker).await;
    }
}

pub async fn lives_through_a_restart(mut config: MqttConfig, mut broker: Mosquitto) {
    const REQUESTS: usize = 10_000;
    // The one who asks says again what it was not told of, and a slow machine takes its time.
    config.limits.resend_window = Duration::from_secs(60);
    let cse = serve(config).await;
    Ae::register(&broker, "Clamp", json!({})).await;

    let mut options = MqttOptions::new("load", "127.0.0.1", broker.port);
    options.set_clean_session(false).set_max_packet_size(100_000, 100_000);
    let (client, mut events) = AsyncClient::new(options, 10);
    client.try_subscribe("/oneM2M/resp/Clamp/id-in/+", QoS::AtLeastOnce).unwrap();
    let load = tokio::spawn(async move {
        for number in 0..REQUESTS {
            let con = json!({"m2m:cin": {"con": number.to_string()}});
            let request = json!({"op": 1, "to": "cse-in/Clamp/c", "fr": "Clamp", "rqi": format!("q{number}"), "rvi": "3", "ty": 4, "pc": con});
            client.publish("/oneM2M/req/Clamp/id-in/json", QoS::AtLeastOnce, false, request.to_string()).await.unwrap();
        }
    });
    let mut restart = None;
    let mut answered: HashMap<String, String> = HashMap::new();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while answered.len() < REQUESTS {
        let Ok(event) = tokio::time::timeout_at(deadline, events.poll()).await else {
            panic!("{} of {REQUESTS} were answered", answered.len());
        };
        let Ok(event) = event else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if let rumqttc::Event::Incoming(rumqttc::Packet::Publish(message)) = event {
            let answer: Value = serde_json::from_slice(&message.payload).unwrap();
            assert_eq!(answer["rsc"], json!(2001), "{answer}");
            let created = answer["pc"]["m2m:cin"]["ri"].as_str().unwrap().to_owned();
            // An answer may come twice; it is the same one.
            let before = answered.insert(answer["rqi"].as_str().unwrap().to_owned(), created.clone());
            assert!(before.is_none_or(|before| before == created));
        }
        if answered.len() == REQUESTS / 3 && restart.is_none() {
            broker.stop().await;
            restart = Some(tokio::time::Instant::now());
            broker.start().await;
        }
    }
    assert!(restart.is_some());
    load.await.unwrap();
    let different: HashSet<&String> = answered.values().collect();
    assert_eq!(different.len(), REQUESTS);
    let container = cse.request(Request::retrieve("cse-in/Clamp/c").from("Clamp")).await.attributes().unwrap();
    assert_eq!(container.get("cni"), Some(&Content::Int(REQUESTS as i64)));
    cse.stop().await;
}
