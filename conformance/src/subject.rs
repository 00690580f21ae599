//! The subject: whoever is tested, as something that can be asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use onem2m_cse::binding::Caller;
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Operation, ReleaseVersion, Request, Response};
use tokio::sync::Mutex;

use crate::ask::{Asking as _, inside, to_json};
use crate::bench::UnderTest;
use crate::carrier;
use crate::listener::Listener;
use crate::log::{Entry, Log, curl};
use crate::pics::Pics;
use crate::trigger::Trigger;

/// How long a single answer may take.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The name of the tester as the registrar of the subject: the CSE-ID without its slash.
pub const CSE: &str = "conformance";

/// The subject.
pub struct Subject {
    /// What is claimed of it.
    pub pics: Pics,
    /// The release that requests speak, and whose expectations apply.
    pub release: ReleaseVersion,
    /// The format of contents.
    pub format: Format,
    /// Where it is asked.
    pub address: String,
    /// Held by the test that has the CSEBase's schedule: there may be one (TS-0001 table 9.6.3-1).
    pub schedule: Arc<Mutex<()>>,
    /// When the tester is the subject's registrar: what is known of the registration.
    pub under_test: Option<UnderTest>,
    caller: Arc<dyn Caller>,
    count: AtomicU64,
    run: String,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Subject {
    /// A subject at an address, in a format.
    ///
    /// # Errors
    /// A sentence: an address or a release that nobody here speaks.
    pub fn new(pics: Pics, address: &str, format: Format) -> Result<Self, String> {
        let caller = carrier::caller_for(address)?;
        let release = release(&pics.subject.release)?;
        // Names of an earlier run may still be there.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
        let run = format!("{:06x}", now & 0xff_ffff);
        let address = address.trim_end_matches('/').to_owned();
        let schedule = Arc::default();
        let under_test = None;
        Ok(Self { pics, release, format, address, schedule, under_test, caller, count: AtomicU64::new(0), run })
    }

    /// An AE as the subject: the tester is its registrar behind the listener, and brings it to send something by a trigger.
    ///
    /// # Errors
    /// A sentence: a release that nobody here speaks.
    pub fn ae(
        pics: Pics,
        listener: &Listener,
        format: Format,
        trigger: Trigger,
        wait: Duration,
    ) -> Result<Self, String> {
        Ok(Self::new(pics, listener.url(), format)?.registering(listener, trigger, wait))
    }

    /// A subject that has the tester as its registrar, and is brought to send something by a trigger.
    #[must_use]
    pub fn registering(mut self, listener: &Listener, trigger: Trigger, wait: Duration) -> Self {
        let registrar = listener.remote(CSE, &Log::default());
        registrar.is_the_registrar();
        self.under_test = Some(UnderTest::new(registrar, trigger, wait));
        self
    }

    /// Has the subject tell over connections that were opened for asking, where the binding does so (TS-0020 6.3).
    #[must_use]
    pub fn answering(mut self, listener: &Listener) -> Self {
        if let Some(answering) = self.caller.answering(listener.door()) {
            self.caller = answering;
        }
        self
    }

    /// Whether a broker lies between, so that the subject does not see where a request comes from.
    #[must_use]
    pub fn is_brokered(&self) -> bool {
        self.address.starts_with("mqtt")
    }

    /// A text that nothing else in this run, and probably in no other, has.
    #[must_use]
    pub fn unique(&self) -> String {
        format!("ct{}n{}", self.run, self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// The name of the CSEBase, which begins every structured address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.pics.identity.cse_name
    }

    /// Whether requests go over HTTP.
    #[must_use]
    pub fn is_http(&self) -> bool {
        self.address.starts_with("http")
    }

    /// Asks. What was said goes into the log.
    ///
    /// # Errors
    /// A sentence, when there is no response at all.
    pub async fn ask(&self, mut request: Request, log: &Log) -> Result<Response, String> {
        if request.request_identifier.is_empty() {
            request.request_identifier = self.unique().into();
        }
        request.release_version_indicator = self.release;
        let in_path = self.is_http() || self.address.starts_with("coap");
        let request = if in_path { without_fragment(request) } else { request };
        let url = self.caller.url(&self.address, &request.to);
        let sent = self.caller.call_in(self.format, url.clone(), request.clone(), PATIENCE);
        let answer = sent.await.map_err(|failure| failure.to_string()).and_then(|answer| answers(&request, answer));
        let curl = self.is_http().then(|| curl(&url, &request, self.format)).flatten();
        log.add(Entry::sent(&request, &answer, curl));
        answer
    }
}

/// TS-0004 table 7.2.1.2-1: an answer carries the identifier of the request that it answers.
fn answers(request: &Request, response: Response) -> Result<Response, String> {
    let (expected, got) = (&request.request_identifier, &response.request_identifier);
    if expected == got {
        Ok(response)
    } else {
        Err(format!("requestIdentifier (rqi): expected {expected}, got {got:?}"))
    }
}

/// TS-0009 6.2.2.2, TS-0008 6.2.2: where `to` is a path, the one attribute that it names behind a `#` is an argument of the
/// query.
fn without_fragment(request: Request) -> Request {
    match request.to.clone().split_once('#') {
        Some((to, attribute)) if request.operation == Operation::Retrieve => {
            let mut request = request.only(&[attribute]);
            request.to = to.into();
            request
        }
        _ => request,
    }
}

/// The release of that name; also `1`, which has no indicator on the wire.
///
/// # Errors
/// A sentence that lists them.
pub fn release(name: &str) -> Result<ReleaseVersion, String> {
    if name == "1" {
        return Ok(ReleaseVersion::R1);
    }
    ReleaseVersion::parse(name).ok_or_else(|| format!("release: expected 1, 2, 2a, 3, 4 or 5, got {name:?}"))
}

/// What the subject says of why it refused: `m2m:dbg`, or nothing.
#[must_use]
pub fn sentence(response: &Response) -> String {
    let content = to_json(&response.value());
    match inside(&content).as_str() {
        Some(text) => format!(" ({text})"),
        None => String::new(),
    }
}
