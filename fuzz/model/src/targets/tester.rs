//! What the conformance suite reads: answers of a subject, and files that somebody wrote.

use onem2m_conformance::bench::Returned;
use onem2m_conformance::exceptions::Exceptions;
use onem2m_conformance::pics::Pics;
use onem2m_conformance::report::{Report, compare, html, junit, summary};

/// The first byte says what the rest is: an answer of HTTP, a PICS, exceptions, a report.
pub fn tester(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match kind % 4 {
        0 => {
            if let Some(returned) = Returned::read(rest) {
                let _ = (returned.field("x-m2m-rsc"), returned.json());
            }
        }
        1 => {
            if let Ok(pics) = Pics::read(&text) {
                assert_eq!(Pics::read(&pics.to_toml()).as_ref(), Ok(&pics), "a PICS is read as it was written");
            }
        }
        2 => drop(Exceptions::read(&text)),
        _ => {
            if let Ok(report) = serde_json::from_slice::<Report>(rest) {
                let again = serde_json::to_vec(&report).expect("a report is written");
                assert_eq!(serde_json::from_slice::<Report>(&again).ok().as_ref(), Some(&report));
                let _ = (html::write(&report), junit::write(&report), summary::table(&report));
                let _ = compare::write(&report, &report);
            }
        }
    }
}
