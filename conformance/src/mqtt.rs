//! MQTT as a tester needs it: whoever asks, the topic says so. A CSE's own caller speaks for its CSE only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use onem2m_cse::binding::{BoxFuture, Caller, message};
use onem2m_cse::codec::format::Format;
use onem2m_cse::engine::Failure;
use onem2m_cse::primitive::{Request, Response};
use onem2m_cse::schema::Registry;
use onem2m_cse::value::SmolStr;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, NetworkOptions, Packet, QoS};
use tokio::sync::{OnceCell, oneshot};

/// The most bytes of a message.
const LARGEST: usize = 4 << 20;

/// Messages that wait for the socket.
const QUEUE: usize = 64;

type Waiting = Arc<Mutex<HashMap<SmolStr, oneshot::Sender<Response>>>>;

/// Carries requests to one CSE by way of a broker: `mqtt://host:port#/cse-id`. Clones share the connection, which is made
/// with the first request.
#[derive(Clone, Default)]
pub struct MqttTester {
    waiting: Waiting,
    client: Arc<OnceCell<AsyncClient>>,
}

impl std::fmt::Debug for MqttTester {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MqttTester").finish_non_exhaustive()
    }
}

impl MqttTester {
    async fn carry(&self, format: Format, url: &str, request: &Request) -> Result<Response, Failure> {
        let impossible = |reason: &str| Failure::Impossible(format!("{url}: {reason}"));
        let (broker, cse) = url.split_once('#').ok_or_else(|| impossible("expected mqtt://host:port#/cse-id"))?;
        let cse = level(cse);
        let client = self.client.get_or_try_init(|| self.connect(broker, &cse)).await?;
        let originator = request.originator.as_deref().unwrap_or_default();
        let spelled = format.name().to_ascii_lowercase();
        // TS-0010 6.4.4: whoever has no identifier yet registers under another name.
        let topic = match originator {
            "" | "C" | "S" => format!("/oneM2M/reg_req/{}/{cse}/{spelled}", level(&request.request_identifier)),
            known => format!("/oneM2M/req/{}/{cse}/{spelled}", level(known)),
        };
        let (told, heard) = oneshot::channel();
        self.lock().insert(request.request_identifier.clone(), told);
        let payload = message::request(format, request, Registry::shared());
        let unreachable = |error: &dyn std::fmt::Display| Failure::Unreachable(format!("{url}: {error}"));
        client.publish(topic, QoS::AtLeastOnce, false, payload).await.map_err(|error| unreachable(&error))?;
        heard.await.map_err(|error| unreachable(&error))
    }

    async fn connect(&self, broker: &str, cse: &str) -> Result<AsyncClient, Failure> {
        let impossible = || Failure::Impossible(format!("{broker}: expected mqtt://host:port"));
        let rest = broker.strip_prefix("mqtt://").ok_or_else(impossible)?.trim_end_matches('/');
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "1883"));
        let port = port.parse().map_err(|_| impossible())?;
        let mut options = MqttOptions::new(format!("conformance-{:p}", Arc::as_ptr(&self.waiting)), host, port);
        options.set_max_packet_size(LARGEST, LARGEST).set_keep_alive(Duration::from_secs(30));
        let (client, mut pump) = AsyncClient::new(options, QUEUE);
        // Or every message waits for the acknowledgement of the one before.
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        pump.set_network_options(network);
        tokio::spawn(listen(pump, Arc::clone(&self.waiting)));
        for filter in [format!("/oneM2M/resp/+/{cse}/+"), format!("/oneM2M/reg_resp/+/{cse}/+")] {
            let subscribed = client.subscribe(filter, QoS::AtLeastOnce).await;
            subscribed.map_err(|error| Failure::Unreachable(error.to_string()))?;
        }
        Ok(client)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SmolStr, oneshot::Sender<Response>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands out responses until the connection ends for good.
async fn listen(mut pump: EventLoop, waiting: Waiting) {
    let mut failures = 0_u32;
    while failures < 10 {
        match pump.poll().await {
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let spelled = publish.topic.rsplit('/').next().unwrap_or_default();
                let format = Format::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(spelled));
                let response = message::response(format.unwrap_or(Format::Json), &publish.payload, Registry::shared());
                if let Ok(response) = response {
                    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(told) = waiting.remove(&response.request_identifier) {
                        let _ = told.send(response);
                    }
                }
            }
            Ok(_) => failures = 0,
            Err(_) => {
                failures = failures.saturating_add(1);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// An identifier as a level of a topic (TS-0010 6.4.2).
fn level(id: &str) -> String {
    match id.strip_prefix("//") {
        Some(absolute) => format!(":{}", absolute.replace('/', ":")),
        None => id.trim_start_matches('/').replace('/', ":"),
    }
}

impl Caller for MqttTester {
    fn schemes(&self) -> &[&str] {
        &["mqtt"]
    }

    fn call(&self, url: SmolStr, request: Request, limit: Duration) -> BoxFuture<Result<Response, Failure>> {
        self.call_in(Format::Json, url, request, limit)
    }

    fn call_in(
        &self,
        format: Format,
        url: SmolStr,
        request: Request,
        limit: Duration,
    ) -> BoxFuture<Result<Response, Failure>> {
        let tester = self.clone();
        Box::pin(async move {
            let answer = tokio::time::timeout(limit, tester.carry(format, &url, &request)).await;
            tester.lock().remove(&request.request_identifier);
            answer.unwrap_or(Err(Failure::TimedOut))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_levels_without_slashes() {
        assert_eq!((level("/id-in/Cae"), level("//sp/id-in")), ("id-in:Cae".into(), ":sp:id-in".into()));
    }
}
