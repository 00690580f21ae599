//! Two reports side by side: two subjects, two releases, yesterday and today.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Item, Report};
use crate::verdict::Verdict;

/// What differs, and a count of what does not.
#[must_use]
pub fn write(a: &Report, b: &Report) -> String {
    let mut out = String::new();
    let _ = write_all(a, b, &mut out);
    out
}

fn write_all(a: &Report, b: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "a: {}", title(a))?;
    writeln!(out, "b: {}\n", title(b))?;
    writeln!(out, "{:<16}{:>7}{:>7}", "", "a", "b")?;
    for verdict in Verdict::ALL {
        writeln!(out, "{:<16}{:>7}{:>7}", verdict.name(), a.count(verdict), b.count(verdict))?;
    }
    let others: BTreeMap<&str, &Item> = b.items.iter().map(|item| (item.id.as_str(), item)).collect();
    let mut same = 0_usize;
    writeln!(out)?;
    for item in &a.items {
        match others.get(item.id.as_str()) {
            Some(other) if other.verdict == item.verdict => same = same.saturating_add(1),
            Some(other) => {
                writeln!(out, "{}  {} | {}", item.id, item.verdict.name(), other.verdict.name())?;
                for (name, item) in [("a", item), ("b", other)].into_iter().filter(|(_, i)| !i.reason.is_empty()) {
                    writeln!(out, "    {name}: {}", item.reason)?;
                }
            }
            None => writeln!(out, "{}  {} | not there", item.id, item.verdict.name())?,
        }
    }
    writeln!(out, "\n{same} alike")
}

fn title(report: &Report) -> String {
    let Report { subject, address, release, format, .. } = report;
    format!("{subject} at {address}, Release {release}, {format}")
}
