//! An AE under test: one that is built with this project's client, good at first, and then with a fault at a time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use onem2m_conformance::report::{Report, summary};
use onem2m_conformance::trigger::Trigger;
use onem2m_conformance::verdict::Verdict;
use onem2m_cse::primitive::Request;
use support::ae::{self, Ae};
use support::ae_faults::{FAULTS, elsewhere, empty};
use support::broker::broker;
use support::docs;
use support::suite::{AeTest, test_ae};

/// Variants for a sensor, and for an actuator, as the catalogue has them.
const SENSOR: usize = 44;
const ACTUATOR: usize = 29;

/// The verdict of one purpose.
fn verdict(report: &Report, purpose: &str) -> Verdict {
    report.items.iter().find(|item| item.id.ends_with(&format!("AE/{purpose}"))).expect(purpose).verdict
}

fn only(purposes: &[&str]) -> Vec<String> {
    purposes.iter().map(|purpose| format!("AE/{purpose}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_ae_does_all_that_it_is_triggered_to_do() {
    let ae = Ae::start(|_| (), true).await;
    let report = test_ae(|registrar| ae.goes_to(registrar), ae.trigger(), Duration::from_secs(10), &[]).await;
    let wrong: Vec<String> = report.unexplained().map(summary::failure).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(report.count(Verdict::Pass), 86, "{}", summary::table(&report));
}

/// TS-0018 has less for a sensor that only sends, and for an actuator that only takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_constrained_ae_is_asked_for_what_its_profile_has() {
    for (profile, passes) in [("Constrained-sensor", SENSOR), ("Constrained-actuator", ACTUATOR)] {
        let ae = Ae::start(|_| (), true).await;
        let (test, wait) = (AeTest { profile, ..AeTest::default() }, Duration::from_secs(10));
        let report = test.run(|registrar| ae.goes_to(registrar), ae.trigger(), wait, &[]).await;
        println!("{profile}\n{}", summary::table(&report));
        assert!(report.is_as_expected(), "{}", summary::table(&report));
        assert_eq!((report.count(Verdict::Pass), report.count(Verdict::NotApplicable)), (passes, 86 - passes));
    }
}

/// Its registrar is where it is told to go; what it is told itself comes over HTTP.
#[tokio::test(flavor = "multi_thread")]
async fn an_ae_may_speak_any_binding() {
    let broker = broker();
    let mut binds = vec!["coap://127.0.0.1:0".to_owned(), "ws://127.0.0.1:0".to_owned()];
    binds.extend(broker.iter().map(|(_, url)| url.clone()));
    for bind in binds {
        let ae = Ae::start(|_| (), true).await;
        let some = ["AE/REG", "AE/GEN", "AE/DMR/DEL", "AE/SUB"].map(str::to_owned);
        // An address at a broker says whose it is.
        let cse = if bind.starts_with("mqtt") { "/conformance" } else { "" };
        let test = AeTest { bind: bind.clone(), ..AeTest::default() };
        let goes_to = |registrar: &str| ae.goes_to(&format!("{registrar}{cse}"));
        let report = test.run(goes_to, ae.trigger(), Duration::from_secs(10), &some).await;
        let wrong: Vec<String> = report.unexplained().map(summary::failure).collect();
        assert!(wrong.is_empty(), "{bind}: {}", wrong.join("\n"));
        assert_eq!(report.count(Verdict::Pass), 50, "{bind}: {}", summary::table(&report));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_fault_of_an_ae_is_caught() {
    for planted in FAULTS {
        let ae = Ae::start(planted.fault, true).await;
        let wait = Duration::from_secs(1);
        let report = test_ae(|registrar| ae.goes_to(registrar), ae.trigger(), wait, &only(planted.caught_by)).await;
        for purpose in planted.caught_by {
            assert_eq!(verdict(&report, purpose), Verdict::Fail, "{}: {purpose}", planted.name);
        }
    }
}

/// One fault for what is sent, one for registrations, one for what is answered: together they fail all 86.
#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_variant_that_cannot_fail() {
    let wait = Duration::from_millis(200);
    let (mut failed, mut all) = (BTreeSet::new(), BTreeSet::new());
    let sent = ["AE/GEN", "AE/DMR", "AE/SUB/CRE", "AE/REG/DEL"];
    type Fault = fn(&mut Request);
    let faults: [(Fault, bool, &[&str]); 3] =
        [(elsewhere, true, &sent), (empty, true, &["AE/REG/CRE"]), (|_| (), false, &["AE/SUB/NTF"])];
    for (fault, is_polite, some) in faults {
        let ae = Ae::start(fault, is_polite).await;
        let some: Vec<String> = some.iter().map(|part| (*part).to_owned()).collect();
        let report = test_ae(|registrar| ae.goes_to(registrar), ae.trigger(), wait, &some).await;
        let about_aes = report.items.iter().filter(|item| item.id.contains("/AE/"));
        for item in about_aes {
            all.insert(item.id.clone());
            if item.verdict == Verdict::Fail {
                failed.insert(item.id.clone());
            }
        }
    }
    assert_eq!(all.len(), 86);
    assert_eq!(failed, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_silent_ae_nothing_is_learnt() {
    let trigger = Trigger::new("exit 0");
    let report = test_ae(|_| (), trigger, Duration::from_secs(1), &only(&["REG/CRE/001", "DMR/CRE/001"])).await;
    assert_eq!(report.count(Verdict::Inconclusive), 2, "{}", summary::table(&report));
}

/// This test is the AE: the trigger is a command that runs it, and finds in its environment what is wanted.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_a_trigger_too() {
    if let (Ok(request), Ok(registrar)) = (std::env::var("ONEM2M_REQUEST"), std::env::var("ONEM2M_REGISTRAR")) {
        let request = ae::read(&request);
        ae::send(&registrar, request).await;
        return;
    }
    let program = std::env::current_exe().unwrap();
    let trigger = Trigger::new(&format!("{} --exact a_command_is_a_trigger_too", program.display()));
    let some = only(&["REG/CRE/001", "DMR/CRE/004_MNI", "GEN/UPD/002_ABS", "SUB/CRE/002_ENC", "REG/DEL/001"]);
    let report = test_ae(|_| (), trigger, Duration::from_secs(20), &some).await;
    assert_eq!(report.count(Verdict::Pass), 5, "{:?}", report.unexplained().map(summary::failure).collect::<Vec<_>>());
}

#[test]
fn the_table_of_faults_is_that_of_the_documentation() {
    docs::is_current("faults of AEs", &docs::table(FAULTS.iter().map(|planted| (planted.name, planted.caught_by))));
}
