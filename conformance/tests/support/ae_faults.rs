//! What an AE may do wrong.

use onem2m_cse::primitive::{Operation, Request};
use serde_json::{Map, Value as Json, json};

use super::ae::change;

/// What is broken, and which purposes have to catch it.
pub struct Planted {
    pub name: &'static str,
    pub fault: fn(&mut Request),
    pub caught_by: &'static [&'static str],
}

const fn planted(name: &'static str, fault: fn(&mut Request), caught_by: &'static [&'static str]) -> Planted {
    Planted { name, fault, caught_by }
}

/// All of them.
pub const FAULTS: &[Planted] = &[
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
pub fn elsewhere(request: &mut Request) {
    if request.resource_type != Some(2) {
        request.to = "/conformance/conformance-cse/elsewhere".into();
    }
}

/// Says who it is, and nothing else.
pub fn empty(request: &mut Request) {
    own_stem(request);
    change(request, Map::clear);
}
