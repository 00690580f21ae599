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
use onem2m_cse::primitive::{Operation, Request};
use serde_json::{Map, Value as Json, json};
use support::ae::{self, Ae, change};
use support::broker::broker;
use support::docs;
use support::suite::{AeTest, test_ae};

/// What is broken, and which purposes have to catch it.
struct Planted {
    name: &'static str,
    fault: fn(&mut Request),
    caught_by: &'static [&'static str],
}

const fn planted(name: &'static str, fault: fn(&mut Request), caught_by: &'static [&'static str]) -> Planted {
    Planted { name, fault, caught_by }
}

/// Variants for a sensor, and for an actuator, as the catalogue has them.
const SENSOR: usize = 44;
const ACTUATOR: usize = 29;

const FAULTS: &[Planted] = &[
    planted("labels left out", |r| set(r, "lbl", None), &["DMR/CRE/003_LBL", "DMR/CRE/004_LBL"]),
    planted(
        "labels as text",
        |r| {
            if has(r, "lbl") {
                set(r, "lbl", Some(json!("a")))
            }
        },
        &["DMR/CRE/004_LBL"],
    ),
    planted("instances without content", |r| set(r, "con", None), &["DMR/CRE/002"]),
    planted("a registration without an App-ID", |r| set(r, "api", None), &["REG/CRE/001", "REG/CRE/002_API"]),
    planted("an AE-ID-stem of its own", own_stem, &["REG/CRE/001"]),
    planted("containers for instances", containers, &["DMR/CRE/002"]),
    planted(
        "the name in updates",
        |r| on(r, Operation::Update, |r| set(r, "rn", Some(json!("x")))),
        &["DMR/UPD/002_MNI"],
    ),
    planted(
        "a resourceID of its own",
        |r| {
            if r.resource_type == Some(3) {
                set(r, "ri", Some(json!("x")))
            }
        },
        &["DMR/CRE/001"],
    ),
    planted(
        "what has expired",
        |r| {
            if has(r, "et") {
                set(r, "et", Some(json!("20200101T000000")))
            }
        },
        &["DMR/CRE/004_ET"],
    ),
    planted("every address CSE-relative", cse_relative, &["GEN/RET/001_SPR", "GEN/DEL/002_SPR", "GEN/CRE/002_ABS"]),
    planted("the latest for the oldest", the_latest, &["DMR/DEL/001", "DMR/RET/002"]),
    planted("the name of somebody else", somebody_else, &["DMR/RET/004", "DMR/CRE/001"]),
    planted("retrieves and does not delete", retrieves, &["DMR/DEL/003", "REG/DEL/001"]),
];

fn on(request: &mut Request, operation: Operation, fault: fn(&mut Request)) {
    if request.operation == operation {
        fault(request);
    }
}

fn has(request: &Request, name: &str) -> bool {
    let mut found = false;
    change(&mut request.clone(), |members| found = members.contains_key(name));
    found
}

fn set(request: &mut Request, name: &str, value: Option<Json>) {
    change(request, |members| match value {
        Some(value) => drop(members.insert(name.to_owned(), value)),
        None => drop(members.remove(name)),
    });
}

fn own_stem(request: &mut Request) {
    if request.resource_type == Some(2) {
        request.originator = Some("Cmine".into());
    }
}

fn containers(request: &mut Request) {
    if request.resource_type == Some(4) {
        request.resource_type = Some(3);
        request.content = Some(onem2m_conformance::ask::value(&json!({"m2m:cnt": {}})));
    }
}

fn cse_relative(request: &mut Request) {
    let to = request.to.trim_start_matches("//conformance.example.com").to_owned();
    request.to = to.strip_prefix("/conformance/").unwrap_or(&to).into();
}

fn the_latest(request: &mut Request) {
    if let Some(container) = request.to.strip_suffix("/ol") {
        request.to = format!("{container}/la").into();
    }
}

fn somebody_else(request: &mut Request) {
    if request.resource_type != Some(2) {
        request.originator = Some("Celse".into());
    }
}

fn retrieves(request: &mut Request) {
    on(request, Operation::Delete, |request| request.operation = Operation::Retrieve);
}

/// Registers as it should, and goes wrong with everything else.
fn elsewhere(request: &mut Request) {
    if request.resource_type != Some(2) {
        request.to = "/conformance/conformance-cse/elsewhere".into();
    }
}

/// Says who it is, and nothing else.
fn empty(request: &mut Request) {
    own_stem(request);
    change(request, Map::clear);
}

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
