//! What a subject supports, as its tests have shown it: `docs/support.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Item, Report};
use crate::kind;
use crate::pics::Pics;
use crate::variant::Variant;
use crate::verdict::Verdict;

/// Which test shows a result content of an operation.
const RESULT_CONTENTS: &[(&str, &[(u32, &str)])] = &[
    ("CREATE", &[(0, "DMR/CRE/015_CNT"), (1, "DMR/CRE/019_CNT"), (2, "DMR/CRE/016_CNT"), (3, "DMR/CRE/017_CNT")]),
    (
        "RETRIEVE",
        &[
            (1, "DMR/RET/021_CNT"),
            (4, "DMR/RET/022_CNT"),
            (5, "DMR/RET/023_CNT"),
            (6, "DMR/RET/024_CNT"),
            (8, "DMR/RET/025_CNT"),
        ],
    ),
    ("UPDATE", &[(0, "DMR/UPD/020_CNT"), (1, "DMR/UPD/021_CNT"), (9, "DMR/UPD/022_CNT")]),
    ("DELETE", &[(0, "DMR/DEL/012_CNT"), (1, "DMR/DEL/013_CNT")]),
];

/// Which test shows a parameter or a filter.
const PARAMETERS: &[(&str, &str)] = &[
    ("absolute addresses", "GEN/RET/002_ABS"),
    ("SP-relative addresses", "GEN/RET/002_SPR"),
    ("unstructured identifiers", "GEN/RET/001_CSR"),
    ("one attribute behind `#`", "DMR/RET/004_CNT"),
    ("some attributes (`atrl`)", "DMR/RET/006_CNT"),
    ("`rqet`: a request expires", "TS-0004/7.3.2.1/expired"),
    ("discovery (`fu=1`)", "DIS/001"),
    ("`lbl`", "DIS/002"),
    ("`ty`", "TS-0004/7.3.3.17.6/type"),
    ("`lim`", "TS-0004/7.3.3.17.10/limit"),
    ("`lvl`", "TS-0004/7.3.3.17.14/level"),
    ("`ofst`", "TS-0004/7.3.3.17.15/offset"),
    ("`drt`, structured", "DIS/010_DIS"),
    ("`drt`, unstructured", "DIS/004"),
];

/// The page. `full` is a run of everything; `samples` are runs over other bindings and formats, by their names.
#[must_use]
pub fn write(pics: &Pics, full: &Report, samples: &[(String, Report)]) -> String {
    let mut out = String::new();
    let _ = write_all(pics, full, samples, &mut out);
    out
}

fn write_all(pics: &Pics, full: &Report, samples: &[(String, Report)], out: &mut String) -> std::fmt::Result {
    writeln!(out, "# What is supported\n")?;
    writeln!(
        out,
        "Written from executed conformance tests (`conformance/`), never by hand; a test sees that it is current."
    )?;
    writeln!(out, "A number such as 12/14 is how many of the tests that apply have passed.\n")?;
    writeln!(out, "## Groups of tests, over HTTP in JSON\n\n| group | passed |\n| --- | --- |")?;
    for (group, counts) in full.by(|item| vec![item.group.clone()]) {
        row(out, &group, counts)?;
    }
    writeln!(
        out,
        "\n## Resource types\n\n| type | number | passed | attributes that were set or changed |\n| --- | --- | --- | --- |"
    )?;
    let (by_type, attributes) = (full.by(|item| item.types.clone()), attributes(full));
    for number in &pics.types {
        let Some(kind) = kind::ALL.iter().find(|kind| kind.number == *number) else { continue };
        let counts = by_type.get(kind.long).copied().unwrap_or_default();
        let names: Vec<String> =
            attributes.get(kind.tag).into_iter().flatten().map(|name| format!("`{name}`")).collect();
        writeln!(out, "| {} | {number} | {} | {} |", kind.long, share(counts), names.join(" "))?;
    }
    writeln!(out, "\n## Result contents\n\n| operation | `rcn` |\n| --- | --- |")?;
    for (operation, tests) in RESULT_CONTENTS {
        let passed = tests.iter().filter(|(_, id)| passes(full, id)).map(|(number, _)| number.to_string());
        writeln!(out, "| {operation} | {} |", passed.collect::<Vec<_>>().join(", "))?;
    }
    writeln!(out, "\n## Parameters and filters\n\n| what | supported | shown by |\n| --- | --- | --- |")?;
    for (name, id) in PARAMETERS {
        writeln!(out, "| {name} | {} | `{id}` |", if passes(full, id) { "yes" } else { "no" })?;
    }
    writeln!(out, "\n## Bindings and formats, a sample each\n\n| over | passed |\n| --- | --- |")?;
    for (name, report) in samples {
        let mut counts = [0; 5];
        for item in &report.items {
            if let Some(cell) = counts.get_mut(item.verdict as usize) {
                *cell += 1;
            }
        }
        row(out, name, counts)?;
    }
    Ok(())
}

/// A row, if anything was tested at all.
fn row(out: &mut String, name: &str, counts: [usize; 5]) -> std::fmt::Result {
    if counts.iter().take(3).sum::<usize>() == 0 {
        return Ok(());
    }
    writeln!(out, "| {name} | {} |", share(counts))
}

fn share([pass, fail, inconclusive, ..]: [usize; 5]) -> String {
    format!("{pass}/{}", pass.saturating_add(fail).saturating_add(inconclusive))
}

fn passed(item: &Item) -> bool {
    item.verdict == Verdict::Pass
}

fn passes(report: &Report, short: &str) -> bool {
    report.items.iter().any(|item| passed(item) && item.id.trim_start_matches("TP/oneM2M/CSE/") == short)
}

/// The attributes of each type that a test has set or changed, from the purposes whose variants are attributes.
fn attributes(report: &Report) -> BTreeMap<String, BTreeSet<String>> {
    let bases = ["DMR/CRE/012_", "DMR/UPD/014_", "DMR/UPD/015_", "DMR/UPD/016_", "REG/CRE/012_"];
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in report.items.iter().filter(|item| passed(item)) {
        let Some((_, tag)) = bases.iter().find_map(|base| item.id.split_once(base)) else { continue };
        let variant = Variant::new(tag);
        if let Some(kind) = variant.kinds().first() {
            table.entry(kind.tag.to_owned()).or_default().extend(variant.attributes());
        }
    }
    table
}
