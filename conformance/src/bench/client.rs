//! What tests have in common in which an AE is under test, and the tester is its registrar.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use onem2m_cse::primitive::{Operation, Request, Status};
use serde_json::{Value as Json, json};
use tokio::time::{Instant, timeout};

use super::Bench;
use super::http::{exchange, read};
use crate::carrier::caller_for;
use crate::kind::{AE, CB, CNT, Kind};
use crate::log::Entry;
use crate::remote::{Asked, Planted, Remote};
use crate::subject::PATIENCE;
use crate::trigger::Trigger;
use crate::verdict::{Stop, ensure, not_applicable};
use crate::wanted::{From, Wanted};

/// An AE that is under test.
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

/// The registration of the AE that is under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The AE-ID-stem.
    pub id: String,
    /// The path of the AE resource.
    pub path: String,
}

impl UnderTest {
    /// An AE of which nothing is known yet.
    #[must_use]
    pub const fn new(registrar: Remote, trigger: Trigger, wait: Duration) -> Self {
        Self { registrar, trigger, wait, registered: Mutex::new(None) }
    }

    /// Its registration is another from now on.
    pub fn set_registered(&self, registered: Option<Registered>) {
        *self.lock() = registered;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Registered>> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bench {
    /// The AE that is under test.
    ///
    /// # Errors
    /// Not applicable, when a CSE is.
    pub fn under_test(&self) -> Result<&UnderTest, Stop> {
        match &self.subject().under_test {
            Some(under_test) => Ok(under_test),
            None => not_applicable("no AE is under test"),
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
        let _running = pulled.map_err(|reason| Stop::Inconclusive(format!("the trigger: {reason}")))?;
        let limit = end.saturating_duration_since(Instant::now());
        if let Some(found) = tested.registrar.wait_for(limit, |asked| wanted.check(asked).is_ok()).await {
            return Ok(found);
        }
        let asked = tested.registrar.asked();
        let Some(nearest) = asked.iter().find(|asked| wanted.is_meant(asked)).or(asked.first()) else {
            let seconds = tested.wait.as_secs_f32();
            return Err(Stop::Inconclusive(format!("expected {}; nothing came in {seconds} s", wanted.sentence())));
        };
        wanted.check(nearest)?;
        Ok(nearest.clone())
    }

    /// What a registration of the AE has to be, with more attributes.
    ///
    /// # Errors
    /// Not applicable, when no AE is under test.
    pub fn wanted_registration(&self, content: Json, carries: &[String], from: From) -> Result<Wanted, Stop> {
        let registrar = &self.under_test()?.registrar;
        let mut attributes = json!({"api": "Nconformance", "rr": true, "srv": ["2a", "3"]});
        super::places::change(&mut attributes, content);
        Ok(Wanted {
            operation: Operation::Create,
            kind: AE,
            to: registrar.base.clone(),
            target: registrar.base_path(),
            same_form: false,
            from,
            content: attributes,
            carries: carries.to_vec(),
        })
    }

    /// The AE registers as the step that is tested, or before it.
    ///
    /// # Errors
    /// As [`Bench::triggered`].
    pub async fn register_ae(&self, wanted: &Wanted) -> Result<Registered, Stop> {
        let tested = self.under_test()?;
        let asked = self.triggered(wanted).await?;
        let registered = tested.registrar.newest_ae(&asked);
        let registered = registered.ok_or_else(|| Stop::Inconclusive("the tester has kept no registration".into()))?;
        tested.set_registered(Some(registered.clone()));
        Ok(registered)
    }

    /// The AE's registration. It is brought to register when it has not yet.
    ///
    /// # Errors
    /// Inconclusive, when it does not.
    pub async fn registered_ae(&self) -> Result<Registered, Stop> {
        let known = self.under_test()?.lock().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let wanted = self.wanted_registration(json!({}), &[], From::Anybody)?;
        self.register_ae(&wanted).await.map_err(|stop| match stop {
            Stop::Fail(reason) => Stop::Inconclusive(format!("preparation: the AE did not register: {reason}")),
            other => other,
        })
    }

    /// A resource of the AE, with which something is to be done.
    ///
    /// # Errors
    /// Inconclusive, when there is no registration.
    pub async fn planted(&self, kind: Kind, parent: &str, attributes: Json) -> Result<Planted, Stop> {
        let registered = self.registered_ae().await?;
        let mut all = json!({"ty": kind.number, "cr": registered.id});
        super::places::change(&mut all, attributes);
        Ok(self.under_test()?.registrar.plant(parent, kind.root, &self.unique(), all))
    }

    /// A container of the AE.
    ///
    /// # Errors
    /// Inconclusive, when there is no registration.
    pub async fn planted_container(&self) -> Result<Planted, Stop> {
        let home = self.registered_ae().await?.path;
        self.planted(CNT, &home, json!({})).await
    }

    /// Something that the AE has to do with a resource.
    ///
    /// # Errors
    /// Inconclusive, when there is no registration.
    pub async fn wanted(&self, operation: Operation, kind: Kind, path: &str) -> Result<Wanted, Stop> {
        let registrar = &self.under_test()?.registrar;
        let from = From::Is(self.registered_ae().await?.id);
        let to = if kind == CB { registrar.base.clone() } else { format!("{}/{path}", registrar.cse_id) };
        let (target, content, carries) = (path.to_owned(), json!({}), Vec::new());
        Ok(Wanted { operation, kind, to, target, same_form: false, from, content, carries })
    }

    /// Tells the AE something at an address of its own. It has to answer with success.
    ///
    /// # Errors
    /// Fail, when it does not.
    pub async fn tell(&self, address: &str, content: &Json) -> Result<(), Stop> {
        let caller = caller_for(address).map_err(Stop::Inconclusive)?;
        let mut request = Request::new(Operation::Notify, address);
        request.originator = Some(self.under_test()?.registrar.cse_id.as_str().into());
        request.request_identifier = self.unique().into();
        request.release_version_indicator = self.release();
        request.content = Some(crate::ask::value(content));
        let answer = caller.call_in(self.subject().format, address.into(), request.clone(), PATIENCE).await;
        let answer = answer.map_err(|failure| failure.to_string());
        self.log().add(Entry::sent(&request, &answer, None));
        let answer = answer.map_err(|failure| Stop::Fail(format!("NOTIFY: expected an answer; {failure}")))?;
        let status: Status = answer.status;
        ensure(status.is_success(), || format!("NOTIFY: expected success, got {status:?}"))?;
        let (asked, got) = (&request.request_identifier, &answer.request_identifier);
        ensure(asked == got, || format!("requestIdentifier (rqi): expected {asked}, got {got:?}"))
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
        Some(answer) if answer.status < 300 => Ok(()),
        Some(answer) => Err(format!("{url}: HTTP {}", answer.status)),
        None => Err(format!("{url}: expected an answer of HTTP/1.1")),
    }
}

impl Remote {
    /// The registration that a request has made here.
    fn newest_ae(&self, asked: &Asked) -> Option<Registered> {
        let (path, attributes) = self.newest_below(&asked.target, AE.root)?;
        Some(Registered { id: attributes.get("aei")?.as_str()?.to_owned(), path })
    }
}
