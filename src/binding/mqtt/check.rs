//! Whether a broker keeps to itself what this CSE says.

use std::time::Duration;

use bytes::Bytes;

use super::backoff::number;
use super::caller::dial;
use super::config::MqttConfig;
use super::server::MqttError;
use super::topic::{Kind, Topic, escape, filters};
use super::transport::Transports;
use super::wire::{Event, Loss, Wire};

/// How long a message may take from one client of a broker to another.
const PASSAGE: Duration = Duration::from_secs(2);

/// What a client without a name can do at the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerCheck {
    /// Nothing: it is not let in.
    Closed,
    /// It is let in, and does not hear what this CSE says.
    Deaf,
    /// It hears what this CSE says to others. Access lists are missing; `docs/mqtt.md` has them.
    Listens,
}

impl MqttConfig {
    /// Tries whether the broker lets a client without a name listen to the topics of a CSE, `/id-in` for instance: one such
    /// client listens, and then this CSE says something to somebody who does not exist. Takes up to some seconds. What is
    /// said disturbs nobody, also when the CSE is running.
    ///
    /// # Errors
    /// [`MqttError`], when the configuration cannot be used, or the broker is not reached or refuses the CSE itself.
    pub async fn check_broker(&self, cse_id: &str) -> Result<BrokerCheck, MqttError> {
        let broker = self.usable()?;
        let transport = Transports::new(self).to(&broker).await.map_err(MqttError::Broker)?;
        let to = (broker, transport);
        let (cse, prefix) = (escape(cse_id), &self.topic_prefix);
        let name = |who: &str| format!("{who}{:08x}", number() as u32);
        let mut own = dial(self, to.clone(), name(&format!("C::{cse}:check")), true);
        own.login.clone_from(&self.login);
        let mut speaker = Wire::open(&own);
        up(&mut speaker).await.map_err(|loss| self.failed(&loss))?;
        let mut listener = Wire::open(&dial(self, to, name("anybody"), true));
        match up(&mut listener).await {
            Ok(()) => {}
            Err(Loss::Refused(_)) => return Ok(BrokerCheck::Closed),
            Err(loss) => return Err(self.failed(&loss)),
        }
        let mut wanted: Vec<String> = filters(prefix, &cse, true);
        wanted.extend([format!("{prefix}/oneM2M/resp/+/{cse}/+"), format!("{prefix}/oneM2M/req/{cse}/+/+")]);
        listener.subscribe(&wanted);
        let nobody = name("nobody-");
        let says = |kind, originator: &str, receiver: &str| {
            let (originator, receiver) = (originator.to_owned(), receiver.to_owned());
            Topic { kind, originator, receiver, serialization: "json".to_owned() }.name(prefix)
        };
        let said = [says(Kind::Request, &cse, &nobody), says(Kind::Response, &nobody, &cse)];
        let listens = async {
            loop {
                match listener.event().await {
                    Event::Subscribed(_) => {
                        for topic in &said {
                            speaker.publish(topic, Bytes::from_static(b"{}"));
                        }
                    }
                    Event::Message(message) if said.contains(&message.topic) => return BrokerCheck::Listens,
                    Event::Lost(_) => return BrokerCheck::Deaf,
                    _ => {}
                }
            }
        };
        Ok(tokio::time::timeout(PASSAGE, listens).await.unwrap_or(BrokerCheck::Deaf))
    }

    fn failed(&self, loss: &Loss) -> MqttError {
        let broker = self.broker.clone();
        match loss {
            Loss::Refused(reason) => MqttError::Refused { broker, reason: reason.clone() },
            other => MqttError::Unreachable { broker, reason: other.to_string() },
        }
    }
}

async fn up(wire: &mut Wire) -> Result<(), Loss> {
    loop {
        match wire.event().await {
            Event::Up => return Ok(()),
            Event::Lost(loss) => return Err(loss),
            _ => {}
        }
    }
}
