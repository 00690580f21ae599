//! A CSE behind an MQTT broker, spoken to by the broker's own clients.
#![cfg(all(feature = "mqtt", feature = "cbor", feature = "xml"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod support;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use onem2m_cse::binding::mqtt::{BrokerCheck, MqttBinding, MqttConfig, MqttLimits, MqttLogin, MqttVersion};
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::schema::Registry;
use onem2m_cse::value::Value as Content;
use onem2m_cse::{Cse, CseConfig, codec};
use rumqttc::{AsyncClient, MqttOptions, QoS};
use serde_json::{Value, json};
use support::mosquitto::{Ear, Mosquitto};

fn config(broker: &Mosquitto) -> MqttConfig {
    let limits = MqttLimits { retry_least: Duration::from_millis(50), ..MqttLimits::default() };
    MqttConfig { broker: broker.url(), limits, ..MqttConfig::default() }
}

async fn serve(config: MqttConfig) -> Cse {
    Cse::builder(CseConfig::default()).bind(MqttBinding::new(config)).start().await.unwrap()
}

/// An AE at the broker.
struct Ae<'b> {
    broker: &'b Mosquitto,
    name: &'static str,
    ear: Ear,
}

impl<'b> Ae<'b> {
    /// Registers as in TS-0010 6.4.4, with a credential for a name, and makes a container `c`.
    async fn register(broker: &'b Mosquitto, name: &'static str, more: Value) -> Self {
        let mut credential = broker.listen("/oneM2M/reg_resp/cred-7/id-in/+", None).await;
        let mut ae = json!({"rn": name, "api": "Napp", "rr": false, "srv": ["3"]});
        ae.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let request =
            json!({"op": 1, "to": "cse-in", "fr": name, "rqi": "reg", "rvi": "3", "ty": 2, "pc": {"m2m:ae": ae}});
        broker.say("/oneM2M/reg_req/cred-7/id-in/json", &request.to_string()).await;
        let (topic, registered) = credential.json().await;
        assert_eq!(
            (topic.as_str(), &registered["rsc"]),
            ("/oneM2M/reg_resp/cred-7/id-in/json", &json!(2001)),
            "{registered}"
        );
        assert_eq!(registered["pc"]["m2m:ae"]["aei"], json!(name));
        let ear = broker.listen(&format!("/oneM2M/resp/{name}/id-in/+"), None).await;
        let mut ae = Self { broker, name, ear };
        let container =
            ae.ask(json!({"op": 1, "to": format!("cse-in/{name}"), "ty": 3, "pc": {"m2m:cnt": {"rn": "c"}}})).await;
        assert_eq!(container["rsc"], json!(2001), "{container}");
        ae
    }

    async fn say(&self, mut request: Value) {
        let members = request.as_object_mut().unwrap();
        members.entry("fr").or_insert(json!(self.name));
        members.entry("rqi").or_insert(json!("1"));
        members.entry("rvi").or_insert(json!("3"));
        self.broker.say(&format!("/oneM2M/req/{}/id-in/json", self.name), &request.to_string()).await;
    }

    async fn ask(&mut self, request: Value) -> Value {
        self.say(request).await;
        self.ear.json().await.1
    }

    fn instance(&self, rqi: &str, con: &str) -> Value {
        json!({"op": 1, "to": format!("cse-in/{}/c", self.name), "rqi": rqi, "ty": 4, "pc": {"m2m:cin": {"con": con}}})
    }

    async fn count(&mut self) -> Value {
        self.ask(json!({"op": 2, "to": format!("cse-in/{}/c", self.name)})).await["pc"]["m2m:cnt"]["cni"].clone()
    }
}

#[tokio::test]
async fn an_application_lives_behind_a_broker_in_either_version() {
    for version in [MqttVersion::V3_1_1, MqttVersion::V5] {
        let Some(broker) = Mosquitto::open().await else { return };
        let cse = serve(MqttConfig { version, ..config(&broker) }).await;
        assert_eq!(cse.addresses(), [broker.url()]);
        let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
        for number in ["1", "2", "3"] {
            let created = lamp.ask(lamp.instance(number, number)).await;
            assert_eq!((&created["rsc"], &created["rqi"]), (&json!(2001), &json!(number)), "{created}");
        }
        let latest = lamp.ask(json!({"op": 2, "to": "cse-in/Clamp/c/la", "fr": "/id-in/Clamp"})).await;
        assert_eq!(latest["pc"]["m2m:cin"]["con"], json!("3"));
        assert_eq!(lamp.ask(json!({"op": 4, "to": "cse-in/Clamp"})).await["rsc"], json!(2002));
        cse.stop().await;
    }
}

#[tokio::test]
async fn the_answer_has_the_format_of_the_request() {
    let Some(broker) = Mosquitto::open().await else { return };
    let cse = serve(config(&broker)).await;
    let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
    lamp.ask(lamp.instance("a", "warm")).await;
    let request = Request::retrieve("cse-in/Clamp/c/la").from("Clamp").identified("q");
    for format in Format::ALL {
        let value = match format {
            Format::Xml => codec::primitive::wrap_request(&request),
            _ => codec::primitive::from_request(&request).into(),
        };
        let payload = codec::encode(format, &value, Registry::shared());
        let name = format.name();
        broker.publish(&format!("/oneM2M/req/Clamp/id-in/{name}"), &payload, None, &[]).await;
        let (topic, payload) = lamp.ear.hear().await;
        assert_eq!(topic, format!("/oneM2M/resp/Clamp/id-in/{name}"));
        let answer = codec::decode(format, &payload, Registry::shared()).unwrap();
        let answer = codec::primitive::to_response(&answer).unwrap();
        assert_eq!((answer.status, answer.request_identifier.as_str()), (Status::OK, "q"), "{name}");
        assert_eq!(answer.attributes().unwrap().get("con").and_then(Content::as_text), Some("warm"), "{name}");
    }
    cse.stop().await;
}

#[tokio::test]
async fn what_cannot_be_answered_as_asked_is_answered_with_a_sentence() {
    let Some(broker) = Mosquitto::open().await else { return };
    let limits = MqttLimits { message_bytes: 2000, ..MqttLimits::default() };
    let cse = serve(MqttConfig { limits, ..config(&broker) }).await;
    let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
    let registration = r#"{"op":1,"to":"cse-in","fr":"Cx","rqi":"1","rvi":"3","ty":3,"pc":{"m2m:cnt":{}}}"#;
    let large = format!(r#"{{"op":2,"to":"cse-in","fr":"Clamp","rqi":"1","x":"{}"}}"#, "x".repeat(3000));
    let mut registrar = broker.listen("/oneM2M/reg_resp/Clamp/id-in/+", None).await;
    for (topic, payload, status, word) in [
        ("req/Clamp/id-in/json", "{", 4000, "malformed JSON"),
        ("req/Clamp/id-in/json", "[]", 4000, "expected an object"),
        ("req/Clamp/id-in/json", r#"{"op":9,"to":"cse-in","fr":"Clamp","rqi":"1"}"#, 4000, "operation (op)"),
        ("req/Clamp/id-in/cbor", "{\"op\":2}", 4000, "malformed CBOR"),
        ("req/Clamp/id-in/xml", "<m2m:rqp>", 4000, "malformed XML"),
        ("req/Clamp/id-in/yaml", "op: 2", 4015, "expected json, cbor, xml"),
        ("req/Clamp/id-in/json", &large, 4000, "at most 2000 bytes"),
        ("req/Clamp/id-in/json", r#"{"op":2,"to":"cse-in","fr":"CAdmin","rqi":"1"}"#, 4106, "from (fr)"),
        ("req/Clamp/id-in/json", r#"{"op":2,"to":"cse-in","fr":"/id-mn/Clamp","rqi":"1"}"#, 4106, "from (fr)"),
        ("req/Clamp/id-in/json", r#"{"op":2,"to":"cse-in/none","fr":"Clamp","rqi":"1"}"#, 4004, ""),
        ("reg_req/Clamp/id-in/json", registration, 4000, "reg_req"),
    ] {
        broker.say(&format!("/oneM2M/{topic}"), payload).await;
        let ear = if topic.starts_with("reg") { &mut registrar } else { &mut lamp.ear };
        let (answered, payload) = ear.hear().await;
        let format = Format::ALL.into_iter().find(|format| answered.ends_with(format.name())).unwrap();
        let answer = codec::decode(format, &payload, Registry::shared()).unwrap();
        let answer = codec::primitive::to_response(&answer).unwrap();
        assert_eq!(answer.status.code(), status, "{topic} {answer:?}");
        assert!(format!("{:?}", answer.value()).contains(word), "{topic} {answer:?}");
    }
    // None of these is a request to this CSE, or anything that is to be answered.
    for (topic, payload) in [
        ("/oneM2M/req/Clamp/id-mn/json", r#"{"op":2,"to":"cse-in","fr":"Clamp","rqi":"1"}"#),
        ("/oneM2M/req/Clamp/id-in", r#"{"op":2,"to":"cse-in","fr":"Clamp","rqi":"1"}"#),
        ("/oneM2M/req/Clamp/id-in/json", r#"{"rsc":2000,"rqi":"1"}"#),
        ("/oneM2M/resp/id-in/Clamp/json", r#"{"rsc":2000,"rqi":"1"}"#),
        ("/oneM2M/resp/id-in/Clamp/json", "{"),
        ("/oneM2M/req/Clamp/id-in/json", r#"{"op":2,"to":"cse-in","fr":"Clamp","rqi":"1","rt":{"rtv":5}}"#),
    ] {
        broker.say(topic, payload).await;
    }
    assert_eq!(lamp.ask(json!({"op": 2, "to": "cse-in/Clamp", "rqi": "last"})).await["rqi"], json!("last"));
    cse.stop().await;
}

#[tokio::test]
async fn an_application_is_told_by_way_of_its_broker() {
    let Some(broker) = Mosquitto::open().await else { return };
    let Some(elsewhere) = Mosquitto::open().await else { return };
    let cse = serve(config(&broker)).await;
    // One listens at our broker, one below a path of its own, and one at another broker.
    let below = format!("{}/site/7", broker.url());
    for (place, url, prefix, name) in [
        (&broker, broker.url(), "", "Clamp"),
        (&broker, below, "site/7", "Cpath"),
        (&elsewhere, elsewhere.url(), "", "Cfar"),
    ] {
        let mut ae = Ae::register(&broker, name, json!({"rr": true, "poa": [url]})).await;
        let mut told = place.listen(&format!("{prefix}/oneM2M/req/id-in/{name}/+"), None).await;
        let sub = json!({"rn": "s", "nu": [name], "nct": 1, "enc": {"net": [3]}});
        let request = json!({"op": 1, "to": format!("cse-in/{name}/c"), "rqi": "s", "ty": 23, "pc": {"m2m:sub": sub}});
        assert_eq!(ae.ask(request).await["rsc"], json!(2001));
        for number in ["1", "2"] {
            assert_eq!(ae.ask(ae.instance(number, number)).await["rsc"], json!(2001));
            let (topic, request) = told.json().await;
            assert_eq!(topic, format!("{prefix}/oneM2M/req/id-in/{name}/json"));
            assert_eq!((&request["op"], &request["fr"]), (&json!(5), &json!("/id-in")));
            assert_eq!(request["pc"]["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"], json!(number), "{name}");
            // Somebody else's word is no answer.
            let topic = format!("{prefix}/oneM2M/resp/id-in/{name}/json");
            let answer = |status: u16| json!({"rsc": status, "rqi": request["rqi"], "fr": name}).to_string();
            place.say(&topic.replace(name, "Cother"), &answer(4004)).await;
            place.say(&topic, &answer(2000)).await;
        }
    }
    cse.stop().await;
}

#[tokio::test]
async fn a_notification_goes_to_a_topic_of_any_shape() {
    let Some(broker) = Mosquitto::open().await else { return };
    let cse = serve(config(&broker)).await;
    let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
    let mut board = broker.listen("dash board/lamps", None).await;
    let nu = format!("{}/dash%20board/lamps?ct=xml", broker.url());
    let sub = json!({"rn": "s", "nu": [nu], "nct": 1, "enc": {"net": [3]}});
    let subscribed = lamp.ask(json!({"op": 1, "to": "cse-in/Clamp/c", "ty": 23, "pc": {"m2m:sub": sub}})).await;
    assert_eq!(subscribed["rsc"], json!(2001), "{subscribed}");
    lamp.ask(lamp.instance("x", "bright")).await;
    let words = ["<vrq>true</vrq>", "<con>bright</con>"];
    for word in words {
        let text = String::from_utf8(board.hear().await.1).unwrap();
        assert!(text.contains("<m2m:rqp") && text.contains(word), "{text}");
    }
    cse.stop().await;
}

#[tokio::test]
async fn the_same_message_twice_has_one_effect() {
    let Some(broker) = Mosquitto::open().await else { return };
    let limits = MqttLimits { resend_window: Duration::from_millis(700), ..MqttLimits::default() };
    let cse = serve(MqttConfig { limits, ..config(&broker) }).await;
    let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
    let first = lamp.ask(lamp.instance("1", "x")).await;
    assert_eq!(lamp.ask(lamp.instance("1", "x")).await, first);
    assert_eq!(lamp.count().await, json!(1));
    // The same identifier with other words is another request, and so are the same words much later.
    assert_eq!(lamp.ask(lamp.instance("1", "y")).await["rsc"], json!(2001));
    assert_eq!(lamp.count().await, json!(2));
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_ne!(lamp.ask(lamp.instance("1", "x")).await, first);
    assert_eq!(lamp.count().await, json!(3));
    cse.stop().await;
}

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

#[tokio::test]
async fn a_broker_that_cannot_be_used_is_told_of_at_once() {
    let Some(broker) = Mosquitto::with("allow_anonymous false\n", &[]).await else { return };
    let login = MqttLogin { username: "cse".into(), password: "wrong".into() };
    let refused = MqttConfig { login: Some(login), ..config(&broker) };
    assert!(!format!("{refused:?}").contains("wrong"));
    let refused = Cse::builder(CseConfig::default()).bind(MqttBinding::new(refused)).start().await;
    let reason = refused.err().unwrap().to_string();
    assert!(reason.contains("refuses this client") && reason.contains("password"), "{reason}");
    for (url, word) in [
        ("mqtts://127.0.0.1", "TLS"),
        ("http://127.0.0.1", "mqtt://host:port"),
        ("mqtt://broker.example", "another machine"),
    ] {
        let config = MqttConfig { broker: url.into(), ..MqttConfig::default() };
        let refused = Cse::builder(CseConfig::default()).bind(MqttBinding::new(config)).start().await;
        assert!(refused.err().unwrap().to_string().contains(word), "{url}");
    }
}

#[tokio::test]
async fn a_broker_that_comes_later_is_waited_for() {
    let Some(mut broker) = Mosquitto::open().await else { return };
    broker.stop().await;
    let cse = serve(config(&broker)).await;
    broker.start().await;
    let mut lamp = Ae::register(&broker, "Clamp", json!({})).await;
    assert_eq!(lamp.ask(lamp.instance("1", "x")).await["rsc"], json!(2001));
    cse.stop().await;
}

/// Ten thousand requests, and a broker that is restarted in the middle.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_broker_loses_no_request_and_doubles_none() {
    const REQUESTS: usize = 10_000;
    let Some(mut broker) = Mosquitto::open().await else { return };
    let mut config = config(&broker);
    (config.limits.resend_window, config.limits.repeats) = (Duration::from_secs(60), 2 * REQUESTS);
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

/// The access lists of `docs/mqtt.md`, as they stand there.
fn access_lists() -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/mqtt.md")).unwrap();
    let begin = page.split("```acl\n").nth(1).expect("a block of access lists");
    begin.split("```").next().unwrap().to_owned()
}

#[tokio::test]
async fn the_access_lists_of_the_documentation_keep_everybody_to_their_own() {
    let lists = access_lists();
    let lines = "allow_anonymous false\npassword_file FOLDER/passwords\nacl_file FOLDER/lists\n";
    let folder = tempfile::tempdir().unwrap();
    let passwords = folder.path().join("passwords");
    std::fs::write(&passwords, "").unwrap();
    let Some(_) = Mosquitto::open().await else { return };
    for (name, password) in [("cse", "secret"), ("Clamp", "l"), ("Cother", "o")] {
        let mut made = std::process::Command::new("mosquitto_passwd");
        assert!(made.arg("-b").arg(&passwords).args([name, password]).status().unwrap().success());
    }
    let passwords = std::fs::read_to_string(&passwords).unwrap();
    let files = [("passwords", passwords.as_str()), ("lists", lists.as_str())];
    let broker = Mosquitto::with(lines, &files).await.unwrap();
    let login = MqttLogin { username: "cse".into(), password: "secret".into() };
    let secured = MqttConfig { login: Some(login), broker_verifies_originators: true, ..config(&broker) };
    assert_eq!(secured.check_broker("/id-in").await, Ok(BrokerCheck::Closed));
    let cse = serve(secured).await;

    let (lamp, other) = (Some(("Clamp", "l")), Some(("Cother", "o")));
    let mut registered = broker.listen("/oneM2M/reg_resp/+/id-in/+", lamp).await;
    let mut answers = broker.listen("/oneM2M/resp/+/id-in/+", lamp).await;
    let mut curious = broker.listen("/oneM2M/#", other).await;
    let ae = r#"{"op":1,"to":"cse-in","fr":"Clamp","rqi":"1","rvi":"3","ty":2,"pc":{"m2m:ae":{"rn":"lamp","api":"Napp","rr":false,"srv":["3"]}}}"#;
    broker.publish("/oneM2M/reg_req/Clamp/id-in/json", ae.as_bytes(), lamp, &[]).await;
    assert_eq!(registered.json().await.1["rsc"], json!(2001));
    let look = r#"{"op":2,"to":"cse-in/lamp","fr":"Clamp","rqi":"2","rvi":"3"}"#;
    // Nobody speaks under another's name: the broker drops it.
    broker.publish("/oneM2M/req/Clamp/id-in/json", look.replace("\"2\"", "\"x\"").as_bytes(), other, &[]).await;
    broker.publish("/oneM2M/req/Clamp/id-in/json", look.as_bytes(), lamp, &[]).await;
    let (_, answer) = answers.json().await;
    assert_eq!((&answer["rqi"], &answer["rsc"]), (&json!("2"), &json!(2000)), "{answer}");
    // What is another's is not heard; what is one's own is.
    broker.publish("/oneM2M/req/Cother/id-in/json", look.replace("Clamp", "Cother").as_bytes(), other, &[]).await;
    let (topic, _) = curious.hear().await;
    assert_eq!(topic, "/oneM2M/resp/Cother/id-in/json");
    cse.stop().await;
}

#[tokio::test]
async fn a_broker_that_tells_everybody_everything_is_found_out() {
    let Some(broker) = Mosquitto::open().await else { return };
    let running = serve(config(&broker)).await;
    assert_eq!(config(&broker).check_broker("/id-in").await, Ok(BrokerCheck::Listens));
    let v5 = MqttConfig { version: MqttVersion::V5, ..config(&broker) };
    assert_eq!(v5.check_broker("/id-in").await, Ok(BrokerCheck::Listens));
    running.stop().await;
    let lists = access_lists();
    let deaf = Mosquitto::with("allow_anonymous true\nacl_file FOLDER/lists\n", &[("lists", &lists)]).await.unwrap();
    assert_eq!(config(&deaf).check_broker("/id-in").await, Ok(BrokerCheck::Deaf));
    let gone = MqttConfig { broker: "mqtt://127.0.0.1:1".into(), ..MqttConfig::default() };
    assert!(gone.check_broker("/id-in").await.unwrap_err().to_string().contains("is not reached"));
}
