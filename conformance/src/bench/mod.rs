//! The workbench of one test: what a test asks with, and what it expects. `places` has what it creates.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use onem2m_cse::primitive::{Operation, ReleaseVersion, Request, Status};
use tokio::sync::OwnedMutexGuard;

use crate::ask::{Answer, Asking as _, retrieve};
use crate::catalogue::Purpose;
use crate::listener::{Listener, Mailbox};
use crate::log::Log;
use crate::subject::{Subject, sentence};
use crate::variant::Variant;
use crate::verdict::{Outcome, Stop, ensure};

mod client;
mod expect;
mod http;
mod notified;
mod places;
mod registrar;
mod remote;
mod tidy;
mod triggered;

pub use client::Registered;
pub use expect::{absent, alike, at_least, equals, exactly, is_whole, present};
pub use http::{Returned, Wire};
pub use notified::{events, represented};
pub use places::Place;
pub use triggered::{UnderTest, post};

/// How long a notification may take.
pub const NOTIFIED: Duration = Duration::from_secs(3);

/// How long is waited for a notification that must not come.
pub const SILENT: Duration = Duration::from_millis(300);

/// What a test works with. Cheap to clone; clones are the same bench.
#[derive(Clone, Debug)]
pub struct Bench {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    subject: Arc<Subject>,
    listener: Arc<Listener>,
    log: Log,
    /// What is tested.
    purpose: Purpose,
    variant: Variant,
    /// The status that the purpose expects: a number, `2xxx`, or nothing.
    status: String,
    /// The subject's only schedule, while this test has it.
    schedule: Mutex<Option<OwnedMutexGuard<()>>>,
    /// What has to go at the end: address and who may delete it.
    made: Mutex<Vec<(String, String)>>,
}

impl Bench {
    /// For a purpose, of which this status is expected.
    #[must_use]
    pub fn new(subject: Arc<Subject>, listener: Arc<Listener>, purpose: Purpose, status: String) -> Self {
        let (log, made, schedule) = (Log::default(), Mutex::default(), Mutex::default());
        let variant = purpose.variant();
        Self { inner: Arc::new(Inner { subject, listener, log, purpose, variant, status, schedule, made }) }
    }

    /// The purpose that is tested.
    #[must_use]
    pub fn purpose(&self) -> &Purpose {
        &self.inner.purpose
    }

    /// Its variant.
    #[must_use]
    pub fn variant(&self) -> &Variant {
        &self.inner.variant
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.inner.subject
    }

    /// The release whose expectations apply.
    #[must_use]
    pub fn release(&self) -> ReleaseVersion {
        self.inner.subject.release
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.inner.log
    }

    /// A new name.
    #[must_use]
    pub fn unique(&self) -> String {
        self.inner.subject.unique()
    }

    /// A mailbox for notifications.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        self.inner.listener.mailbox(&self.unique(), &self.inner.log)
    }

    /// Where notifications go that no test looks at.
    #[must_use]
    pub fn anywhere(&self) -> String {
        self.inner.listener.anywhere()
    }

    /// Another such place.
    #[must_use]
    pub fn anywhere_else(&self) -> String {
        self.inner.listener.anywhere_else()
    }

    /// Who may do everything.
    #[must_use]
    pub fn administrator(&self) -> &str {
        &self.inner.subject.pics.originators.administrator
    }

    /// Asks, and takes whatever is answered.
    ///
    /// # Errors
    /// Fail, when there is no answer.
    pub async fn send(&self, request: Request) -> Result<Answer, Stop> {
        let (operation, to, originator) = (request.operation, request.to.clone(), request.originator.clone());
        let said = format!("{} {}", operation.name(), to);
        let response = self.inner.subject.ask(request, &self.inner.log).await;
        let answer = response.map(Answer::new).map_err(|e| Stop::Fail(format!("{said}: expected an answer; {e}")))?;
        if operation == Operation::Create && answer.status.is_success() {
            self.remember(&to, &answer, originator.as_deref().unwrap_or_default());
        }
        Ok(answer)
    }

    /// A step of the preparation: it has to succeed for the test to mean anything.
    ///
    /// # Errors
    /// Inconclusive, when it does not.
    pub async fn prepare(&self, request: Request) -> Result<Answer, Stop> {
        let said = format!("{} {}", request.operation.name(), request.to);
        let answer = match self.send(request).await {
            Err(Stop::Fail(reason)) => return Err(Stop::Inconclusive(reason)),
            other => other?,
        };
        if answer.status.is_success() {
            return Ok(answer);
        }
        let reason = sentence(&answer.response);
        Err(Stop::Inconclusive(format!("preparation: {said} was answered {:?}{reason}", answer.status)))
    }

    /// A step that is tested: it has to be answered with this status.
    ///
    /// # Errors
    /// Fail, when it is not.
    pub async fn check(&self, request: Request, expected: Status) -> Result<Answer, Stop> {
        self.check_any(request, &[expected]).await
    }

    /// A step that is tested: one of these.
    ///
    /// # Errors
    /// Fail, when it is none.
    pub async fn check_any(&self, request: Request, expected: &[Status]) -> Result<Answer, Stop> {
        let said = format!("{} {}", request.operation.name(), request.to);
        let answer = self.send(request).await?;
        let wanted = || expected.iter().map(|status| format!("{status:?}")).collect::<Vec<_>>().join(" or ");
        let got = || format!("{:?}{}", answer.status, sentence(&answer.response));
        ensure(expected.contains(&answer.status), || format!("{said}: expected {}, got {}", wanted(), got()))?;
        Ok(answer)
    }

    /// A step that is tested: what the purpose expects.
    ///
    /// # Errors
    /// Fail, when it is not.
    pub async fn check_purpose(&self, request: Request) -> Result<Answer, Stop> {
        match self.inner.status.trim_end_matches('*').parse() {
            Ok(code) => self.check(request, Status::new(code)).await,
            Err(_) => {
                let said = format!("{} {}", request.operation.name(), request.to);
                let answer = self.send(request).await?;
                ensure(answer.status.is_success(), || format!("{said}: expected success, got {:?}", answer.status))?;
                Ok(answer)
            }
        }
    }

    /// What a resource is now.
    ///
    /// # Errors
    /// Fail, when it cannot be read.
    pub async fn look(&self, place: &Place) -> Result<Answer, Stop> {
        self.check(retrieve(&place.path).by(&place.originator), Status::OK).await
    }

    /// There has to be nothing at this address any more.
    ///
    /// # Errors
    /// Fail, when there is.
    pub async fn gone(&self, address: &str, originator: &str) -> Outcome {
        self.check(retrieve(address).by(originator), Status::NOT_FOUND).await.map(drop)
    }
}
