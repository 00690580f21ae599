//! Being asked by way of a broker: notifications, and requests for a CSE of the tester's own.

use std::sync::Arc;

use onem2m_cse::binding::{Door, message};
use onem2m_cse::codec::format::Format;
use onem2m_cse::codec::{decode, encode};
use onem2m_cse::primitive::{Access, Operation};
use onem2m_cse::schema::Registry;
use rumqttc::{AsyncClient, Publish, QoS};
use tokio::task::JoinHandle;

use super::format_of;
use crate::ask::{to_json, value};
use crate::listener::Room;
use crate::subject::CSE;

/// A client of a broker that answers, until it is dropped.
#[derive(Debug)]
pub struct AtBroker(JoinHandle<()>);

impl AtBroker {
    /// Listens for whatever the subject asks, of whomever, behind our prefix or none, and for whatever anybody asks of the
    /// tester as a registrar. The subject is a level of topics.
    ///
    /// # Errors
    /// A sentence, when the broker is not there.
    pub(crate) async fn listen(broker: &str, subject: &str, room: Room) -> Result<Self, String> {
        let filters = [
            format!("{CSE}/oneM2M/req/{subject}/+/+"),
            format!("/oneM2M/req/{subject}/+/+"),
            format!("/oneM2M/req/+/{CSE}/+"),
            format!("/oneM2M/reg_req/+/{CSE}/+"),
        ];
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
    let Some((prefix, rest)) = publish.topic.split_once("/oneM2M/") else { return };
    let levels: Vec<&str> = rest.split('/').collect();
    let [kind @ ("req" | "reg_req"), originator, receiver, format] = levels.as_slice() else { return };
    let kind = kind.replace("req", "resp");
    let door: Arc<dyn Door> = Arc::new(room.of(receiver));
    let spelled = format_of(&publish.topic);
    let less = without_what_does_no_harm(spelled, &publish.payload);
    let payload = less.as_deref().unwrap_or(&publish.payload);
    let Some(said) = message::answer(&door, spelled, payload, Access::default()).await else { return };
    let topic = format!("/oneM2M/{kind}/{originator}/{receiver}/{format}");
    // TS-0010 6.6 does not say where a notification is answered that went to a topic of its own: behind the same prefix, or
    // where the subject hears all other answers.
    if !prefix.is_empty() {
        let _ = client.publish(format!("{prefix}{topic}"), QoS::AtLeastOnce, false, said.clone()).await;
    }
    let _ = client.publish(topic, QoS::AtLeastOnce, false, said).await;
}

/// TS-0004 table 7.2.1.1-1 has no such parameters in a NOTIFY, and the library refuses them. Some CSEs send them always; what
/// they notify is to be tested nevertheless.
const NOT_IN_NOTIFICATIONS: [&str; 3] = ["drt", "rcn", "rp"];

fn without_what_does_no_harm(format: Format, payload: &[u8]) -> Option<Vec<u8>> {
    let registry = Registry::shared();
    let mut primitive = to_json(&decode(format, payload, registry).ok()?);
    let bare = primitive.get("m2m:rqp").is_none();
    let members = if bare { &mut primitive } else { primitive.get_mut("m2m:rqp")? }.as_object_mut()?;
    if members.get("op")?.as_u64()? != u64::from(Operation::Notify.number()) {
        return None;
    }
    let before = members.len();
    members.retain(|name, _| !NOT_IN_NOTIFICATIONS.contains(&name.as_str()));
    (members.len() < before).then(|| encode(format, &value(&primitive), registry).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_is_read_although_it_carries_too_much() {
        let asked = br#"{"op":5,"to":"Cae","fr":"/id-in","rqi":"1","rvi":"3","drt":1,"pc":{"m2m:sgn":{"vrq":true}}}"#;
        let less = without_what_does_no_harm(Format::Json, asked).unwrap();
        assert!(!less.windows(5).any(|part| part == b"\"drt\"") && less.windows(5).any(|part| part == b"\"vrq\""));
        let retrieve = br#"{"op":2,"to":"Cae","fr":"/id-in","rqi":"1","rvi":"3","drt":1}"#;
        assert_eq!(without_what_does_no_harm(Format::Json, retrieve), None);
    }
}
