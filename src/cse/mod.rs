//! A running CSE: start it, ask it, watch it, stop it.

mod builder;
mod door;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::broadcast;

pub use builder::CseBuilder;

use crate::binding::{Answer, Door, Listening};
use crate::config::CseConfig;
use crate::engine::Change;
use crate::primitive::{Request, Response};
use crate::runtime::tokio::Writer;
use door::FrontDoor;

/// How long stopping may take.
const STOPPING: Duration = Duration::from_secs(10);

/// How much of that is for calls under way. Short, as one stalled receiver would make every stop a long one, and as a
/// notification that is cut short is sent again after the next start.
const CALLS_STOPPING: Duration = Duration::from_secs(2);

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

impl Cse {
    /// Begins with a configuration; everything else has a default.
    pub fn builder(config: CseConfig) -> CseBuilder {
        CseBuilder::new(config)
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

    /// Stops: bindings accept nothing more and finish what is under way (ten seconds at most for each), then the writer
    /// finishes what is waiting. Calls to others that are under way may be answered for two seconds more, within the ten;
    /// the rest is dropped.
    pub async fn stop(mut self) {
        let begun = Instant::now();
        for listening in std::mem::take(&mut self.listening) {
            listening.stop(STOPPING).await;
        }
        if let Some(writer) = self.writer.take() {
            let grace = STOPPING.saturating_sub(begun.elapsed()).min(CALLS_STOPPING);
            // Joining a thread blocks; a worker of the runtime is not for that.
            let _ = tokio::task::spawn_blocking(move || writer.stop(grace)).await;
        }
    }
}

impl std::fmt::Debug for Cse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cse").field("addresses", &self.addresses()).finish_non_exhaustive()
    }
}
