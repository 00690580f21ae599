//! What is decided before a CSE starts.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::Cse;
use super::door::FrontDoor;
use crate::binding::{Binding, Caller, Connections, Door, Gate, InProcess};
use crate::config::CseConfig;
use crate::engine::Engine;
use crate::error::Error;
use crate::primitive::{Request, Response};
use crate::replay::{Head, Recorder};
use crate::resource::{Behaviour, Behaviours};
use crate::runtime::tokio::{Callers, Writer};
use crate::schema::Registry;
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::value::Timestamp;

/// The decisions that are an embedder's: identity, store, types, bindings.
#[must_use]
pub struct CseBuilder {
    config: CseConfig,
    store: Option<Arc<dyn Store>>,
    schemas: Vec<(String, String)>,
    behaviours: Behaviours,
    bindings: Vec<Box<dyn Binding>>,
    callers: Vec<Arc<dyn Caller>>,
    in_process: InProcess,
    record: Option<(PathBuf, u64)>,
}

impl CseBuilder {
    pub(super) fn new(config: CseConfig) -> Self {
        Self {
            config,
            store: None,
            schemas: Vec::new(),
            behaviours: Behaviours::standard(),
            bindings: Vec::new(),
            callers: Vec::new(),
            in_process: InProcess::default(),
            record: None,
        }
    }

    /// Where resources rest. Default: in memory.
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Adds a schema file of one's own: resource types beside the standard's. `name` appears in error messages.
    pub fn schema(mut self, name: impl Into<String>, toml: impl Into<String>) -> Self {
        self.schemas.push((name.into(), toml.into()));
        self
    }

    /// Says what a resource type does beyond holding its attributes.
    pub fn behaviour(mut self, resource_type: u32, behaviour: impl Behaviour + 'static) -> Self {
        self.behaviours.register(resource_type, Arc::new(behaviour));
        self
    }

    /// Adds a binding, such as [`HttpConfig`](crate::binding::http::HttpConfig). It serves, and if it has a
    /// [`caller`](Binding::caller), it also carries requests to the URL schemes that it speaks.
    pub fn bind(mut self, binding: impl Binding) -> Self {
        self.bindings.push(Box::new(binding));
        self
    }

    /// Adds who carries requests to others, in the place of whoever spoke the same URL schemes before. With feature `http`
    /// there is an [`HttpClient`](crate::binding::http::HttpClient) with its default configuration from the beginning,
    /// with feature `ws` a [`WsClient`](crate::binding::ws::WsClient), and with feature `coap` a
    /// [`CoapClient`](crate::binding::coap::CoapClient).
    pub fn caller(mut self, caller: impl Caller) -> Self {
        self.callers.push(Arc::new(caller));
        self
    }

    /// Makes a callback the target `in-process://name`, for whoever gives it as a notification URI. Its response is what
    /// the target answers. It runs as a task on the runtime, several at a time, and must not block its thread; a panic in
    /// it counts as a target that is not reached. When the CSE no longer waits, the callback's future is dropped.
    ///
    /// ```
    /// use onem2m_cse::primitive::{Request, Response, Status};
    /// use onem2m_cse::value::{Map, Value};
    /// use onem2m_cse::{Cse, CseConfig};
    ///
    /// # #[tokio::main] async fn main() -> Result<(), onem2m_cse::Error> {
    /// let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    /// let cse = Cse::builder(CseConfig::default())
    ///     .on_notify("lamp", move |notification: Request| {
    ///         let response = Response::new(Status::OK, &notification);
    ///         heard.send(notification.content).ok();
    ///         async move { response }
    ///     })
    ///     .start()
    ///     .await?;
    /// // A subscription (23) to the CSEBase: whatever is created directly below it (net 3) is told.
    /// let subscription = Map::from_iter([
    ///     ("nu", Value::from(vec!["in-process://lamp"])),
    ///     ("enc", Map::from_iter([("net", vec![3_i64])]).into()),
    /// ]);
    /// let created = cse.request(Request::create("cse-in", 23, "m2m:sub", subscription).from("CAdmin")).await;
    /// assert_eq!(created.status, Status::CREATED);
    /// // Before that, the callback was asked whether it wants to be told (`vrq`), and said yes.
    /// let asked = hears.recv().await.flatten();
    /// # assert!(format!("{asked:?}").contains("vrq"));
    ///
    /// let container = Map::from_iter([("rn", "garden")]);
    /// cse.request(Request::create("cse-in", 3, "m2m:cnt", container).from("CAdmin")).await;
    /// let told = hears.recv().await.flatten();
    /// # assert!(format!("{told:?}").contains("garden"));
    /// # cse.stop().await;
    /// # Ok(()) }
    /// ```
    pub fn on_notify<F, A>(mut self, name: impl Into<String>, callback: F) -> Self
    where
        F: Fn(Request) -> A + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        self.in_process.callback(name.into(), callback);
        self
    }

    /// Makes a channel the target `in-process://name`, for programs that only want to look: each notification that has
    /// found a place in it is answered 2000. None is dropped for want of a place: when the channel is full, the CSE waits
    /// as it would for a slow machine. When its receiver is gone, so is the target.
    ///
    /// ```
    /// use onem2m_cse::{Cse, CseConfig};
    ///
    /// # #[tokio::main] async fn main() -> Result<(), onem2m_cse::Error> {
    /// let (sender, mut notifications) = tokio::sync::mpsc::channel(16);
    /// let cse = Cse::builder(CseConfig::default()).notify_into("lamp", sender).start().await?;
    /// # cse.stop().await;
    /// # assert!(notifications.recv().await.is_none(), "nobody subscribed");
    /// # Ok(()) }
    /// ```
    pub fn notify_into(mut self, name: impl Into<String>, channel: mpsc::Sender<Request>) -> Self {
        self.in_process.channel(name.into(), channel);
        self
    }

    /// Writes everything that happens into a new file, for [`replay`](crate::replay), until it has so many bytes
    /// ([`DEFAULT_BYTES`](crate::replay::DEFAULT_BYTES) is a good number). The file holds all content in clear text. While
    /// a CSE records, all requests pass one thread, so that they have one order.
    pub fn record(mut self, file: impl Into<PathBuf>, most: u64) -> Self {
        self.record = Some((file.into(), most));
        self
    }

    /// The recording, if one is wanted: with what the store holds, before an engine opens it.
    fn recorder(&self, store: &dyn Store, now: Timestamp) -> Result<Option<Recorder>, Error> {
        let Some((path, most)) = &self.record else { return Ok(None) };
        let head = Head::of(&self.config, &self.schemas, store, now)?;
        let unwritten = |error: std::io::Error| Error::Binding {
            doing: format!("recording into {}", path.display()),
            reason: error.to_string(),
        };
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        // All that anybody said will be in it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(unwritten)?;
        Recorder::new(Box::new(file), *most, &head).map(Some).map_err(unwritten)
    }

    /// Who carries what to others: what comes with the features, over it what comes with the bindings, and over that what
    /// the embedder brought.
    fn callers(&mut self, registry: &Arc<Registry>) -> Callers {
        let mut callers = Callers::default();
        #[cfg(feature = "http")]
        {
            let client = crate::binding::http::HttpClient::new(crate::binding::http::ClientConfig::default());
            callers.add(Arc::new(client.with_registry(Arc::clone(registry))));
        }
        #[cfg(feature = "coap")]
        {
            let client = crate::binding::coap::CoapClient::new(crate::binding::coap::CoapClientConfig::default());
            callers.add(Arc::new(client.with_registry(Arc::clone(registry))));
        }
        #[cfg(feature = "ws")]
        {
            let client = crate::binding::ws::WsClient::new(crate::binding::ws::WsClientConfig::default());
            callers.add(Arc::new(client.with_registry(Arc::clone(registry))));
        }
        callers.add(Arc::new(std::mem::take(&mut self.in_process)));
        for caller in self.bindings.iter_mut().filter_map(|binding| binding.caller(registry)) {
            callers.add(caller);
        }
        for caller in self.callers.drain(..) {
            callers.add(caller);
        }
        callers
    }

    /// Opens the tree, starts the writer and the bindings. Either all of it runs, or nothing does.
    ///
    /// # Errors
    /// What cannot be used or reached, with a sentence that says what to do about it.
    pub async fn start(mut self) -> Result<Cse, Error> {
        let mut registry = Registry::standard()?;
        for (name, text) in &self.schemas {
            registry.extend_toml(name, text)?;
        }
        let mut callers = self.callers(&Arc::new(registry.clone()));
        let connections = Connections::default();
        callers.add(Arc::new(connections.clone()));
        let store = self.store.take().unwrap_or_else(|| Arc::new(MemoryStore::new()));
        let now = Timestamp::now();
        let recorder = self.recorder(&*store, now)?;
        let engine = Engine::new(self.config, registry, self.behaviours, store, now)?;
        let writer = Writer::start_recording(engine, callers, recorder)?;
        let door = Arc::new(FrontDoor::new(writer.handle().clone(), connections));
        let mut cse = Cse { door: door.clone(), writer: Some(writer), listening: Vec::new() };
        for binding in self.bindings {
            let door: Arc<dyn Door> = match binding.limits().in_flight {
                Some(most) => Arc::new(Gate::new(door.clone(), most)),
                None => door.clone(),
            };
            match binding.serve(door).await {
                Ok(listening) => cse.listening.push(listening),
                Err(error) => {
                    cse.stop().await;
                    return Err(error);
                }
            }
        }
        Ok(cse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_the_builder_names_carries_the_calls() {
        let (sender, _receiver) = mpsc::channel(1);
        let mut builder = Cse::builder(CseConfig::default())
            .notify_into("log", sender)
            .on_notify("lamp", |request| async move { Response::new(crate::primitive::Status::OK, &request) });
        let callers = builder.callers(&Arc::new(Registry::standard().unwrap()));
        assert!(callers.find("in-process://lamp").is_ok());
        assert_eq!(callers.find("http://x").is_ok(), cfg!(feature = "http"));
        assert_eq!(callers.find("coap://x").is_ok(), cfg!(feature = "coap"));
        assert!(callers.find("gopher://x").is_err());
    }
}
