//! A running CSE: start it, ask it, watch it, stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::broadcast;

use crate::binding::{Answer, Binding, BoxFuture, Door, Health, Listening, UpperTesterCommand};
use crate::config::CseConfig;
use crate::engine::{Change, Engine};
use crate::error::Error;
use crate::primitive::{Rejection, Request, Response, Status};
use crate::resource::{Behaviour, Behaviours};
use crate::runtime::tokio::{Handle, Pending, Writer};
use crate::schema::Registry;
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::value::Timestamp;

/// A CSE on a tokio runtime.
///
/// ```
/// use onem2m_cse::{Cse, CseConfig, primitive::{Request, Status}};
///
/// # #[tokio::main] async fn main() -> Result<(), onem2m_cse::Error> {
/// let cse = Cse::builder(CseConfig::default()).start().await?;
/// let response = cse.request(Request::retrieve("cse-in").from("CAdmin")).await;
/// assert_eq!(response.status, Status::OK);
/// cse.stop().await;
/// # Ok(()) }
/// ```
pub struct Cse {
    door: Arc<FrontDoor>,
    writer: Option<Writer>,
    listening: Vec<Box<dyn Listening>>,
}

/// The decisions that are an embedder's: identity, store, types, bindings.
#[must_use]
pub struct CseBuilder {
    config: CseConfig,
    store: Option<Arc<dyn Store>>,
    schemas: Vec<(String, String)>,
    behaviours: Behaviours,
    bindings: Vec<Box<dyn Binding>>,
}

impl Cse {
    /// Begins with a configuration; everything else has a default.
    pub fn builder(config: CseConfig) -> CseBuilder {
        CseBuilder {
            config,
            store: None,
            schemas: Vec::new(),
            behaviours: Behaviours::standard(),
            bindings: Vec::new(),
        }
    }

    /// Asks in-process: the same pipeline that a binding's requests walk. A missing request identifier is filled in.
    /// The caller counts as authenticated, as it is part of the program.
    pub async fn request(&self, mut request: Request) -> Response {
        if request.request_identifier.is_empty() {
            let number = self.door.count.fetch_add(1, Ordering::Relaxed);
            request.request_identifier = format!("in-process-{number}").into();
        }
        request.access.authenticated = true;
        match self.door.request(request) {
            Answer::Now(response) => response,
            Answer::Later(response) => response.await,
        }
    }

    /// Every change from now on, once it is committed. A slow observer misses changes and is told how many; it slows
    /// nobody.
    #[must_use]
    pub fn tap(&self) -> broadcast::Receiver<Change> {
        self.door.handle.tap()
    }

    /// What bindings knock at; for a binding that an embedder runs itself.
    #[must_use]
    pub fn door(&self) -> Arc<dyn Door> {
        self.door.clone()
    }

    /// Where the bindings listen, as URLs, with the ports that the system chose.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        self.listening.iter().flat_map(|listening| listening.addresses()).collect()
    }

    /// Stops: bindings accept nothing more and finish what is under way (ten seconds at most), then the writer finishes
    /// what is waiting.
    pub async fn stop(mut self) {
        for listening in std::mem::take(&mut self.listening) {
            listening.stop(Duration::from_secs(10)).await;
        }
        if let Some(writer) = self.writer.take() {
            // Joining a thread blocks; a worker of the runtime is not for that.
            let _ = tokio::task::spawn_blocking(move || writer.stop()).await;
        }
    }
}

impl std::fmt::Debug for Cse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cse").field("addresses", &self.addresses()).finish_non_exhaustive()
    }
}

impl CseBuilder {
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

    /// Adds a binding, such as [`HttpConfig`](crate::binding::http::HttpConfig).
    pub fn bind(mut self, binding: impl Binding) -> Self {
        self.bindings.push(Box::new(binding));
        self
    }

    /// Opens the tree, starts the writer and the bindings. Either all of it runs, or nothing does.
    ///
    /// # Errors
    /// What cannot be used or reached, with a sentence that says what to do about it.
    pub async fn start(self) -> Result<Cse, Error> {
        let mut registry = Registry::standard()?;
        for (name, text) in &self.schemas {
            registry.extend_toml(name, text)?;
        }
        let store = self.store.unwrap_or_else(|| Arc::new(MemoryStore::new()));
        let engine = Engine::new(self.config, registry, self.behaviours, store, Timestamp::now())?;
        let writer = Writer::start(engine)?;
        let door = Arc::new(FrontDoor { handle: writer.handle().clone(), count: AtomicU64::new(1) });
        let mut cse = Cse { door: door.clone(), writer: Some(writer), listening: Vec::new() };
        for binding in self.bindings {
            match binding.serve(door.clone()).await {
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

/// The door of a running CSE.
struct FrontDoor {
    handle: Handle,
    count: AtomicU64,
}

impl Door for FrontDoor {
    fn request(&self, request: Request) -> Answer {
        match self.handle.request(request) {
            Pending::Now(response) => Answer::Now(*response),
            Pending::Later(response) => Answer::Later(Box::pin(async move {
                response.await.unwrap_or_else(|_| {
                    // The writer is gone before it could answer.
                    let rejection = Rejection::new(Status::INTERNAL_SERVER_ERROR, "the CSE is stopping");
                    Response::rejected(&rejection, &Request::retrieve("-"))
                })
            })),
        }
    }

    fn is_query_attribute(&self, short: &str) -> bool {
        self.handle.reader().core().registry.attribute_by_short(short).is_some()
    }

    fn cse_id(&self) -> &str {
        &self.handle.reader().core().config.cse_id
    }

    fn cse_name(&self) -> &str {
        &self.handle.reader().core().config.cse_name
    }

    fn health(&self) -> Health {
        if self.handle.is_running() { Health::Ready } else { Health::NotReady("the CSE is stopping".into()) }
    }

    fn upper_tester(&self, command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        let handle = self.handle.clone();
        Box::pin(async move { upper_tester(&handle, command).await })
    }
}

/// TS-0019 commands. Resources expire on the instant here, so there is no interval to shorten; the answers tell what a
/// test system needs to know.
async fn upper_tester(handle: &Handle, command: UpperTesterCommand) -> Result<Option<String>, String> {
    let config = &handle.reader().core().config;
    match command {
        UpperTesterCommand::Status => Ok(Some("RUNNING".into())),
        UpperTesterCommand::Reset => handle.reset().await.map(|()| None),
        UpperTesterCommand::GetConfig(name) => match name.as_str() {
            "cse.type" => Ok(Some(config.cse_type.number().to_string())),
            "cse.cseID" => Ok(Some(config.cse_id.to_string())),
            "cse.resourceName" => Ok(Some(config.cse_name.to_string())),
            "cse.maxExpirationDelta" => Ok(Some(config.maximum_lifetime.to_string())),
            "cse.security.enableDynamicAuthorization" => Ok(Some("False".into())),
            other => Err(format!("there is no configuration named {other}")),
        },
        UpperTesterCommand::EnableShortResourceExpiration(_) => Ok(Some(format!("1,{}", config.maximum_lifetime))),
        UpperTesterCommand::EnableShortRequestExpiration(_) => Ok(Some("10".into())),
        UpperTesterCommand::DisableShortResourceExpiration | UpperTesterCommand::DisableShortRequestExpiration => {
            Ok(None)
        }
        UpperTesterCommand::TestCaseStart(name) => {
            tracing::info!(%name, "test case begins");
            Ok(None)
        }
        UpperTesterCommand::TestCaseEnd(name) => {
            tracing::info!(%name, "test case ends");
            Ok(None)
        }
    }
}
