//! The table that ends a run, and the failures in full.

use std::fmt::Write as _;

use super::{Item, Report};
use crate::plan::NOT_CHOSEN;
use crate::verdict::Verdict;

/// The table.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    let _ = write_table(report, &mut out);
    out
}

fn write_table(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "{:<10}{:>7}{:>7}{:>7}{:>14}{:>16}{:>11}",
        "group", "pass", "fail", "known", "inconclusive", "not applicable", "not asked"
    )?;
    for (group, counts) in report.by(|item| vec![item.group.clone()]) {
        // Of a group that nobody asked for there is nothing to say.
        if report.items.iter().filter(|item| item.group == group).all(|item| item.reason == NOT_CHOSEN) {
            continue;
        }
        let known = report.items.iter().filter(|item| item.group == group && item.is_explained()).count();
        row(out, &group, counts, known)?;
    }
    let all = Verdict::ALL.map(|verdict| report.count(verdict));
    row(out, "all", all, report.items.iter().filter(|item| item.is_explained()).count())?;
    report.mended().try_for_each(|item| writeln!(out, "{}", mended(item)))
}

/// What is out of date about something that passes.
#[must_use]
pub fn mended(item: &Item) -> String {
    let reason = item.known.as_ref().map(|known| known.reason.as_str()).unwrap_or_default();
    format!("mended  {}: it passes; its [[known]] entry has to go: {reason}", item.id)
}

fn row(out: &mut String, name: &str, counts: [usize; 5], known: usize) -> std::fmt::Result {
    let [pass, fail, inconclusive, not_applicable, not_asked] = counts;
    writeln!(out, "{name:<10}{pass:>7}{fail:>7}{known:>7}{inconclusive:>14}{not_applicable:>16}{not_asked:>11}")
}

/// One failure: what was expected, what was said, how to say it again.
#[must_use]
pub fn failure(item: &Item) -> String {
    let mut out = String::new();
    let _ = write_failure(item, &mut out);
    out
}

fn write_failure(item: &Item, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{}  {}", item.verdict.name(), item.id)?;
    writeln!(out, "  {}   [{}]", item.summary, item.clause)?;
    writeln!(out, "  {}", item.reason)?;
    if let Some(known) = &item.known {
        let what = if known.bug { "a known mistake of the subject" } else { "known" };
        writeln!(out, "  {what}: {} [{}]", known.reason, known.clause)?;
    }
    if let Some(departure) = &item.departure {
        writeln!(out, "  departs from the purpose: {departure}")?;
    }
    if let Some(last) = item.exchanges.iter().rev().find(|entry| !entry.from_subject) {
        writeln!(out, "  asked:    {}", last.request)?;
        match &last.failure {
            Some(failure) => writeln!(out, "  answered: nothing ({failure})")?,
            None => writeln!(out, "  answered: {}", last.response)?,
        }
        if let Some(curl) = &last.curl {
            writeln!(out, "  again:    {curl}")?;
        }
    }
    Ok(())
}
