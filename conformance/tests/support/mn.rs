//! As much of an MN-CSE as the tests about its registrar need: AEs register with it, it announces those whose identifier the
//! service provider gives, and an upper tester has it ask its registrar.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use onem2m_conformance::ask::{Answer as Seen, inside, to_json, value};
use onem2m_conformance::trigger::Trigger;
use onem2m_cse::binding::http::{HttpConfig, UPPER_TESTER_PATH};
use onem2m_cse::binding::{Answer, Binding as _, BoxFuture, Door, Health, Listening, UpperTesterCommand};
use onem2m_cse::client::Client;
use onem2m_cse::primitive::{Content, Operation, Request, Response, Status};
use serde_json::{Value as Json, json};

/// A running one. It ends with this value.
pub struct Mn {
    /// Where it is.
    pub url: String,
    inside: Arc<Inside>,
    _server: Box<dyn Listening>,
}

/// What is wrong with it: with what it asks its registrar, and with what it answers AEs.
pub type Faults = (fn(&mut Request), fn(&mut Json));

struct Inside {
    faults: Faults,
    registrar: OnceLock<String>,
    /// By name.
    aes: Mutex<BTreeMap<String, Json>>,
}

impl Mn {
    /// Starts one.
    pub async fn start(faults: Faults) -> Self {
        let inside = Arc::new(Inside { faults, registrar: OnceLock::new(), aes: Mutex::default() });
        let config = HttpConfig {
            addresses: vec!["127.0.0.1:0".parse().unwrap()],
            upper_tester: true,
            allow_plaintext: true,
            ..HttpConfig::default()
        };
        let door = Arc::new(Outside(Arc::clone(&inside)));
        let server = Box::new(config).serve(door).await.unwrap();
        let url = server.addresses().remove(0).trim_end_matches('/').to_owned();
        Self { url, inside, _server: server }
    }

    /// Its registrar.
    pub fn goes_to(&self, registrar: &str) {
        self.inside.registrar.set(registrar.to_owned()).unwrap();
    }

    /// How it is brought to send something.
    pub fn trigger(&self) -> Trigger {
        Trigger::new(&format!("{}{UPPER_TESTER_PATH}", self.url))
    }
}

impl Inside {
    async fn ask(&self, mut request: Request) -> Option<Seen> {
        (self.faults.0)(&mut request);
        let client = Client::builder(self.registrar.get()?).build().unwrap();
        request.request_identifier = String::new().into();
        client.request(request).await.ok().map(Seen::new)
    }

    /// TS-0001 10.2.2.2, case a for a stem that is `S`, and case b.
    async fn register(&self, request: Request) -> Response {
        let mut ae = request.content.as_ref().map(to_json).unwrap();
        let mut stem = request.originator.as_deref().unwrap_or_default().to_owned();
        let link = json!({"m2m:aeA": {"lnk": format!("/mn/{stem}"), "api": inside(&ae)["api"]}});
        if stem == "S" {
            let mut announce = Request::new(Operation::Create, "/conformance/conformance-cse");
            announce.resource_type = Some(10002);
            let answer = self.ask(with(announce, "/mn/S", &link)).await;
            stem = answer.map(|answer| answer.text("ri")).unwrap_or_default();
        } else {
            let update = Request::new(Operation::Update, format!("/conformance/{stem}"));
            let link = json!({"m2m:aeA": {"lnk": format!("/mn/{stem}")}});
            self.ask(with(update, &format!("/mn/{stem}"), &link)).await;
        }
        let attributes = ae["m2m:ae"].as_object_mut().unwrap();
        attributes.insert("aei".into(), json!(stem));
        attributes.insert("ri".into(), json!(stem));
        (self.faults.1)(&mut ae);
        let name = inside(&ae)["rn"].as_str().unwrap().to_owned();
        self.aes.lock().unwrap().insert(name, ae.clone());
        shown(&ae, Status::CREATED, &request)
    }

    async fn deregister(&self, name: String, request: Request) -> Response {
        let gone = self.aes.lock().unwrap().remove(&name).unwrap();
        let stem = inside(&gone)["aei"].as_str().unwrap().to_owned();
        let update = Request::new(Operation::Update, format!("/conformance/{stem}"));
        self.ask(with(update, &format!("/mn/{stem}"), &json!({"m2m:aeA": {"lnk": "INACTIVE"}}))).await;
        Response::new(Status::DELETED, &request)
    }
}

fn with(mut request: Request, originator: &str, content: &Json) -> Request {
    request.originator = Some(originator.into());
    request.content = Some(value(content));
    request
}

fn shown(ae: &Json, status: Status, request: &Request) -> Response {
    let mut response = Response::new(status, request);
    response.content = Some(Content::Value(value(ae)));
    response
}

/// What the server knocks at.
struct Outside(Arc<Inside>);

impl Door for Outside {
    fn request(&self, request: Request) -> Answer {
        let inside = Arc::clone(&self.0);
        let name = request.to.rsplit('/').next().unwrap_or_default().to_owned();
        if request.to.starts_with("/conformance") {
            let taken = Response::new(Status::OK, &request);
            return Answer::Later(Box::pin(async move {
                inside.ask(request).await;
                taken
            }));
        }
        match request.operation {
            Operation::Create => Answer::Later(Box::pin(async move { inside.register(request).await })),
            Operation::Delete if self.0.aes.lock().unwrap().contains_key(&name) => {
                Answer::Later(Box::pin(async move { inside.deregister(name, request).await }))
            }
            _ => Answer::Now(match self.0.aes.lock().unwrap().get(&name) {
                Some(ae) => shown(ae, Status::OK, &request),
                None => Response::new(Status::NOT_FOUND, &request),
            }),
        }
    }

    fn is_query_attribute(&self, _short: &str) -> bool {
        false
    }

    fn cse_id(&self) -> &str {
        "/mn"
    }

    fn cse_name(&self) -> &str {
        "mn-cse"
    }

    fn health(&self) -> Health {
        Health::Ready
    }

    fn upper_tester(&self, _command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        Box::pin(async { Err("there are no commands".to_owned()) })
    }
}
