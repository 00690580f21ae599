//! Ways to ask a CSE: in process, and over each binding in each serialization.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use onem2m_cse::binding::Caller;
use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig, CoapConfig};
use onem2m_cse::binding::http::{ClientConfig, HttpClient, HttpConfig};
use onem2m_cse::binding::mqtt::{MqttBinding, MqttClient, MqttConfig, MqttLimits};
use onem2m_cse::binding::ws::{WsClient, WsClientConfig, WsConfig};
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Request, Response};
use onem2m_cse::{Cse, CseConfig};

use crate::own_binding::{Dialer, JsonLines};
use crate::support::mosquitto::Mosquitto;

/// The bindings, by the scheme of their URLs.
pub const NAMES: [&str; 5] = ["http", "ws", "coap", "mqtt", "unix"];

/// A CSE, and a way to ask it.
pub struct Way {
    cse: Cse,
    format: Format,
    /// `None`: in process.
    over: Option<(Arc<dyn Caller>, String)>,
    _directory: tempfile::TempDir,
    _broker: Option<Mosquitto>,
}

impl Way {
    /// Through no binding at all.
    pub async fn in_process() -> Self {
        let cse = Cse::builder(CseConfig::default()).start().await.unwrap();
        Self { cse, format: Format::Json, over: None, _directory: tempfile::tempdir().unwrap(), _broker: None }
    }

    /// Over a binding. `None` when it does not speak the format, or when there is no broker.
    pub async fn open(name: &str, format: Format) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let any = "127.0.0.1:0".parse().unwrap();
        let builder = Cse::builder(CseConfig::default());
        let broker = if name == "mqtt" {
            Some(Mosquitto::with("allow_anonymous true\nset_tcp_nodelay true\n", &[]).await?)
        } else {
            None
        };
        let (builder, caller): (_, Arc<dyn Caller>) = match name {
            "http" => {
                let http = HttpConfig { addresses: vec![any], ..HttpConfig::default() };
                (builder.bind(http), Arc::new(HttpClient::new(ClientConfig::default())))
            }
            "ws" => {
                let ws = WsConfig { addresses: vec![any], ..WsConfig::default() };
                (builder.bind(ws), Arc::new(WsClient::new(WsClientConfig::default())))
            }
            "coap" => {
                let coap = CoapConfig { addresses: vec![any], ..CoapConfig::default() };
                (builder.bind(coap), Arc::new(CoapClient::new(CoapClientConfig::default())))
            }
            "mqtt" => {
                let broker = format!("mqtt://127.0.0.1:{}", broker.as_ref().unwrap().port);
                let mqtt = MqttConfig { broker, ..MqttConfig::default() };
                // Each originator of the stories is a client of the broker.
                let limits = MqttLimits { brokers: 1000, ..MqttLimits::default() };
                let client = MqttClient::new(MqttConfig { limits, ..mqtt.clone() });
                (builder.bind(MqttBinding::new(mqtt)), Arc::new(client))
            }
            "unix" if format == Format::Json => {
                (builder.bind(JsonLines(directory.path().join("cse.sock"))), Arc::new(Dialer))
            }
            "unix" => return None,
            other => panic!("no binding is named {other}"),
        };
        let cse = builder.start().await.unwrap();
        let address = match &broker {
            Some(broker) => format!("mqtt://127.0.0.1:{}/id-in", broker.port),
            None => cse.addresses().remove(0),
        };
        Some(Self { cse, format, over: Some((caller, address)), _directory: directory, _broker: broker })
    }

    /// Asks, and waits for the response.
    pub async fn ask(&self, request: Request) -> Response {
        let Some((caller, address)) = &self.over else { return self.cse.request(request).await };
        // HTTP and CoAP say in the URL what others say in the primitive.
        let url = caller.url(address, &request.to);
        let text = format!("{request:?}");
        let answer = caller.call_in(self.format, url, request, Duration::from_secs(20)).await;
        answer.unwrap_or_else(|failure| panic!("{self}: {failure}: {text}"))
    }

    pub async fn end(self) {
        self.cse.stop().await;
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.over {
            Some((caller, _)) => write!(f, "{} in {}", caller.schemes()[0], self.format.name()),
            None => f.write_str("in process"),
        }
    }
}
