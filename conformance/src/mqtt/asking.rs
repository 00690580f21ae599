//! Asking by way of a broker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use onem2m_cse::binding::{BoxFuture, Caller, message};
use onem2m_cse::codec::format::Format;
use onem2m_cse::engine::Failure;
use onem2m_cse::primitive::{Request, Response};
use onem2m_cse::schema::Registry;
use onem2m_cse::value::SmolStr;
use rumqttc::{AsyncClient, EventLoop, Publish, QoS};
use tokio::sync::{OnceCell, oneshot};

use super::{format_of, level};

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
        let filters = [format!("/oneM2M/resp/+/{cse}/+"), format!("/oneM2M/reg_resp/+/{cse}/+")];
        let (client, pump) = super::connect(broker, &filters).await.map_err(Failure::Unreachable)?;
        tokio::spawn(listen(pump, Arc::clone(&self.waiting)));
        Ok(client)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SmolStr, oneshot::Sender<Response>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands out responses until the connection ends for good.
async fn listen(pump: EventLoop, waiting: Waiting) {
    super::pump(pump, |publish: Publish| {
        let response = message::response(format_of(&publish.topic), &publish.payload, Registry::shared());
        if let Ok(response) = response {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(told) = waiting.remove(&response.request_identifier) {
                let _ = told.send(response);
            }
        }
    })
    .await;
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
