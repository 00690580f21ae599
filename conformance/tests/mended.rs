//! A failure that is known and does not happen any more is noticed, in every form of the report.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

mod support;

use std::time::Duration;

use onem2m_conformance::exceptions::Exceptions;
use onem2m_conformance::report::{Report, html, junit, summary};
use onem2m_conformance::verdict::Verdict;
use support::ae::Ae;
use support::suite::AeTest;

/// Two tests of a good AE, of which one is said to fail.
async fn report(more: &str) -> Report {
    let known = "[[known]]\nsubject = 'subject'\npurposes = ['AE/REG/CRE/001']\nclause = 'c'\nreason = 'the reason'\n";
    let exceptions = Exceptions::read(&format!("{known}{more}")).unwrap();
    let ae = Ae::start(|_| (), true).await;
    let some = ["AE/REG/CRE/001", "AE/REG/CRE/002_API"].map(str::to_owned);
    let wait = Duration::from_secs(5);
    let test = AeTest { exceptions, ..AeTest::default() };
    let report = test.run(|registrar| ae.goes_to(registrar), ae.trigger(), wait, &some).await;
    assert_eq!(report.count(Verdict::Pass), 2);
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_and_is_known_to_fail_is_not_as_expected() {
    let report = report("").await;
    assert_eq!(report.mended, ["TP/oneM2M/AE/REG/CRE/001"]);
    assert!(!report.is_as_expected());
    assert!(report.unexplained().next().is_none());
    assert!(summary::table(&report).contains("mended  TP/oneM2M/AE/REG/CRE/001"));
    assert!(html::write(&report).contains("pass (mended)"));
    let junit = junit::write(&report);
    assert!(junit.contains("failures=\"1\"") && junit.contains("<failure message=\"mended  TP/oneM2M/AE/REG/CRE/001"));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["mended"][0], "TP/oneM2M/AE/REG/CRE/001");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_sometimes_may_pass() {
    let report = report("sometimes = true").await;
    assert!(report.is_as_expected() && report.mended.is_empty());
}
