//! Runs of the suite inside a test.

use std::sync::Arc;
use std::time::Duration;

use onem2m_conformance::catalogue::Catalogue;
use onem2m_conformance::exceptions::Exceptions;
use onem2m_conformance::listener::Listener;
use onem2m_conformance::pics::Pics;
use onem2m_conformance::plan::plan;
use onem2m_conformance::probe::probe;
use onem2m_conformance::report::{Item, Report};
use onem2m_conformance::runner::{Running, run};
use onem2m_conformance::subject::Subject;
use onem2m_conformance::suite::Suite;
use onem2m_conformance::trigger::Trigger;
use onem2m_cse::codec::format::Format;

/// A subject with its PICS, ready to be tested again and again.
pub struct Tester {
    pub pics: Pics,
    pub listener: Arc<Listener>,
    catalogue: Catalogue,
    suite: Suite,
    exceptions: Exceptions,
}

impl Tester {
    /// Asks our CSE at an address what it is.
    pub async fn new(address: &str) -> Self {
        Self::listening(address, "127.0.0.1:0").await
    }

    /// The same, and listens at an address of any binding.
    pub async fn listening(address: &str, bind: &str) -> Self {
        let mut pics = Pics::default();
        pics.subject.name = "onem2m-cse".into();
        pics.identity.sp_id = "//acme.example.com".into();
        pics.listener.bind = bind.into();
        let pics = probe(pics, address).await.expect("it answers");
        let listener = Arc::new(Listener::start(&pics).await.expect("it listens"));
        let (catalogue, suite, exceptions) = (Catalogue::standard(), Suite::standard(), Exceptions::standard());
        Self { pics, listener, catalogue, suite, exceptions }
    }

    /// Runs what the patterns choose, at an address, in a format.
    pub async fn run(&self, address: &str, format: Format, only: &[String]) -> Report {
        let subject = Subject::new(self.pics.clone(), address, format).expect("a scheme that is spoken");
        let subject = Arc::new(subject.answering(&self.listener));
        let steps = plan(&self.catalogue, &self.suite, &self.exceptions, &self.pics, only);
        let running = Running::default();
        let items = run(steps, &subject, &self.listener, &self.exceptions, &running, |_| {}).await;
        Report::new(&subject, 0.0, items)
    }
}

/// How an AE is tested.
pub struct AeTest {
    pub profile: &'static str,
    /// Where the tester is.
    pub bind: String,
    pub exceptions: Exceptions,
}

impl Default for AeTest {
    fn default() -> Self {
        Self { profile: "ADN-AE", bind: "127.0.0.1:0".into(), exceptions: Exceptions::standard() }
    }
}

impl AeTest {
    /// Runs what the patterns choose on an AE. `goes_to` hears where its registrar is.
    pub async fn run(&self, goes_to: impl Fn(&str), trigger: Trigger, wait: Duration, only: &[String]) -> Report {
        let mut pics = Pics::default();
        pics.subject.profile = self.profile.into();
        pics.listener.bind.clone_from(&self.bind);
        let listener = Arc::new(Listener::start(&pics).await.expect("it listens"));
        goes_to(listener.url());
        let steps = plan(&Catalogue::standard(), &Suite::standard(), &self.exceptions, &pics, only);
        let subject = Subject::ae(pics, &listener, Format::Json, trigger, wait).expect("a release that is spoken");
        let subject = Arc::new(subject);
        let running = Running { jobs: 1, limit: Duration::from_secs(90) };
        let items = run(steps, &subject, &listener, &self.exceptions, &running, |_| {}).await;
        Report::new(&subject, 0.0, items)
    }
}

/// Runs what the patterns choose on an AE over HTTP.
pub async fn test_ae(goes_to: impl Fn(&str), trigger: Trigger, wait: Duration, only: &[String]) -> Report {
    AeTest::default().run(goes_to, trigger, wait, only).await
}

/// Runs what is about MN-CSEs and their registrar on one. `goes_to` hears where its registrar is.
pub async fn test_mn(
    address: &str,
    goes_to: impl Fn(&str),
    trigger: Trigger,
    wait: Duration,
    only: &[String],
) -> Report {
    let mut pics = Pics { types: vec![2, 5, 16, 10002], ..Pics::default() };
    pics.subject.profile = "MN-CSE".into();
    (pics.identity.cse_id, pics.identity.cse_name) = ("/mn".into(), "mn-cse".into());
    let listener = Arc::new(Listener::start(&pics).await.expect("it listens"));
    goes_to(listener.url());
    let exceptions = Exceptions::standard();
    let steps = plan(&Catalogue::standard(), &Suite::standard(), &exceptions, &pics, only);
    let subject = Subject::new(pics, address, Format::Json).expect("a release that is spoken");
    let subject = Arc::new(subject.registering(&listener, trigger, wait));
    let items = run(steps, &subject, &listener, &exceptions, &Running::default(), |_| {}).await;
    Report::new(&subject, 0.0, items)
}

/// What was asked, of a report.
pub fn asked(report: &Report) -> impl Iterator<Item = &Item> {
    use onem2m_conformance::verdict::Verdict;
    report.items.iter().filter(|item| item.verdict != Verdict::NotAsked)
}
