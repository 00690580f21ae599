//! A CSE on a port that the system picks, with an AE `Cae` and its container `c`, spoken to over HTTP.

use std::ops::Range;

use onem2m_cse::binding::http::{ClientConfig, HttpClient, HttpConfig};
use onem2m_cse::codec::json;
use onem2m_cse::primitive::{Operation, Request, Response, Status};
use onem2m_cse::value::Value;
use onem2m_cse::{Cse, CseBuilder, CseConfig};

use super::sink::{Came, Sink};

pub struct House {
    pub cse: Cse,
    http: HttpClient,
}

impl House {
    pub async fn open(config: CseConfig) -> Self {
        Self::build(Cse::builder(config)).await
    }

    /// A new one.
    pub async fn build(builder: CseBuilder) -> Self {
        let house = Self::reopen(builder).await;
        let ae = r#"{"m2m:ae":{"rn":"ae","api":"Napp","rr":false,"srv":["3"]}}"#;
        assert_eq!(house.create("cse-in", 2, ae).await.status, Status::CREATED);
        assert_eq!(house.create("cse-in/ae", 3, r#"{"m2m:cnt":{"rn":"c"}}"#).await.status, Status::CREATED);
        house
    }

    /// One that has all that already.
    pub async fn reopen(builder: CseBuilder) -> Self {
        let http = HttpConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], ..HttpConfig::default() };
        let cse = builder.bind(http).start().await.unwrap();
        Self { cse, http: HttpClient::new(ClientConfig::default()) }
    }

    async fn send(&self, request: Request) -> Response {
        let url = format!("{}/{}", self.cse.addresses()[0], request.to);
        self.http.call(&url, &request.from("Cae").identified("r")).await.unwrap()
    }

    async fn carry(&self, operation: Operation, to: &str, ty: Option<u32>, content: &str) -> Response {
        let mut request = Request::new(operation, to);
        request.resource_type = ty;
        request.content = Some(json::decode(content.as_bytes(), 64).unwrap());
        self.send(request).await
    }

    async fn create(&self, to: &str, ty: u32, content: &str) -> Response {
        self.carry(Operation::Create, to, Some(ty), content).await
    }

    /// Creates numbered instances, one after the other.
    pub async fn instances(&self, range: Range<u32>) {
        for number in range {
            let instance = format!(r#"{{"m2m:cin":{{"con":"{number}"}}}}"#);
            assert_eq!(self.create("cse-in/ae/c", 4, &instance).await.status, Status::CREATED);
        }
    }

    /// Subscribes to the container. Answers the identifier.
    pub async fn subscribe(&self, name: &str, targets: &[&str], more: &str) -> String {
        let created = self.try_subscribe(name, targets, more).await;
        assert_eq!(created.status, Status::CREATED, "{:?}", created.value());
        created.attributes().unwrap().get("ri").and_then(Value::as_text).unwrap().to_owned()
    }

    pub async fn try_subscribe(&self, name: &str, targets: &[&str], more: &str) -> Response {
        let subscription = format!(r#"{{"m2m:sub":{{"rn":"{name}","nu":{targets:?},{more}}}}}"#);
        self.create("cse-in/ae/c", 23, &subscription).await
    }

    /// From now on the AE can be called there.
    pub async fn reachable_at(&self, urls: &[&str]) {
        let update = format!(r#"{{"m2m:ae":{{"rr":true,"poa":{urls:?}}}}}"#);
        assert_eq!(self.carry(Operation::Update, "cse-in/ae", None, &update).await.status, Status::UPDATED);
    }

    /// Tries to give the container a label.
    pub async fn label(&self, label: &str) -> Status {
        let update = format!(r#"{{"m2m:cnt":{{"lbl":["{label}"]}}}}"#);
        self.carry(Operation::Update, "cse-in/ae/c", None, &update).await.status
    }

    pub async fn labels(&self) -> Vec<String> {
        let container = self.send(Request::retrieve("cse-in/ae/c")).await.attributes().unwrap();
        let labels = container.get("lbl").and_then(Value::as_list).unwrap_or_default();
        labels.iter().map(|label| label.as_text().unwrap().to_owned()).collect()
    }
}

/// The contents of the instances that a receiver was told of, as often as it was.
pub fn events(came: &[Came]) -> Vec<String> {
    let content = |came: &Came| came.body["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"].as_str().map(str::to_owned);
    came.iter().filter_map(content).collect()
}

/// Waits until a receiver was told of so many instances, and answers their numbers as they came for the first time.
pub async fn told(sink: &Sink, count: usize) -> Vec<u32> {
    let mut requests = 0;
    loop {
        let came = sink.wait_for(requests).await;
        let mut numbers: Vec<u32> = Vec::new();
        for event in events(&came) {
            let number = event.parse().unwrap();
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        if numbers.len() >= count {
            return numbers;
        }
        requests = came.len() + 1;
    }
}
