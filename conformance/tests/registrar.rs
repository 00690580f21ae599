//! The tester as the registrar of an MN-CSE: one that is good, and then one with a fault at a time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

mod support;

use std::time::Duration;

use onem2m_conformance::catalogue::Catalogue;
use onem2m_conformance::report::{Report, summary};
use onem2m_conformance::trigger::Trigger;
use onem2m_conformance::verdict::Verdict;
use onem2m_cse::primitive::{Operation, Request};
use serde_json::json;
use support::ae::change;
use support::docs;
use support::mn::{Faults, Mn};
use support::suite::test_mn;

/// Purposes in which the subject is an MN-CSE and asks the tester.
const ALL: &[&str] = &[
    "REG/CRE/005",
    "REG/CRE/006",
    "REG/CRE/007",
    "REG/CRE/008",
    "REG/CRE/010",
    "REG/CRE/020",
    "REG/CRE/024",
    "REG/CRE/026",
    "REG/RET/009",
    "REG/UPD/003",
    "REG/DEL/004",
];

/// What is broken, and which purposes have to catch it.
const FAULTS: &[(&str, Faults, &[&str])] = &[
    (
        "announces nowhere",
        (elsewhere, |_| ()),
        &["REG/CRE/005", "REG/CRE/006", "REG/CRE/007", "REG/CRE/008", "REG/CRE/010", "REG/CRE/020"],
    ),
    ("an announcement without an App-ID", (|r| without(r, "api"), |_| ()), &["REG/CRE/006"]),
    ("a link to nowhere", (|r| linked(r, "/mn/else"), |_| ()), &["REG/CRE/006", "REG/CRE/008", "REG/CRE/010"]),
    ("an originator that is not the registrar's", (from_nobody, |_| ()), &["REG/CRE/006", "REG/CRE/008"]),
    (
        "a name of its own for the AE",
        (|_| (), |ae| drop(ae["m2m:ae"].as_object_mut().unwrap().insert("aei".into(), json!("Sown")))),
        &["REG/CRE/007", "REG/CRE/010", "REG/CRE/020"],
    ),
    ("no CSE-ID", (|r| without(r, "csi"), |_| ()), &["REG/CRE/024"]),
    ("no labels", (|r| without(r, "lbl"), |_| ()), &["REG/CRE/026_LBL", "REG/UPD/003_LBL"]),
    ("no points of access", (|r| without(r, "poa"), |_| ()), &["REG/CRE/026_POA", "REG/UPD/003_POA"]),
    ("no kind of CSE", (|r| without(r, "cst"), |_| ()), &["REG/CRE/026_CST"]),
    ("no node", (|r| without(r, "nl"), |_| ()), &["REG/CRE/026_NL", "REG/UPD/003_NL"]),
    ("no name", (|r| without(r, "rn"), |_| ()), &["REG/CRE/026_RN"]),
    ("no expiration", (|r| without(r, "et"), |_| ()), &["REG/CRE/026_ET", "REG/UPD/003_ET"]),
    ("no requestReachability", (|r| without(r, "rr"), |_| ()), &["REG/CRE/024"]),
    ("no requestReachability, later", (no_reachability, |_| ()), &["REG/UPD/003_RR"]),
    ("the name of somebody else", (|r| r.originator = Some("/else".into()), |_| ()), &["REG/CRE/024"]),
    ("the name of somebody else, later", (somebody_else, |_| ()), &["REG/RET/009", "REG/UPD/003_ET", "REG/DEL/004"]),
];

/// Announcements go where nothing is.
fn elsewhere(request: &mut Request) {
    if request.resource_type == Some(10002) || request.to.starts_with("/conformance/S") {
        request.to = "/conformance/conformance-cse/elsewhere".into();
    }
}

/// Registers as itself, and then is another.
fn somebody_else(request: &mut Request) {
    if request.resource_type != Some(16) {
        request.originator = Some("/else".into());
    }
}

fn without(request: &mut Request, name: &str) {
    change(request, |members| drop(members.remove(name)));
}

fn no_reachability(request: &mut Request) {
    if request.operation == Operation::Update {
        without(request, "rr");
    }
}

fn linked(request: &mut Request, to: &str) {
    change(request, |members| {
        if members.contains_key("lnk") && members["lnk"] != "INACTIVE" {
            members.insert("lnk".into(), json!(to));
        }
    });
}

/// Of AEs; the CSE itself is honest.
fn from_nobody(request: &mut Request) {
    if request.resource_type != Some(16) && request.operation != Operation::Retrieve {
        let stem = request.originator.as_deref().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
        request.originator = Some(format!("/nobody/{stem}").into());
    }
}

fn only(purposes: &[&str]) -> Vec<String> {
    purposes.iter().map(|purpose| format!("CSE/{purpose}")).collect()
}

async fn report(faults: Faults, purposes: &[&str], wait: Duration) -> Report {
    let mn = Mn::start(faults).await;
    test_mn(&mn.url, |registrar| mn.goes_to(registrar), mn.trigger(), wait, &only(purposes)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_mn_cse_does_all_that_its_registrar_expects() {
    let report = report((|_| (), |_| ()), ALL, Duration::from_secs(5)).await;
    let wrong: Vec<String> = report.unexplained().map(summary::failure).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let names = |id: &str| ALL.iter().any(|purpose| id.contains(purpose));
    let there = Catalogue::standard().purposes().iter().filter(|purpose| names(&purpose.id)).count();
    assert_eq!((report.count(Verdict::Pass), there), (20, 20), "{}", summary::table(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_fault_of_an_mn_cse_is_caught() {
    let mut wrong = Vec::new();
    for (name, faults, caught_by) in FAULTS {
        let report = report(*faults, caught_by, Duration::from_millis(300)).await;
        for purpose in *caught_by {
            let item = report.items.iter().find(|item| item.id.ends_with(&format!("CSE/{purpose}"))).expect(purpose);
            if item.verdict != Verdict::Fail {
                wrong.push(format!("{name}: {purpose} is {}: {}", item.verdict.name(), item.reason));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_purpose_has_a_fault_that_it_catches() {
    let caught: Vec<&str> = FAULTS.iter().flat_map(|(_, _, caught_by)| caught_by.iter().copied()).collect();
    let catalogue = Catalogue::standard();
    let ids = catalogue.purposes().iter().map(|purpose| purpose.id.as_str());
    for id in ids.filter(|id| ALL.iter().any(|purpose| id.contains(&format!("CSE/{purpose}")))) {
        assert!(caught.iter().any(|purpose| id.ends_with(&format!("CSE/{purpose}"))), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_mn_cse_that_does_not_register_nothing_is_learnt() {
    let mn = Mn::start((|_| (), |_| ())).await;
    let some = only(&["REG/CRE/024", "REG/RET/009", "REG/CRE/005"]);
    let report = test_mn(&mn.url, |_| (), Trigger::new("exit 0"), Duration::from_millis(200), &some).await;
    assert_eq!(report.count(Verdict::Inconclusive), 3, "{}", summary::table(&report));
}

#[test]
fn the_table_of_faults_is_that_of_the_documentation() {
    let faults = FAULTS.iter().map(|(name, _, caught_by)| (*name, *caught_by));
    docs::is_current("faults of MN-CSEs", &docs::table(faults));
}
