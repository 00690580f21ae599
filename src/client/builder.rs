//! From a URL to a client.

use std::sync::Arc;
use std::time::Duration;

use super::callers::{Credentials, Means};
use super::courier::Courier;
use super::notify::{Inbox, Ways};
use super::{Acknowledge, Client, ClientConfig, ClientError, Listener, Reach, Retry};
use crate::binding::Caller;
#[cfg(feature = "dtls")]
use crate::binding::dtls::DtlsConfig;
#[cfg(feature = "mqtt")]
use crate::binding::mqtt::MqttConfig;
#[cfg(feature = "tls")]
use crate::binding::tls::ClientTls;
use crate::codec::format::Format;
use crate::primitive::ReleaseVersion;
use crate::runtime::callers::Callers;
use crate::schema::Registry;
use crate::value::SmolStr;

/// A client that is being described. [`ClientBuilder::build`] makes it; it connects when it has something to say.
#[must_use]
pub struct ClientBuilder {
    url: SmolStr,
    originator: Option<SmolStr>,
    config: ClientConfig,
    registry: Arc<Registry>,
    callers: Vec<Arc<dyn Caller>>,
    listener: Option<Listener>,
    credentials: Credentials,
}

impl ClientBuilder {
    pub(super) fn new(url: SmolStr) -> Self {
        Self {
            url,
            originator: None,
            config: ClientConfig::default(),
            registry: Arc::clone(Registry::shared()),
            callers: Vec::new(),
            listener: None,
            credentials: Credentials::default(),
        }
    }

    /// In whose name requests are sent: an AE-ID such as `Csensor`, or a CSE-ID. Without one, only an AE can be registered;
    /// the CSE gives it a name then. `C` and `S` ask for a name that begins with them.
    pub fn originator(mut self, originator: impl Into<SmolStr>) -> Self {
        self.originator = Some(originator.into());
        self
    }

    /// All of the configuration at once. What was said before is forgotten.
    pub fn config(mut self, config: ClientConfig) -> Self {
        self.config = config;
        self
    }

    /// The release that all requests speak. Default: 3.
    pub fn release(mut self, release: ReleaseVersion) -> Self {
        self.config.release = release;
        self
    }

    /// How content is spelled. Default: JSON.
    pub fn format(mut self, format: Format) -> Self {
        self.config.format = format;
        self
    }

    /// The name of the CSEBase, for a CSE that does not know `-`.
    pub fn cse_base(mut self, name: impl Into<SmolStr>) -> Self {
        self.config.cse_base = name.into();
        self
    }

    /// Time for one attempt of a request. Default: 10 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.config.timeout = timeout;
        self
    }

    /// What is tried again, and how often.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.config.retry = retry;
        self
    }

    /// How the CSE reaches this client. Default: [`Reach::Automatic`].
    pub fn reach(mut self, reach: Reach) -> Self {
        self.config.reach = reach;
        self
    }

    /// When the CSE hears that a notification has arrived. Default: [`Acknowledge::Queued`].
    pub fn acknowledge(mut self, acknowledge: Acknowledge) -> Self {
        self.config.acknowledge = acknowledge;
        self
    }

    /// A listener of the client's own, for notifications.
    pub fn listen(mut self, listener: Listener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Whom to trust at `https://`, `wss://` and `mqtts://`, and which certificate to show. Default: whom this machine trusts, and none.
    ///
    /// ```no_run
    /// use onem2m_cse::binding::tls::{ClientTls, ClientTlsConfig, KeyPair};
    /// use onem2m_cse::client::Client;
    ///
    /// # fn f() -> Result<(), Box<dyn std::error::Error>> {
    /// let own = Some(KeyPair { certificates: "tls/Cmeter.pem".into(), key: "tls/Cmeter.key".into() });
    /// let tls = ClientTls::load(ClientTlsConfig { system_roots: false, roots: vec!["tls/ca.pem".into()], own })?;
    /// let client = Client::builder("https://localhost:8080").originator("Cmeter").tls(tls).build()?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: ClientTls) -> Self {
        self.credentials.tls = Some(tls);
        self
    }

    /// Keys and certificates for `coaps://`, which is not spoken without.
    ///
    /// ```no_run
    /// use onem2m_cse::binding::dtls::{DtlsConfig, PreSharedKey};
    /// use onem2m_cse::client::Client;
    ///
    /// # fn f() -> Result<(), Box<dyn std::error::Error>> {
    /// let dtls = DtlsConfig { keys: vec![PreSharedKey::new("meter", [7; 16])], ..DtlsConfig::default() };
    /// let client = Client::builder("coaps://localhost").originator("Cmeter").dtls(dtls).build()?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "dtls")]
    pub fn dtls(mut self, dtls: DtlsConfig) -> Self {
        self.credentials.dtls = Some(dtls);
        self
    }

    /// Who the client is for an MQTT broker, and in which version it is spoken to. What counts of it, [`MqttClient::new`] says.
    ///
    /// [`MqttClient::new`]: crate::binding::mqtt::MqttClient::new
    #[cfg(feature = "mqtt")]
    pub fn mqtt(mut self, mqtt: MqttConfig) -> Self {
        self.credentials.mqtt = Some(mqtt);
        self
    }

    /// The schemas that XML is read and written with. Default: the standard's, which do not have a vendor's own types.
    pub fn registry(mut self, registry: Arc<Registry>) -> Self {
        self.registry = registry;
        self
    }

    /// Adds who carries requests to URLs of other schemes, or in other ways, in the place of our own.
    pub fn caller(mut self, caller: impl Caller) -> Self {
        self.callers.push(Arc::new(caller));
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Impossible`], when nobody speaks the scheme of the URL, when this build does not have the format, or
    /// when the way that was asked for is none for this URL.
    pub fn build(self) -> Result<Client, ClientError> {
        let means = Means { config: &self.config, registry: &self.registry, credentials: &self.credentials };
        let own = means.callers()?;
        let Self { url, originator, config, callers: added, listener, .. } = self;
        if !config.format.is_supported() {
            return Err(ClientError::Impossible(format!("{} is not supported by this build", config.format.name())));
        }
        let mut callers = Callers::default();
        own.into_iter().chain(added).for_each(|caller| callers.add(caller));
        let caller = Arc::clone(callers.find(&url)?);
        let inbox = Arc::new(Inbox::new(&config));
        // Whatever way is chosen: a CSE that sees a connection open may take that one.
        let answering = caller.answering(inbox.door(Some(config.patience)));
        if config.reach == Reach::Connection && answering.is_none() {
            let reason = format!("{url}: requests do not come back over connections of this scheme");
            return Err(ClientError::Impossible(reason));
        }
        if config.reach == Reach::Listener && listener.is_none() {
            return Err(ClientError::Impossible("Reach::Listener needs a listener: ClientBuilder::listen".to_owned()));
        }
        let connects = answering.is_some();
        let courier = Arc::new(Courier::new(url, config, answering.unwrap_or(caller)));
        let ways = Ways::new(Arc::clone(&courier), inbox, connects, listener);
        Ok(Client { courier, ways: Arc::new(ways), originator, entity: None })
    }
}
