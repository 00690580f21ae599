//! Applications at a broker: each originator asks, and is asked, under its own name (TS-0010 6.4.2).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::backoff::number;
use super::broker::{Broker, BrokerUrl};
use super::config::{MqttConfig, MqttLimits, MqttSession};
use super::entity::EntityDoor;
use super::server::MqttBinding;
use super::topic::escape;
use crate::binding::after::After as _;
use crate::binding::{Binding as _, BoxFuture, Caller, Door, Listening};
use crate::codec::format::Format;
use crate::engine::Failure;
use crate::primitive::{Request, Response};
use crate::schema::Registry;
use crate::value::SmolStr;

/// An MQTT client for entities that are no CSE, or one that is elsewhere: a connection to the broker for each originator. Cheap
/// to clone; clones share the connections. They close when the last clone is dropped.
///
/// Its URLs name the CSE: `mqtt://broker:1883/id-in`, with the prefix of its topics, if there is one, in front of that.
#[derive(Clone)]
pub struct MqttClient {
    config: MqttConfig,
    registry: Arc<Registry>,
    door: Option<Arc<dyn Door>>,
    lines: Arc<Mutex<HashMap<Name, Arc<OnceCell<Entity>>>>>,
}

/// Who talks where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name {
    place: Place,
    originator: SmolStr,
}

/// Where a CSE is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    broker: Broker,
    prefix: String,
    /// The CSE-ID without its slash, or with what else stands in front of it.
    cse: String,
}

/// A connection that runs until it is dropped.
struct Entity {
    caller: Arc<dyn Caller>,
    _listening: Box<dyn Listening>,
}

impl std::fmt::Debug for MqttClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MqttClient").field("config", &self.config).finish_non_exhaustive()
    }
}

impl MqttClient {
    /// A client. Of the configuration, the broker, the prefix and the session do not count: the URLs say the first two, and
    /// nothing is kept for who is away. Without a `client_id`, each connection has one of its own, `A::`, the originator and
    /// some digits; with one, there can be but one originator. `limits.brokers` is how many there can be otherwise.
    #[must_use]
    pub fn new(config: MqttConfig) -> Self {
        Self { config, registry: Arc::clone(Registry::shared()), door: None, lines: Arc::default() }
    }

    /// The same client, and requests that come for its originators are handed in at this door. Without one, they are answered
    /// 4005.
    #[must_use]
    pub fn with_door(mut self, door: Arc<dyn Door>) -> Self {
        (self.door, self.lines) = (Some(door), Arc::default());
        self
    }

    /// The same client with other schemas than the standard's: XML cannot be read or written without them.
    #[must_use]
    pub fn with_registry(mut self, registry: Arc<Registry>) -> Self {
        self.registry = registry;
        self
    }

    async fn exchange(
        &self,
        format: Format,
        url: &str,
        request: Request,
        limit: Duration,
    ) -> Result<Response, Failure> {
        let until = Instant::now().after(limit);
        let place = Place::parse(url).map_err(Failure::Impossible)?;
        let target = place.receiver();
        // TS-0001 10.2.2.2: `C` and `S` ask for an AE-ID that begins like this.
        let named = request.originator.clone().filter(|name| !matches!(name.as_str(), "C" | "S"));
        let line = named.as_ref().map(|name| self.line(&place, name)).transpose()?.unwrap_or_default();
        let entity = line.get_or_try_init(|| self.open(&place, named.as_deref())).await?;
        let rest = until.saturating_duration_since(Instant::now());
        entity.caller.call_in(format, target, request, rest).await
    }

    /// A place for the connection of an originator.
    fn line(&self, place: &Place, originator: &SmolStr) -> Result<Arc<OnceCell<Entity>>, Failure> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let most = if self.config.client_id.is_some() { 1 } else { self.config.limits.brokers };
        let name = Name { place: place.clone(), originator: originator.clone() };
        if !lines.contains_key(&name) && lines.len() >= most {
            lines.retain(|_, line| line.initialized());
        }
        if !lines.contains_key(&name) && lines.len() >= most {
            return Err(Failure::NotSent(format!("at most {most} originators speak over MQTT")));
        }
        Ok(Arc::clone(lines.entry(name).or_default()))
    }

    /// Connects. Who has no name yet gets one for the topics (TS-0010 6.4.4).
    async fn open(&self, place: &Place, originator: Option<&str>) -> Result<Entity, Failure> {
        let digits = number() as u32;
        // A broker that knows its clients lets them speak under their names only.
        let credential = self.config.login.as_ref().map(|login| login.username.clone());
        let nameless = || credential.unwrap_or_else(|| format!("new-{digits:08x}"));
        let name = originator.map_or_else(nameless, str::to_owned);
        let kind = if name.starts_with('/') { 'C' } else { 'A' };
        let id = || format!("{kind}::{}:{digits:08x}", escape(&name));
        let mut binding = MqttBinding::of_application(MqttConfig {
            broker: place.broker.to_string(),
            topic_prefix: place.prefix.clone(),
            client_id: Some(self.config.client_id.clone().unwrap_or_else(id)),
            session: MqttSession::Clean,
            // The CSE passes on what others have to say.
            transit_cses: vec![format!("/{}", place.cse)],
            // Whoever gives the URL has chosen.
            allow_plaintext: true,
            limits: MqttLimits {
                // A notification that was not taken is said again in the same words, and is to be taken then.
                resend_window: Duration::ZERO,
                ..self.config.limits.clone()
            },
            ..self.config.clone()
        });
        let impossible = || Failure::Impossible(format!("{}: cannot be used", place.broker));
        let caller = binding.caller(&self.registry).ok_or_else(impossible)?;
        let door = EntityDoor { name, door: self.door.clone(), registry: Arc::clone(&self.registry) };
        let listening = Box::new(binding).serve(Arc::new(door)).await;
        let listening = listening.map_err(|error| Failure::NotSent(error.to_string()))?;
        Ok(Entity { caller, _listening: listening })
    }
}

impl Place {
    fn parse(url: &str) -> Result<Self, String> {
        let BrokerUrl { broker, path, .. } = BrokerUrl::parse(url)?;
        let path = path.trim_end_matches('/');
        let (prefix, cse) = path.rsplit_once('/').unwrap_or(("", path));
        if cse.is_empty() {
            return Err(format!("{url}: expected the CSE-ID behind the broker, such as {broker}/id-in"));
        }
        Ok(Self { broker, prefix: prefix.to_owned(), cse: cse.to_owned() })
    }

    /// The URL by which a request is sent to it.
    fn receiver(&self) -> SmolStr {
        let Self { broker, prefix, cse } = self;
        let slash = if prefix.is_empty() { "" } else { "/" };
        format!("{broker}{slash}{prefix}#{cse}").into()
    }
}

impl Caller for MqttClient {
    fn schemes(&self) -> &[&str] {
        if cfg!(feature = "tls") { &["mqtt", "mqtts"] } else { &["mqtt"] }
    }

    fn point_of_access(&self, url: &str) -> Option<SmolStr> {
        let Place { broker, prefix, .. } = Place::parse(url).ok()?;
        Some(if prefix.is_empty() { broker.to_string() } else { format!("{broker}/{prefix}") }.into())
    }

    fn answering(&self, door: Arc<dyn Door>) -> Option<Arc<dyn Caller>> {
        Some(Arc::new(self.clone().with_door(door)))
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
        let client = self.clone();
        Box::pin(async move {
            let exchange = tokio::time::timeout(limit, client.exchange(format, &url, request, limit)).await;
            exchange.unwrap_or(Err(Failure::TimedOut))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_broker_prefix_and_cse() {
        for (url, receiver, point) in [
            ("mqtt://h/id-in", "mqtt://h:1883#id-in", "mqtt://h:1883"),
            ("mqtt://h:7/site/7/id-in/", "mqtt://h:7/site/7#id-in", "mqtt://h:7/site/7"),
        ] {
            let place = Place::parse(url).unwrap();
            assert_eq!(place.receiver(), receiver);
            assert_eq!(MqttClient::new(MqttConfig::default()).point_of_access(url).as_deref(), Some(point));
        }
        assert!(Place::parse("mqtt://h").unwrap_err().contains("mqtt://h:1883/id-in"));
    }
}
