//! Targets inside this program: a callback or a channel with a URL, `in-process://name`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::{BoxFuture, Caller};
use crate::engine::Failure;
use crate::primitive::{Request, Response, Status};
use crate::value::SmolStr;

/// The scheme of the URLs.
const SCHEME: &str = "in-process";

type Target = Arc<dyn Fn(Request) -> BoxFuture<Result<Response, Failure>> + Send + Sync>;

/// The targets of one CSE, by name.
#[derive(Clone, Default)]
pub(crate) struct InProcess {
    targets: BTreeMap<String, Target>,
}

impl InProcess {
    /// A callback that answers.
    pub(crate) fn callback<F, A>(&mut self, name: String, callback: F)
    where
        F: Fn(Request) -> A + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        let target = move |request| -> BoxFuture<Result<Response, Failure>> {
            let answer = callback(request);
            Box::pin(async move { Ok(answer.await) })
        };
        self.targets.insert(name, Arc::new(target));
    }

    /// A channel that takes; each request that found a place in it is answered 2000.
    pub(crate) fn channel(&mut self, name: String, channel: mpsc::Sender<Request>) {
        let target = move |request: Request| -> BoxFuture<Result<Response, Failure>> {
            let channel = channel.clone();
            Box::pin(async move {
                let taken = Response::new(Status::OK, &request);
                let gone = |_| Failure::Unreachable("the receiver of the channel is gone".to_owned());
                channel.send(request).await.map(|()| taken).map_err(gone)
            })
        };
        self.targets.insert(name, Arc::new(target));
    }
}

impl Caller for InProcess {
    fn schemes(&self) -> &[&str] {
        &[SCHEME]
    }

    fn call(&self, url: SmolStr, request: Request, limit: Duration) -> BoxFuture<Result<Response, Failure>> {
        let name = url.split_once("://").map_or("", |(_, name)| name.trim_end_matches('/'));
        let Some(target) = self.targets.get(name).cloned() else {
            let reason = format!("no target in this program is named {name:?}");
            return Box::pin(async { Err(Failure::Impossible(reason)) });
        };
        Box::pin(async move {
            // Called in here, so that a panic of its first step falls upon the task of this call too.
            let answer = target(request);
            tokio::time::timeout(limit, answer).await.map_err(|_| Failure::TimedOut)?
        })
    }
}
