//! How a subject is brought to send what is tested.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::{Instant, timeout};

use super::http::{exchange, read};
use super::{Bench, Registered};
use crate::log::Entry;
use crate::remote::{Asked, Remote};
use crate::subject::PATIENCE;
use crate::trigger::Trigger;
use crate::verdict::{Stop, not_applicable};
use crate::wanted::Wanted;

/// Whoever registers with the tester and is brought to send something: an AE, or a CSE.
#[derive(Debug)]
pub struct UnderTest {
    /// The tester as its registrar.
    pub registrar: Remote,
    /// How it is brought to send something.
    pub trigger: Trigger,
    /// How long it may take.
    pub wait: Duration,
    /// Its registration, when it has one.
    registered: Mutex<Option<Registered>>,
}

impl UnderTest {
    /// A subject of which nothing is known yet.
    #[must_use]
    pub const fn new(registrar: Remote, trigger: Trigger, wait: Duration) -> Self {
        Self { registrar, trigger, wait, registered: Mutex::new(None) }
    }

    /// Its registration is another from now on.
    pub fn set_registered(&self, registered: Option<Registered>) {
        *self.lock() = registered;
    }

    /// Its registration, when it has one.
    #[must_use]
    pub fn registered(&self) -> Option<Registered> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Registered>> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bench {
    /// Whoever registers with the tester.
    ///
    /// # Errors
    /// Not applicable, when nobody does: an IN-CSE has no registrar.
    pub fn under_test(&self) -> Result<&UnderTest, Stop> {
        match &self.subject().under_test {
            Some(under_test) => Ok(under_test),
            None => not_applicable("the subject has no registrar that the tester could be"),
        }
    }

    /// Pulls the trigger, and waits for the request that is wanted.
    ///
    /// # Errors
    /// Fail, when something else comes; inconclusive, when nothing does, or the trigger cannot be pulled.
    pub async fn triggered(&self, wanted: &Wanted) -> Result<Asked, Stop> {
        let tested = self.under_test()?;
        tested.registrar.begin(self.log());
        let request = json!({"trigger": wanted.sentence()});
        self.log().add(Entry { at: 0, from_subject: false, request, response: Json::Null, failure: None, curl: None });
        let end = Instant::now() + tested.wait;
        let pulled = tested.trigger.pull(wanted, &self.purpose().id, &tested.registrar.point_of_access).await;
        // A CSE may do by itself what its upper tester cannot bring it to do; an AE does not.
        let refused = pulled.as_ref().err().map(|reason| format!("the trigger: {reason}; ")).unwrap_or_default();
        if !refused.is_empty() && self.subject().pics.is_ae() {
            return Err(Stop::Inconclusive(refused.trim_end_matches("; ").to_owned()));
        }
        let limit = end.saturating_duration_since(Instant::now());
        if let Some(found) = tested.registrar.wait_for(limit, |asked| wanted.check(asked).is_ok()).await {
            return Ok(found);
        }
        let asked = tested.registrar.asked();
        let meant = asked.iter().find(|asked| wanted.is_meant(asked));
        // An AE sends what it is triggered to send. A CSE has business of its own with its registrar.
        let other = if self.subject().pics.is_ae() { asked.first() } else { None };
        let Some(nearest) = meant.or(other) else {
            let seconds = tested.wait.as_secs_f32();
            let reason = format!("{refused}expected {}; nothing came in {seconds} s", wanted.sentence());
            return Err(Stop::Inconclusive(reason));
        };
        if let (Err(Stop::Fail(reason)), false) = (wanted.check(nearest), refused.is_empty()) {
            return Err(Stop::Inconclusive(format!("{refused}what came by itself is another: {reason}")));
        }
        wanted.check(nearest)?;
        Ok(nearest.clone())
    }
}

/// Sends a trigger to an upper tester.
///
/// # Errors
/// A sentence, when it is not taken.
pub async fn post(url: &str, body: &str) -> Result<(), String> {
    let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).unwrap_or((url, ""));
    let head =
        format!("POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n");
    let text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let bytes = timeout(PATIENCE, exchange(host, &text)).await.map_err(|_| format!("{url}: no answer in time"))??;
    match read(&bytes) {
        Some(answer) if answer.status < 300 => is_sent(&answer.body).map_err(|reason| format!("{url}: {reason}")),
        Some(answer) => Err(format!("{url}: HTTP {}", answer.status)),
        None => Err(format!("{url}: expected an answer of HTTP/1.1")),
    }
}

/// An upper tester that answers with what became of the request says whether it could be sent at all.
fn is_sent(body: &[u8]) -> Result<(), String> {
    let answer: Json = serde_json::from_slice(body).unwrap_or_default();
    let primitive = answer.get("m2m:rsp").unwrap_or(&answer);
    // TS-0004 6.6.3: whoever is asked was not reached.
    match primitive.get("rsc").and_then(Json::as_u64) {
        Some(status @ (5103 | 5203)) => Err(format!("it could not be sent, {status}")),
        _ => Ok(()),
    }
}
