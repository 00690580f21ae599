//! A binding that runs in one task.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::{BoxFuture, Listening};

/// A task that listens until it is stopped: the simplest [`Listening`]. It ends at once, with whatever it owns; what it is
/// answering just then is not answered. A binding that finishes that first is its own [`Listening`].
#[derive(Debug)]
pub struct Task {
    addresses: Vec<String>,
    task: JoinHandle<()>,
}

impl Task {
    /// Starts it, on the tokio runtime that this is called on; it is reached at this URL.
    pub fn start(url: impl Into<String>, task: impl Future<Output = ()> + Send + 'static) -> Box<dyn Listening> {
        Box::new(Self { addresses: vec![url.into()], task: tokio::spawn(task) })
    }
}

impl Listening for Task {
    fn addresses(&self) -> Vec<String> {
        self.addresses.clone()
    }

    fn stop(self: Box<Self>, _deadline: Duration) -> BoxFuture<()> {
        self.task.abort();
        Box::pin(async move {
            // Aborted is what it should be; how else it may have ended is nobody's business any more.
            let _ = self.task.await;
        })
    }
}
