//! One HTML file that needs nothing else: pictures of coverage, filters, every exchange.

use std::fmt::Write as _;

use super::junit::escaped;
use super::{Item, Report, summary};
use crate::verdict::Verdict;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
#[must_use]
pub fn write(report: &Report) -> String {
    let mut out = String::new();
    let _ = write_all(report, &mut out);
    out
}

fn write_all(report: &Report, out: &mut String) -> std::fmt::Result {
    let subject = escaped(&report.subject);
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")?;
    writeln!(out, "<title>oneM2M conformance: {subject}</title><style>{STYLE}</style></head><body>")?;
    writeln!(out, "<h1>{subject}</h1>")?;
    writeln!(
        out,
        "<p>{} · profile {} · Release {} · {} · {:.1} s</p>",
        escaped(&report.address),
        escaped(&report.profile),
        escaped(&report.release),
        escaped(&report.format),
        report.seconds
    )?;
    writeln!(out, "<p>")?;
    for verdict in Verdict::ALL {
        let (class, name, count) = (class(verdict), verdict.name(), report.count(verdict));
        writeln!(
            out,
            "<label class=\"{class}\"><input type=\"checkbox\" value=\"{class}\" checked> {name} {count}</label>"
        )?;
    }
    writeln!(out, "<input type=\"search\" placeholder=\"part of an identifier, a clause, a sentence\"></p>")?;
    for item in report.mended() {
        writeln!(out, "<p class=\"fail\">{}</p>", escaped(&summary::mended(item)))?;
    }
    bars(out, "Groups", &report.by(|item| vec![item.group.clone()]))?;
    bars(out, "Resource types", &report.by(|item| item.types.clone()))?;
    writeln!(out, "<h2>Purposes</h2><div id=\"items\">")?;
    for item in &report.items {
        write_item(item, out)?;
    }
    writeln!(out, "</div><script>{SCRIPT}</script></body></html>")
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotApplicable => "not-applicable",
        Verdict::NotAsked => "not-asked",
    }
}

/// A bar for each name: how much of it has which verdict.
fn bars(out: &mut String, title: &str, table: &std::collections::BTreeMap<String, [usize; 5]>) -> std::fmt::Result {
    writeln!(out, "<details open><summary>{title}</summary><table>")?;
    for (name, counts) in table {
        let all: usize = counts.iter().sum();
        let name = escaped(name);
        write!(out, "<tr data-find=\"{name}\"><th>{name}</th><td>{all}</td><td class=\"bar\">")?;
        for (verdict, count) in Verdict::ALL.into_iter().zip(counts).filter(|(_, count)| **count > 0) {
            let (class, name) = (class(verdict), verdict.name());
            write!(out, "<i class=\"{class}\" style=\"flex:{count}\" title=\"{name}: {count}\">{count}</i>")?;
        }
        writeln!(out, "</td></tr>")?;
    }
    writeln!(out, "</table></details>")
}

fn write_item(item: &Item, out: &mut String) -> std::fmt::Result {
    let known = match () {
        () if item.is_mended() => " (mended)",
        () if item.known.is_some() => " (known)",
        () => "",
    };
    let (class, verdict) = (class(item.verdict), item.verdict.name());
    writeln!(
        out,
        "<details class=\"item {class}\"><summary><b>{verdict}{known}</b> <code>{}</code> {}</summary>",
        escaped(&item.id),
        escaped(&item.summary)
    )?;
    writeln!(
        out,
        "<p>{} · expected {} · {} ms</p>",
        escaped(&item.clause),
        escaped(&item.expected),
        item.milliseconds
    )?;
    let about = if item.is_mended() { "Mended, and its [[known]] entry has to go" } else { "Known" };
    let known = item.known.as_ref().map(|known| format!("{about}: {} ({})", known.reason, known.clause));
    let departure = item.departure.as_ref().map(|text| format!("Departs from the purpose: {text}"));
    for text in [Some(item.reason.clone()).filter(|reason| !reason.is_empty()), known, departure].into_iter().flatten()
    {
        writeln!(out, "<p>{}</p>", escaped(&text))?;
    }
    // Of what passed, the exchanges are in the JSON report; here they would make the page too large to open.
    let told = if item.verdict == Verdict::Pass { &[] } else { item.exchanges.as_slice() };
    for entry in told {
        let way = if entry.from_subject { "← the subject" } else { "→ the subject" };
        let answer = entry.failure.clone().unwrap_or_else(|| entry.response.to_string());
        writeln!(
            out,
            "<pre>{:>6} ms {way}  {}\n          {}",
            entry.at,
            escaped(&entry.request.to_string()),
            escaped(&answer)
        )?;
        if let Some(curl) = &entry.curl {
            writeln!(out, "          {}", escaped(curl))?;
        }
        writeln!(out, "</pre>")?;
    }
    writeln!(out, "</details>")
}
