//! The binding as a CSE sees it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use thiserror::Error as ThisError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::broker::{Broker, BrokerUrl};
use super::caller::{Handle, MqttCaller, Shared, dial};
use super::config::{MqttConfig, MqttSession};
use super::line::{Line, State};
use super::service::Service;
use super::topic::{Own, filters, is_sayable};
use super::transport::Transports;
use super::web;
use super::wire::Loss;
use crate::binding::{Binding, BindingLimits, BoxFuture, Caller, Door, Listening};
use crate::error::Error;
use crate::schema::Registry;

/// Why the MQTT binding cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum MqttError {
    /// The broker's URL cannot be used.
    #[error("broker: {0}")]
    Broker(String),
    /// The broker is on another machine, and nothing would be encrypted.
    #[error(
        "broker: {0} is on another machine and would be talked to in clear; allow plaintext if the network is yours"
    )]
    Plaintext(String),
    /// The prefix of topics cannot be used.
    #[error("topic prefix: expected levels without + and #, and no slash around them, got {0:?}")]
    Prefix(String),
    /// The broker does not want this client.
    #[error("{broker} refuses this client ({reason}): look at user name, password, client identifier and URL")]
    Refused {
        /// The broker.
        broker: String,
        /// What it says.
        reason: String,
    },
    /// The broker is not reached.
    #[error("{broker} is not reached: {reason}")]
    Unreachable {
        /// The broker.
        broker: String,
        /// What happened.
        reason: String,
    },
}

/// The MQTT binding: serves requests that come by way of a broker, and carries ours.
///
/// ```no_run
/// use onem2m_cse::binding::mqtt::{MqttBinding, MqttConfig};
/// use onem2m_cse::{Cse, CseConfig};
///
/// # #[tokio::main] async fn main() -> Result<(), onem2m_cse::Error> {
/// let mqtt = MqttConfig { broker: "mqtt://127.0.0.1:1883".into(), ..MqttConfig::default() };
/// let cse = Cse::builder(CseConfig::default()).bind(MqttBinding::new(mqtt)).start().await?;
/// # cse.stop().await;
/// # Ok(()) }
/// ```
pub struct MqttBinding {
    config: MqttConfig,
    /// Whether others register here.
    registers: bool,
    shared: Option<Arc<Shared>>,
}

impl MqttConfig {
    /// The broker, if this configuration can be used.
    ///
    /// # Errors
    /// [`MqttError`], with the remedy in its text.
    pub(super) fn usable(&self) -> Result<Broker, MqttError> {
        let url = BrokerUrl::parse_own(&self.broker).map_err(MqttError::Broker)?;
        let (broker, url) = (url.broker.clone(), BrokerUrl { broker: url.broker.clone(), ..url });
        if !url.path.is_empty() || url.receiver.is_some() {
            return Err(MqttError::Broker(format!(
                "{}: expected nothing behind the port; see topic prefix",
                self.broker
            )));
        }
        web::usable(&broker).map_err(MqttError::Broker)?;
        if broker.tls && !cfg!(feature = "tls") {
            return Err(MqttError::Broker(format!("{broker}: this build has no TLS")));
        }
        if !broker.tls && !broker.is_loopback() && !self.allow_plaintext {
            return Err(MqttError::Plaintext(broker.to_string()));
        }
        let prefix = &self.topic_prefix;
        if !is_sayable(prefix) || prefix.starts_with('/') || prefix.ends_with('/') {
            return Err(MqttError::Prefix(prefix.clone()));
        }
        Ok(broker)
    }
}

impl MqttBinding {
    /// The binding of that configuration, to be given to [`CseBuilder::bind`](crate::CseBuilder::bind).
    #[must_use]
    pub const fn new(config: MqttConfig) -> Self {
        Self { config, registers: true, shared: None }
    }

    /// The same for who is no CSE: nobody registers there.
    pub(super) const fn of_application(config: MqttConfig) -> Self {
        Self { config, registers: false, shared: None }
    }

    fn shared(&mut self, registry: &Arc<Registry>) -> Result<Arc<Shared>, MqttError> {
        if let Some(shared) = &self.shared {
            return Ok(Arc::clone(shared));
        }
        let shared = Arc::new(Shared {
            broker: self.config.usable()?,
            transports: Transports::new(&self.config),
            prefix: self.config.topic_prefix.clone(),
            config: self.config.clone(),
            registry: Arc::clone(registry),
            main: OnceLock::new(),
            others: std::sync::Mutex::default(),
            closing: watch::Sender::new(false),
        });
        self.shared = Some(Arc::clone(&shared));
        Ok(shared)
    }

    async fn start(mut self, door: Arc<dyn Door>) -> Result<MqttListening, MqttError> {
        let shared = self.shared(Registry::shared())?;
        let own = Own::new(door.cse_id(), door.sp_id());
        let (handle, commands) = Handle::new();
        let config = &shared.config;
        let client_id = config.client_id.clone().unwrap_or_else(|| format!("C::{}", own.cse));
        let clean = config.session == MqttSession::Clean;
        let transport = shared.transports.to(&shared.broker).await.map_err(MqttError::Broker)?;
        let mut dial = dial(config, (shared.broker.clone(), transport), client_id, clean);
        dial.login.clone_from(&config.login);
        let (state, mut states) = watch::channel(State::Begins);
        let line = Line {
            dial,
            session: config.session,
            filters: filters(&shared.prefix, &own.cse, self.registers),
            service: Some(Service::new(door, own.clone(), shared.prefix.clone(), config)),
            own: own.clone(),
            registry: Arc::clone(&shared.registry),
            asking: handle.asking.clone(),
            commands,
            closing: shared.closing.subscribe(),
            state,
            limits: config.limits.clone(),
        };
        let task = tokio::spawn(line.run());
        // A second start of the same binding cannot be: it is taken apart by the first.
        let _ = shared.main.set((handle, own));
        let listening = MqttListening { shared, task };
        // A broker that is not there yet is waited for by the line; one that says no is told of at once.
        let known = states.wait_for(|state| *state != State::Begins).await.map(|state| state.clone());
        if let Ok(State::Away(Loss::Refused(reason))) = known {
            let broker = listening.shared.broker.to_string();
            listening.end(Duration::ZERO).await;
            return Err(MqttError::Refused { broker, reason });
        }
        Ok(listening)
    }
}

impl Binding for MqttBinding {
    fn serve(self: Box<Self>, door: Arc<dyn Door>) -> BoxFuture<Result<Box<dyn Listening>, Error>> {
        Box::pin(async move {
            match self.start(door).await {
                Ok(listening) => Ok(Box::new(listening) as Box<dyn Listening>),
                Err(error) => Err(Error::Binding { doing: "starting MQTT".into(), reason: error.to_string() }),
            }
        })
    }

    fn caller(&mut self, registry: &Arc<Registry>) -> Option<Arc<dyn Caller>> {
        // What is wrong with the configuration is told when it is served.
        let shared = self.shared(registry).ok()?;
        Some(Arc::new(MqttCaller(shared)))
    }

    fn limits(&self) -> BindingLimits {
        BindingLimits { in_flight: None }
    }
}

/// The binding that runs.
struct MqttListening {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl MqttListening {
    async fn end(mut self, deadline: Duration) {
        self.shared.closing.send_replace(true);
        if tokio::time::timeout(deadline, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("some MQTT requests were cut off by the deadline");
        }
    }
}

impl Listening for MqttListening {
    fn addresses(&self) -> Vec<String> {
        let (broker, prefix) = (&self.shared.broker, &self.shared.prefix);
        if broker.web.is_some() {
            // With `ws` alone, somebody would speak the WebSocket binding there.
            return vec![format!("mqtt+{broker}")];
        }
        vec![if prefix.is_empty() { broker.to_string() } else { format!("{broker}/{prefix}") }]
    }

    fn stop(self: Box<Self>, deadline: Duration) -> BoxFuture<()> {
        Box::pin(self.end(deadline))
    }
}
