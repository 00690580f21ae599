//! The tester is tested: a proxy before a good CSE breaks one thing at a time, and the right tests have to fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

mod answers;
mod list;
mod notifications;
mod requests;
#[path = "../support/mod.rs"]
mod support;

use onem2m_conformance::report::Report;
use onem2m_conformance::verdict::Verdict;
use onem2m_cse::codec::format::Format;
use support::cse::Cse;
use support::docs;
use support::proxy::Proxy;
use support::suite::{Tester, asked};

/// The verdict of a test, and why.
fn verdict<'r>(report: &'r Report, id: &str) -> (Verdict, &'r str) {
    let item = report.items.iter().find(|item| item.id == id).unwrap_or_else(|| panic!("{id}: no such test"));
    (item.verdict, &item.reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_fault_is_caught_by_the_right_tests() {
    let cse = Cse::start(&[], 1);
    let tester = Tester::new(&cse.http).await;
    let host = |url: &str| url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let proxy = Proxy::start(&host(&cse.http), &host(&tester.listener.anywhere())).await;
    let mut wrong = Vec::new();

    // Without a fault, the proxy is not noticed.
    let catchers: Vec<String> = list::all().flat_map(list::Fault::identifiers).collect();
    let sound = tester.run(&proxy.url, Format::Json, &catchers).await;
    for item in asked(&sound).filter(|item| catchers.contains(&item.id) && item.verdict != Verdict::Pass) {
        wrong.push(format!("nothing is broken, and {} is {}: {}", item.id, item.verdict.name(), item.reason));
    }

    for fault in list::all() {
        proxy.turn(Some(fault.turn));
        let report = tester.run(&proxy.url, Format::Json, &fault.identifiers()).await;
        for id in fault.identifiers() {
            let (verdict, reason) = verdict(&report, &id);
            println!("{}: {} {id} {reason}", fault.name, verdict.name());
            if verdict != Verdict::Fail {
                wrong.push(format!("{}: {id} is {}, {reason:?}", fault.name, verdict.name()));
            }
        }
        proxy.turn(None);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_faults_is_that_of_the_documentation() {
    assert!(list::all().count() >= 40);
    docs::is_current("faults", &docs::table(list::all().map(|fault| (fault.name, fault.caught_by))));
}
