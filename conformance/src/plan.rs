//! Which purposes are asked, and why the others are not.

use crate::catalogue::{Catalogue, Purpose};
use crate::exceptions::{Departure, Exceptions};
use crate::pics::Pics;
use crate::subject::release;
use crate::suite::{Suite, Test};
use crate::verdict::Verdict;
use onem2m_cse::primitive::ReleaseVersion;

/// Why something is not asked that the tester left out.
pub const NOT_CHOSEN: &str = "not chosen by --only";

/// Why what AEs have to do is not asked of a CSE.
pub const FOR_AES: &str = "about an AE: `onem2m-conformance client` tests those";

/// Why what CSEs have to do is not asked of an AE.
pub const FOR_CSES: &str = "about a CSE, and an AE is under test";

/// A purpose and what becomes of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The purpose. For tests of our own, one made of what they say of themselves.
    pub purpose: Purpose,
    /// The status that is expected in this release.
    pub status: String,
    /// How it is tested otherwise than it says.
    pub departure: Option<Departure>,
    /// The test, or why there is none.
    pub test: Result<Test, (Verdict, String)>,
}

/// What a run does with every purpose of the catalogue and every test of our own, in order.
#[must_use]
pub fn plan(catalogue: &Catalogue, suite: &Suite, exceptions: &Exceptions, pics: &Pics, only: &[String]) -> Vec<Step> {
    let own = suite.tests().iter().filter(|test| test.summary.is_some()).map(purpose_of);
    let spoken = release(&pics.subject.release).unwrap_or(ReleaseVersion::R3);
    let step = |purpose: Purpose| {
        let departure = exceptions.departure(&purpose.id, spoken).cloned();
        let status = departure.as_ref().and_then(|d| d.status.clone()).unwrap_or_else(|| purpose.status.clone());
        let test = choose(&purpose, suite, departure.as_ref(), pics, only, spoken);
        Step { purpose, status, departure, test }
    };
    catalogue.purposes().iter().cloned().chain(own).map(step).collect()
}

/// A purpose of our own.
fn purpose_of(test: &Test) -> Purpose {
    let mut parts = test.id.split('/');
    let (document, clause) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    Purpose {
        id: test.id.clone(),
        configuration: "CF01".into(),
        clause: format!("{document} {clause}"),
        types: test.kinds.iter().map(|kind| kind.long.to_owned()).collect(),
        summary: test.summary.unwrap_or_default().into(),
        ..Purpose::default()
    }
}

fn choose(
    purpose: &Purpose,
    suite: &Suite,
    departure: Option<&Departure>,
    pics: &Pics,
    only: &[String],
    spoken: ReleaseVersion,
) -> Result<Test, (Verdict, String)> {
    let not_asked = |reason: String| Err((Verdict::NotAsked, reason));
    let not_applicable = |reason: String| Err((Verdict::NotApplicable, reason));
    if !is_wanted(&purpose.id, only) {
        return not_asked(NOT_CHOSEN.into());
    }
    if pics.is_ae() != purpose.is_about_an_ae() {
        return not_asked(if pics.is_ae() { FOR_CSES } else { FOR_AES }.into());
    }
    let Some(test) = suite.find(&purpose.id) else {
        return not_asked(match purpose.configuration.as_str() {
            "CF02" => "no test yet: the tester has to be a remote CSE as well".into(),
            "CF04" => "no test yet: the tester has to be a remote CSE".into(),
            _ => "no test yet".into(),
        });
    };
    if let Some(departure) = departure.filter(|departure| departure.not_applicable) {
        return not_applicable(format!("{}: {}", departure.clause, departure.reason));
    }
    if purpose.release.starts_with("R2") && spoken == ReleaseVersion::R1 {
        return not_applicable("of Release 2, and Release 1 is tested".into());
    }
    if !pics.is_meant(&purpose.profiles) {
        return not_applicable(format!("not for the profile {}", pics.subject.profile));
    }
    if let Some(lacking) = pics.lacks(&purpose.selection) {
        return not_applicable(format!("not claimed: {lacking}"));
    }
    match test.kinds.iter().find(|kind| !pics.is_ae() && !pics.types.contains(&kind.number)) {
        Some(kind) => not_applicable(format!("the subject has no {} ({}) in its srt", kind.long, kind.number)),
        None => Ok(test.clone()),
    }
}

/// Whether an identifier is among those asked for: patterns are parts of identifiers, with `*` for any text.
#[must_use]
pub fn is_wanted(id: &str, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|pattern| matches(pattern, id))
}

/// The first pattern that means none of the steps: a slip of the pen must not look like a run in which nothing failed.
#[must_use]
pub fn means_nothing<'o>(only: &'o [String], steps: &[Step]) -> Option<&'o str> {
    only.iter().find(|pattern| !steps.iter().any(|step| matches(pattern, &step.purpose.id))).map(String::as_str)
}

fn matches(pattern: &str, id: &str) -> bool {
    let mut rest = id;
    for (number, part) in pattern.split('*').enumerate() {
        match rest.find(part) {
            Some(at) if number > 0 || at == 0 || !pattern.starts_with("TP/") => {
                rest = rest.get(at.saturating_add(part.len())..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_means_nothing_is_noticed() {
        let (catalogue, suite) = (Catalogue::standard(), Suite::standard());
        let only = ["DMR/CRE".to_owned(), "DRM/CRE".to_owned()];
        let steps = plan(&catalogue, &suite, &Exceptions::default(), &Pics::default(), &only);
        assert_eq!(means_nothing(&only, &steps), Some("DRM/CRE"));
        assert_eq!(means_nothing(&only[..1], &steps), None);
        assert_eq!(means_nothing(&[], &steps), None);
    }

    #[test]
    fn a_pattern_is_a_part_of_an_identifier() {
        let wanted = |pattern: &str| is_wanted("TP/oneM2M/CSE/DMR/CRE/012_CNT/LBL", &[pattern.to_owned()]);
        assert!(wanted("DMR/CRE/012") && wanted("DMR/*/LBL") && wanted("TP/oneM2M/CSE"));
        assert!(!wanted("DMR/RET") && !wanted("LBL*DMR"));
    }

    #[test]
    fn every_purpose_has_a_place_in_the_plan() {
        let (catalogue, suite) = (Catalogue::standard(), Suite::standard());
        let pics = Pics { types: vec![1, 2, 3], ..Pics::default() };
        let steps = plan(&catalogue, &suite, &Exceptions::default(), &pics, &[]);
        assert!(steps.len() >= catalogue.purposes().len());
        let unasked = steps.iter().filter_map(|step| step.test.as_ref().err());
        assert!(unasked.into_iter().all(|(_, reason)| !reason.is_empty()));
    }
}
