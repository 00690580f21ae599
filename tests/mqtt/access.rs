//! Who may do what at the broker.

use onem2m_cse::binding::mqtt::{BrokerCheck, MqttConfig, MqttLogin, MqttVersion};
use serde_json::json;

use crate::support::mosquitto::Mosquitto;
use crate::{config, serve};

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
    #[cfg(feature = "client")]
    an_application_needs_no_more(&broker).await;
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

/// All that the client does fits into these lists; another's name does not.
#[cfg(feature = "client")]
async fn an_application_needs_no_more(broker: &Mosquitto) {
    use onem2m_cse::client::{Ae, Client, Container, ContentInstance, EventType, Retry, Subscription};
    use std::time::Duration;

    let login = Some(MqttLogin { username: "Clamp".into(), password: "l".into() });
    let mqtt = MqttConfig { login, ..MqttConfig::default() };
    let client = Client::builder(format!("{}/id-in", broker.url())).mqtt(mqtt).timeout(Duration::from_secs(3));
    let client = client.originator("Clamp").retry(Retry::never()).build().unwrap();
    let lamp = client.register_or_resume(Ae::new("Napp").named("lamp")).await.unwrap();
    let state = lamp.create(lamp.address(), Container::new().named("state")).await.unwrap();
    let instances = Subscription::new().events([EventType::ChildCreated]);
    let mut told = lamp.subscribe(&state, instances).await.unwrap();
    lamp.create(&state, ContentInstance::new("on")).await.unwrap();
    assert_eq!(told.next().await.unwrap().resource().unwrap().text("con"), Some("on"));
    lamp.deregister().await.unwrap();
    // Who has no name is known by its login, and gets a name that the broker does not know.
    let nameless = client.as_originator("C").register(Ae::new("Napp")).await.unwrap();
    assert!(nameless.retrieve("cse-in").await.is_err());
    assert!(client.as_originator("CAdmin").retrieve("cse-in").await.is_err());
}
