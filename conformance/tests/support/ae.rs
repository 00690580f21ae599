//! An AE that is built with this project's client. It does what its upper tester says, and takes notifications.

use std::sync::{Arc, OnceLock};

use onem2m_conformance::ask::{to_json, value};
use onem2m_conformance::trigger::Trigger;
use onem2m_cse::binding::http::{HttpConfig, UPPER_TESTER_PATH};
use onem2m_cse::binding::{Answer, Binding as _, BoxFuture, Door, Health, Listening, UpperTesterCommand};
use onem2m_cse::client::Client;
use onem2m_cse::codec::{json, primitive};
use onem2m_cse::primitive::{Operation, Request, Response, Status};
use serde_json::{Map, Value as Json, json};

/// A running one. It ends with this value.
pub struct Ae {
    url: String,
    door: Arc<Inside>,
    _server: Box<dyn Listening>,
}

struct Inside {
    fault: fn(&mut Request),
    is_polite: bool,
    registrar: OnceLock<String>,
    url: OnceLock<String>,
}

impl Ae {
    /// Starts one that changes each request before it sends it. An impolite one refuses notifications.
    pub async fn start(fault: fn(&mut Request), is_polite: bool) -> Self {
        let (registrar, url) = (OnceLock::new(), OnceLock::new());
        let door = Arc::new(Inside { fault, is_polite, registrar, url });
        let config = HttpConfig {
            addresses: vec!["127.0.0.1:0".parse().unwrap()],
            upper_tester: true,
            allow_plaintext: true,
            ..HttpConfig::default()
        };
        let server = Box::new(config).serve(Arc::<Inside>::clone(&door)).await.unwrap();
        let url = server.addresses().remove(0).trim_end_matches('/').to_owned();
        door.url.set(url.clone()).unwrap();
        Self { url, door, _server: server }
    }

    /// Its registrar.
    pub fn goes_to(&self, registrar: &str) {
        self.door.registrar.set(registrar.to_owned()).unwrap();
    }

    /// How it is brought to send something.
    pub fn trigger(&self) -> Trigger {
        Trigger::new(&format!("{}{UPPER_TESTER_PATH}", self.url))
    }
}

impl Door for Inside {
    fn request(&self, mut request: Request) -> Answer {
        if request.operation == Operation::Notify {
            let status = if self.is_polite { Status::OK } else { Status::INTERNAL_SERVER_ERROR };
            return Answer::Now(Response::new(status, &request));
        }
        let taken = Response::new(Status::OK, &request);
        let told_at = format!("{}/told", self.url.get().unwrap());
        if request.resource_type == Some(23) {
            change(&mut request, |members| drop(members.insert("nu".into(), json!([told_at]))));
        }
        (self.fault)(&mut request);
        let registrar = self.registrar.get().unwrap().clone();
        Answer::Later(Box::pin(async move {
            send(&registrar, request).await;
            taken
        }))
    }

    fn is_query_attribute(&self, _short: &str) -> bool {
        false
    }

    fn cse_id(&self) -> &str {
        "/ae"
    }

    fn cse_name(&self) -> &str {
        "ae"
    }

    fn health(&self) -> Health {
        Health::Ready
    }

    fn upper_tester(&self, _command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        Box::pin(async { Err("this is an AE".to_owned()) })
    }
}

/// The request primitive that a text holds.
pub fn read(text: &str) -> Request {
    primitive::to_request(&json::decode(text.as_bytes(), json::DEFAULT_DEPTH).unwrap()).unwrap()
}

/// Sends a request with the client.
pub async fn send(registrar: &str, mut request: Request) {
    let client = Client::builder(registrar).build().unwrap();
    request.request_identifier = String::new().into();
    let _ = client.request(request).await;
}

/// Changes the attributes of the resource in a request.
pub fn change(request: &mut Request, how: impl FnOnce(&mut Map<String, Json>)) {
    let mut content = request.content.as_ref().map(to_json).unwrap_or_default();
    let inside = content.as_object_mut().and_then(|content| content.values_mut().next());
    if let Some(members) = inside.and_then(Json::as_object_mut) {
        how(members);
        request.content = Some(value(&content));
    }
}
