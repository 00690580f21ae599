//! Notifications arrive over every binding: at a server of the tester's own, and by way of an MQTT broker.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

mod support;

use onem2m_conformance::report::summary;
use onem2m_conformance::verdict::Verdict;
use onem2m_cse::codec::format::Format;
use support::broker::broker;
use support::cse::Cse;
use support::suite::Tester;

/// What cannot pass when no notification arrives, and what counts them or answers them with a refusal.
const TOLD: &[&str] = &["CSE/SUB", "CSE/DMR/DEL/004_SUB", "TS-0004/7.5.1.2", "TS-0001/10.2.10"];

async fn is_told(cse: &Cse, asked_at: &str, listens_at: &str) {
    let tester = Tester::listening(&cse.http, listens_at).await;
    let only: Vec<String> = TOLD.iter().map(|pattern| (*pattern).to_owned()).collect();
    let report = tester.run(asked_at, Format::Json, &only).await;
    let wrong: Vec<String> = report.unexplained().map(summary::failure).collect();
    assert!(wrong.is_empty(), "{asked_at}, {listens_at}: {}", wrong.join("\n"));
    assert!(report.count(Verdict::Pass) > 40, "{listens_at}: {}", summary::table(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cse_tells_over_http_coap_and_websocket() {
    let cse = Cse::start(&["--coap", "127.0.0.1:0", "--ws", "127.0.0.1:0"], 3);
    for scheme in ["http", "coap", "ws"] {
        is_told(&cse, &cse.http, &format!("{scheme}://127.0.0.1:0")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cse_tells_by_way_of_a_broker() {
    let Some((_running, broker)) = broker() else { return };
    let cse = Cse::start(&["--mqtt", &broker], 2);
    is_told(&cse, &cse.http, &broker).await;
    is_told(&cse, &format!("{broker}#/id-in"), &broker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_not_there_is_named() {
    let cse = Cse::start(&[], 1);
    let mut pics = Tester::new(&cse.http).await.pics;
    pics.listener.bind = "mqtt://127.0.0.1:1".into();
    let refused = onem2m_conformance::listener::Listener::start(&pics).await.unwrap_err();
    assert!(refused.starts_with("mqtt://127.0.0.1:1: "), "{refused}");
}
