//! What the CSE says to others.

use serde_json::json;

use crate::ae::Ae;
use crate::support::mosquitto::Mosquitto;
use crate::{config, serve};

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
