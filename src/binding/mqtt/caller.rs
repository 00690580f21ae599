//! Requests to others by way of a broker: ours, or the one at which they say they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::asking::Asking;
use super::backoff::number;
use super::broker::{Broker, BrokerUrl};
use super::config::{MqttConfig, MqttSession};
use super::line::{Command, Line, State};
use super::outbox::Outgoing;
use super::topic::{Own, registration_filter, response_filter};
use super::transport::{Transport, Transports};
use super::way::{Way, is_nameless};
use super::wire::Dial;
use crate::binding::{BoxFuture, Caller};
use crate::codec::encode;
use crate::codec::format::Format;
use crate::codec::primitive::{from_request, wrap_request};
use crate::engine::Failure;
use crate::primitive::{Request, Response, Status};
use crate::schema::Registry;
use crate::value::SmolStr;

/// How many commands wait for a line; a further one waits to wait.
const COMMANDS: usize = 64;

/// A line as whoever asks sees it.
#[derive(Clone)]
pub(super) struct Handle {
    pub commands: mpsc::Sender<Command>,
    pub asking: Asking,
}

impl Handle {
    /// A handle, and its other end.
    pub fn new() -> (Self, mpsc::Receiver<Command>) {
        let (commands, receiver) = mpsc::channel(COMMANDS);
        (Self { commands, asking: Asking::default() }, receiver)
    }
}

/// What the two directions of the binding share.
pub(super) struct Shared {
    pub config: MqttConfig,
    pub prefix: String,
    pub broker: Broker,
    pub transports: Transports,
    pub registry: Arc<Registry>,
    /// Set when the binding serves.
    pub main: OnceLock<(Handle, Own)>,
    pub others: Mutex<HashMap<Broker, Handle>>,
    pub closing: watch::Sender<bool>,
}

/// The way out.
pub(super) struct MqttCaller(pub Arc<Shared>);

impl Shared {
    /// The line to a broker.
    async fn line(&self, broker: &Broker, own: &Own) -> Result<Handle, Failure> {
        let transport = self.transports.to(broker).await.map_err(Failure::Impossible)?;
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = others.get(broker).filter(|handle| !handle.commands.is_closed()) {
            return Ok(handle.clone());
        }
        others.retain(|_, handle| !handle.commands.is_closed());
        if others.len() >= self.config.limits.brokers {
            return Err(Failure::Unreachable("too many MQTT brokers are talked to".into()));
        }
        let (handle, commands) = Handle::new();
        others.insert(broker.clone(), handle.clone());
        // Under a name of its own: were it our broker by another address, the same name would throw us out there.
        let client_id = format!("C::{}:{:08x}", own.cse, number() as u32);
        let line = Line {
            dial: dial(&self.config, (broker.clone(), transport), client_id, true),
            session: MqttSession::Clean,
            filters: vec![response_filter("", &own.cse)],
            own: own.clone(),
            service: None,
            registry: Arc::clone(&self.registry),
            asking: handle.asking.clone(),
            commands,
            closing: self.closing.subscribe(),
            state: watch::Sender::new(State::Begins),
            limits: self.config.limits.clone(),
        };
        tokio::spawn(line.run());
        Ok(handle)
    }

    async fn exchange(
        &self,
        format: Format,
        url: &str,
        mut request: Request,
        patience: Duration,
    ) -> Result<Response, Failure> {
        let impossible = |reason: String| Failure::Impossible(format!("{url}: {reason}"));
        let unreachable = |reason: &dyn std::fmt::Display| Failure::Unreachable(format!("{url}: {reason}"));
        let (main, own) = self.main.get().ok_or_else(|| unreachable(&"MQTT is not running"))?;
        let parsed = BrokerUrl::parse(url).map_err(Failure::Impossible)?;
        let way = Way::find(own, &self.prefix, &parsed, &request, format).map_err(impossible)?;
        let (is_main, handle) = match parsed.broker == self.broker {
            true => (true, main.clone()),
            false => (false, self.line(&parsed.broker, own).await?),
        };
        let gone = |_| unreachable(&"the connection to the broker is closed");
        let asked = match &way.answers {
            Some((receiver, prefix)) => {
                let heard = if is_main { self.prefix.as_str() } else { "" };
                if prefix != heard {
                    let filter = response_filter(prefix, &own.cse);
                    handle.commands.send(Command::Listen(filter)).await.map_err(|_| gone(()))?;
                }
                if is_nameless(&request) {
                    let filter = registration_filter(prefix, &own.cse);
                    handle.commands.send(Command::Listen(filter)).await.map_err(|_| gone(()))?;
                }
                Some(handle.asking.enter(&mut request, receiver))
            }
            None => None,
        };
        let value = match way.format {
            // A document needs a root.
            Format::Xml => wrap_request(&request),
            Format::Json | Format::Cbor => from_request(&request).into(),
        };
        let message = Outgoing { topic: way.topic, payload: encode(way.format, &value, &self.registry) };
        let (told, taken) = oneshot::channel();
        handle.commands.send(Command::Publish(message, told)).await.map_err(|_| gone(()))?;
        // Half of the time for the broker to come back, and half for the answer.
        let taken = tokio::time::timeout(patience.checked_div(2).unwrap_or(patience), taken).await;
        let taken = taken.map_err(|_| unreachable(&"the broker is away"))?;
        taken.map_err(|_| gone(()))?.map_err(|reason| unreachable(&reason))?;
        match asked {
            Some((place, response)) => {
                let outcome = response.await.unwrap_or_else(|_| Err(gone(())));
                drop(place);
                outcome
            }
            // TS-0010 6.6: such a topic need not be one of the binding's. The broker has it, and nobody says more.
            None => Ok(Response::new(Status::OK, &request)),
        }
    }
}

/// What a connection is made of. The login is for our own broker.
pub(super) fn dial(config: &MqttConfig, to: (Broker, Transport), client_id: String, clean: bool) -> Dial {
    let limits = &config.limits;
    Dial {
        broker: to.0,
        transport: to.1,
        version: config.version,
        client_id,
        login: None,
        keep_alive: config.keep_alive,
        connect_timeout: limits.connect_timeout,
        clean,
        packet_bytes: limits.message_bytes.saturating_mul(16),
        window: limits.unacknowledged,
        receive: u16::try_from(limits.in_flight).unwrap_or(u16::MAX),
    }
}

impl Caller for MqttCaller {
    fn schemes(&self) -> &[&str] {
        &["mqtt", "mqtts"]
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
        let shared = Arc::clone(&self.0);
        Box::pin(async move {
            let exchange = tokio::time::timeout(limit, shared.exchange(format, &url, request, limit)).await;
            exchange.unwrap_or(Err(Failure::TimedOut))
        })
    }
}
