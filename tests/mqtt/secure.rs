//! Brokers that are spoken to over TLS.

use onem2m_cse::binding::mqtt::{BrokerCheck, MqttConfig, MqttVersion};
use serde_json::json;

use crate::ae::Ae;
use crate::support::authority::Authority;
use crate::support::mosquitto::Mosquitto;
use crate::{config, serve};

/// A broker that speaks in clear on one port and, on another one, TLS with whoever has a certificate.
async fn open(authority: &Authority) -> Option<(Mosquitto, u16)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let [ca, own, key] = ["ca.pem", "server.pem", "server.key"].map(|name| authority.name(name));
    let lines = format!(
        "allow_anonymous true\nlistener {port} 127.0.0.1\ncafile {ca}\ncertfile {own}\nkeyfile {key}\nrequire_certificate true\n"
    );
    Some((Mosquitto::with(&lines, &[]).await?, port))
}

#[tokio::test]
async fn a_cse_and_its_broker_show_each_other_their_certificates() {
    let authority = Authority::new();
    let Some((broker, port)) = open(&authority).await else { return };
    for version in [MqttVersion::V3_1_1, MqttVersion::V5] {
        let url = format!("mqtts://127.0.0.1:{port}");
        let secured = MqttConfig { broker: url.clone(), tls: Some(authority.client()), version, ..config(&broker) };
        let cse = serve(secured).await;
        assert_eq!(cse.addresses(), [url]);
        // What has another name is another broker, and another connection; the CSE trusts it by the same authority.
        let mut ae =
            Ae::register(&broker, "Clamp", json!({"rr": true, "poa": [format!("mqtts://localhost:{port}")]})).await;
        let mut told = broker.listen("/oneM2M/req/id-in/Clamp/+", None).await;
        let sub = json!({"rn": "s", "nu": ["Clamp"], "nct": 1, "enc": {"net": [3]}});
        let request = json!({"op": 1, "to": "cse-in/Clamp/c", "rqi": "s", "ty": 23, "pc": {"m2m:sub": sub}});
        assert_eq!(ae.ask(request).await["rsc"], json!(2001));
        ae.ask(ae.instance("1", "bright")).await;
        let (_, notification) = told.json().await;
        assert_eq!(notification["pc"]["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"], json!("bright"));
        cse.stop().await;
    }
}

#[tokio::test]
async fn a_broker_that_nobody_vouches_for_is_not_talked_to() {
    let authority = Authority::new();
    let Some((broker, port)) = open(&authority).await else { return };
    let secured = |authority: &Authority| {
        let broker_url = format!("mqtts://127.0.0.1:{port}");
        MqttConfig { broker: broker_url, tls: Some(authority.client()), ..config(&broker) }
    };
    // A client without a name has the CSE's certificate here, so this one is let in.
    assert_eq!(secured(&authority).check_broker("/id-in").await, Ok(BrokerCheck::Listens));
    let refused = secured(&Authority::new()).check_broker("/id-in").await.unwrap_err().to_string();
    assert!(refused.contains("is not reached") && refused.contains("certificate"), "{refused}");
}
