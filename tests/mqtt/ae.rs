//! An application at the broker, of the broker's own clients.

use serde_json::{Value, json};

use crate::support::mosquitto::{Ear, Mosquitto};

/// An AE at the broker.
pub struct Ae<'b> {
    broker: &'b Mosquitto,
    name: &'static str,
    pub ear: Ear,
}

impl<'b> Ae<'b> {
    /// Registers as in TS-0010 6.4.4, with a credential for a name, and makes a container `c`.
    pub async fn register(broker: &'b Mosquitto, name: &'static str, more: Value) -> Self {
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

    pub async fn say(&self, mut request: Value) {
        let members = request.as_object_mut().unwrap();
        members.entry("fr").or_insert(json!(self.name));
        members.entry("rqi").or_insert(json!("1"));
        members.entry("rvi").or_insert(json!("3"));
        self.broker.say(&format!("/oneM2M/req/{}/id-in/json", self.name), &request.to_string()).await;
    }

    pub async fn ask(&mut self, request: Value) -> Value {
        self.say(request).await;
        self.ear.json().await.1
    }

    pub fn instance(&self, rqi: &str, con: &str) -> Value {
        json!({"op": 1, "to": format!("cse-in/{}/c", self.name), "rqi": rqi, "ty": 4, "pc": {"m2m:cin": {"con": con}}})
    }

    pub async fn count(&mut self) -> Value {
        self.ask(json!({"op": 2, "to": format!("cse-in/{}/c", self.name)})).await["pc"]["m2m:cnt"]["cni"].clone()
    }
}
