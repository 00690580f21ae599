//! Requests to the CSE, and what is answered.

use std::time::Duration;

use onem2m_cse::binding::mqtt::{MqttConfig, MqttLimits, MqttSession, MqttVersion};
use onem2m_cse::codec;
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::schema::Registry;
use onem2m_cse::value::Value as Content;
use serde_json::json;

use crate::ae::Ae;
use crate::support::mosquitto::Mosquitto;
use crate::{config, serve};

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
async fn a_cse_speaks_for_its_own_applications_and_a_transit_cse_for_third_ones() {
    let Some(broker) = Mosquitto::open().await else { return };
    let cse = serve(MqttConfig { transit_cses: vec!["/id-asn".into()], ..config(&broker) }).await;
    let mut answers = broker.listen("/oneM2M/resp/+/id-in/+", None).await;
    for (sender, originator, refused) in [
        ("id-mn", "/id-mn/Cx", false),
        ("id-mn", "/id-far/Cx", true),
        ("id-mn", "Clamp", true),
        ("id-asn", "/id-far/Cx", false),
        ("id-asn", "/id-in/Clamp", true),
        ("Clamp", "/id-mn/Cx", true),
    ] {
        let request = json!({"op": 2, "to": "cse-in", "fr": originator, "rqi": originator, "rvi": "3"});
        broker.say(&format!("/oneM2M/req/{sender}/id-in/json"), &request.to_string()).await;
        let (topic, answer) = answers.json().await;
        assert_eq!(topic, format!("/oneM2M/resp/{sender}/id-in/json"));
        // Who is believed still has no right to look.
        let expected = if refused { 4106 } else { 4103 };
        assert_eq!((&answer["rqi"], &answer["rsc"]), (&json!(originator), &json!(expected)), "{answer}");
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
async fn what_a_session_remembers_of_other_topics_is_passed_over() {
    let Some(broker) = Mosquitto::open().await else { return };
    let under =
        |prefix: &str| MqttConfig { topic_prefix: prefix.into(), session: MqttSession::Persistent, ..config(&broker) };
    serve(under("old")).await.stop().await;
    let cse = serve(under("new")).await;
    let mut answers = broker.listen("+/oneM2M/resp/Clamp/id-in/+", None).await;
    for prefix in ["old", "new"] {
        let request = json!({"op": 2, "to": "cse-in", "fr": "Clamp", "rqi": prefix, "rvi": "3"});
        broker.say(&format!("{prefix}/oneM2M/req/Clamp/id-in/json"), &request.to_string()).await;
    }
    let (topic, answer) = answers.json().await;
    assert_eq!((topic.as_str(), &answer["rqi"]), ("new/oneM2M/resp/Clamp/id-in/json", &json!("new")));
    cse.stop().await;
}
