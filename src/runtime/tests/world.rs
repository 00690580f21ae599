//! A writer's half of the calls, without an engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::tokio::runtime::Handle;
use ::tokio::sync::mpsc;

use super::super::callers::Callers;
use super::super::calls::Calls;
use super::super::letterbox::Letterbox;
use crate::binding::Caller;
use crate::binding::http::{ClientConfig, HttpClient};
use crate::codec::format::Format;
use crate::engine::{Answer, Call, CallId};
use crate::primitive::{Operation, ReleaseVersion, Request};
use crate::value::{Map, Timestamp, Value};

pub(super) struct World {
    pub calls: Calls,
    /// How what is said from now on is spelled.
    pub format: Format,
    bell: mpsc::UnboundedReceiver<()>,
    last: CallId,
}

/// Somebody who speaks HTTP and whatever else is given.
pub(super) fn world(others: impl IntoIterator<Item = Arc<dyn Caller>>) -> World {
    let mut callers = Callers::default();
    callers.add(Arc::new(HttpClient::new(ClientConfig::default())));
    others.into_iter().for_each(|caller| callers.add(caller));
    let (ring, bell) = mpsc::unbounded_channel();
    let letters = Letterbox::new(move || {
        let _ = ring.send(());
    });
    World { calls: Calls::new(callers, Some(Handle::current()), letters), format: Format::Json, bell, last: 0 }
}

pub(super) fn notification(number: usize) -> Request {
    let mut request = Request::new(Operation::Notify, "Cae1").from("/id-in").identified(format!("n{number}"));
    request.release_version_indicator = ReleaseVersion::R3;
    let inner = Map::from_iter([("sur", Value::from("cse-in/sub")), ("number", Value::Int(number as i64))]);
    request.content = Some(Map::from_iter([("m2m:sgn", inner)]).into());
    request
}

impl World {
    /// Begins a call with so many notifications, which has this long.
    pub(super) fn begin(&mut self, url: &str, count: usize, millis: i64) -> CallId {
        self.last += 1;
        let until = Timestamp::now().plus_micros(millis * 1000);
        let requests = (1..=count).map(notification).collect();
        self.calls.begin(Call { id: self.last, url: url.into(), format: self.format, requests, until });
        self.last
    }

    /// The next answers. Ten seconds at most.
    pub(super) async fn answers(&mut self) -> Vec<(CallId, Answer)> {
        let ring = ::tokio::time::timeout(Duration::from_secs(10), self.bell.recv()).await;
        assert_eq!(ring.expect("no answer came"), Some(()));
        self.calls.answers()
    }

    /// What becomes of one call.
    pub(super) async fn call(&mut self, url: &str, count: usize) -> Answer {
        let id = self.begin(url, count, 5_000);
        let mut answers = self.answers().await;
        assert_eq!((answers.len(), self.calls.under_way()), (1, 0));
        let (call, answer) = answers.remove(0);
        assert_eq!(call, id);
        answer
    }

    /// What becomes of all calls, and how long it took.
    pub(super) async fn all(&mut self) -> (Vec<(CallId, Answer)>, Duration) {
        let (begun, mut answers) = (Instant::now(), Vec::new());
        while self.calls.under_way() > 0 {
            answers.extend(self.answers().await);
        }
        (answers, begun.elapsed())
    }
}

/// The status codes of an answer.
pub(super) fn codes(answer: &Answer) -> Vec<u16> {
    answer.responses.iter().map(|response| response.status.code()).collect()
}
