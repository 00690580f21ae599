//! JUnit XML, for CI systems.

use std::fmt::Write as _;

use super::{Item, Report, summary};
use crate::verdict::Verdict;

/// The report as JUnit XML. Explained failures are skipped with their explanation: CI looks at the others, and at
/// explanations of what passes.
#[must_use]
pub fn write(report: &Report) -> String {
    let mut out = String::new();
    let _ = write_all(report, &mut out);
    out
}

fn write_all(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    let failed = report.items.iter().filter(|item| is_failure(item)).count();
    let all = report.items.len();
    let name = escaped(&report.subject);
    writeln!(out, r#"<testsuites name="{name}" tests="{all}" failures="{failed}" time="{:.3}">"#, report.seconds)?;
    for group in report.by(|item| vec![item.group.clone()]).keys() {
        let items: Vec<&Item> = report.items.iter().filter(|item| &item.group == group).collect();
        let failures = items.iter().filter(|item| is_failure(item)).count();
        let skipped = items.iter().filter(|item| item.verdict != Verdict::Pass && !is_failure(item)).count();
        writeln!(
            out,
            r#"  <testsuite name="{}" tests="{}" failures="{failures}" skipped="{skipped}">"#,
            escaped(group),
            items.len()
        )?;
        for item in items {
            case(item, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// A failure that nobody has explained; or an explanation that is out of date, which would hide the next failure.
const fn is_failure(item: &Item) -> bool {
    item.is_unexplained() || item.is_mended()
}

fn case(item: &Item, out: &mut String) -> std::fmt::Result {
    let seconds = std::time::Duration::from_millis(item.milliseconds).as_secs_f64();
    write!(
        out,
        r#"    <testcase classname="{}" name="{}" time="{seconds:.3}""#,
        escaped(&item.group),
        escaped(&item.id)
    )?;
    if item.is_mended() {
        let message = escaped(&summary::mended(item));
        return writeln!(out, ">\n      <failure message=\"{message}\"/>\n    </testcase>");
    }
    if item.verdict == Verdict::Pass {
        return writeln!(out, "/>");
    }
    let known = item.known.as_ref().map(|known| format!("; known: {}", known.reason)).unwrap_or_default();
    let message = escaped(&format!("{}: {}{known}", item.verdict.name(), item.reason));
    if item.is_unexplained() {
        let detail = escaped(&summary::failure(item));
        writeln!(out, ">\n      <failure message=\"{message}\">{detail}</failure>\n    </testcase>")
    } else {
        writeln!(out, ">\n      <skipped message=\"{message}\"/>\n    </testcase>")
    }
}

/// Text as it may stand in XML, in an attribute too.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(letter),
            // XML 1.0 has no other control characters.
            letter if letter.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            letter => out.push(letter),
        }
    }
    out
}
