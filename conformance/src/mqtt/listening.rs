//! Being asked by way of a broker: notifications, and requests for a CSE of the tester's own.

use std::sync::Arc;

use onem2m_cse::binding::{Door, message};
use onem2m_cse::primitive::Access;
use rumqttc::{AsyncClient, Publish, QoS};
use tokio::task::JoinHandle;

use super::{format_of, level};
use crate::listener::Room;
use crate::subject::CSE;

/// A client of a broker that answers, until it is dropped.
#[derive(Debug)]
pub struct AtBroker(JoinHandle<()>);

impl AtBroker {
    /// Listens for whatever the subject asks, of whomever, and for whatever anybody asks of the tester as a registrar.
    ///
    /// # Errors
    /// A sentence, when the broker is not there.
    pub(crate) async fn listen(broker: &str, subject: &str, room: Room) -> Result<Self, String> {
        let mut filters = vec![format!("/oneM2M/req/+/{CSE}/+"), format!("/oneM2M/reg_req/+/{CSE}/+")];
        if !subject.is_empty() {
            filters.push(format!("/oneM2M/req/{}/+/+", level(subject)));
        }
        let (client, pump) = super::connect(broker, &filters).await?;
        let task = tokio::spawn(super::pump(pump, move |publish| {
            tokio::spawn(answer(client.clone(), publish, room.clone()));
        }));
        Ok(Self(task))
    }
}

impl Drop for AtBroker {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// TS-0010 6.4.3: the answer goes to the topic of the request, with another word in the middle.
async fn answer(client: AsyncClient, publish: Publish, room: Room) {
    let levels: Vec<&str> = publish.topic.trim_start_matches('/').split('/').collect();
    let [standard, kind @ ("req" | "reg_req"), originator, receiver, format] = levels.as_slice() else { return };
    let kind = kind.replace("req", "resp");
    let door: Arc<dyn Door> = Arc::new(room.of(receiver));
    let said = message::answer(&door, format_of(&publish.topic), &publish.payload, Access::default()).await;
    if let Some(said) = said {
        let topic = format!("/{standard}/{kind}/{originator}/{receiver}/{format}");
        let _ = client.publish(topic, QoS::AtLeastOnce, false, said).await;
    }
}
