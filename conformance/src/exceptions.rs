//! Where this suite departs from a purpose, and what is known of a subject: `exceptions.toml`.

use onem2m_cse::primitive::ReleaseVersion;
use serde::{Deserialize, Serialize};

use crate::subject::release;

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceptions {
    /// Where purposes and the text of the standard contradict each other, and how it was decided.
    #[serde(default)]
    departure: Vec<Departure>,
    /// Failures of a subject that have been looked at.
    #[serde(default)]
    known: Vec<Known>,
}

/// A purpose that is tested otherwise than it says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// Identifiers without `TP/oneM2M/`; a `*` at the end stands for any.
    pub purposes: Vec<String>,
    /// The clause that decides.
    pub clause: String,
    /// What the purpose says, what the text says, and what is tested.
    pub reason: String,
    /// The status that is expected instead.
    pub status: Option<String>,
    /// The first release for which this holds. Default: all.
    pub since: Option<String>,
    /// The last release for which this holds. Default: all.
    pub until: Option<String>,
    /// The purpose is not tested at all.
    #[serde(default)]
    pub not_applicable: bool,
}

/// A failure that has been looked at.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Whose: the `name` in its PICS.
    pub subject: String,
    /// Identifiers without `TP/oneM2M/`; a `*` at the end stands for any.
    pub purposes: Vec<String>,
    /// The clause that decides.
    pub clause: String,
    /// Why it fails.
    pub reason: String,
    /// Whether this is a mistake of the subject that waits to be mended; otherwise it is a decision.
    #[serde(default)]
    pub bug: bool,
    /// It fails under a condition that the reason names; when it passes, nothing has been mended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sometimes: bool,
    /// Only over this binding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<String>,
    /// The first release for which this holds. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The last release for which this holds. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Exceptions {
    /// The file that comes with this program. A test sees to it that it can be read.
    #[must_use]
    pub fn standard() -> Self {
        Self::read(include_str!("../exceptions.toml")).unwrap_or_default()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A sentence that names the place.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Adds what another file knows, in front: it wins.
    pub fn extend(&mut self, other: Self) {
        self.departure.splice(0..0, other.departure);
        self.known.splice(0..0, other.known);
    }

    /// How a purpose is tested otherwise, in a release.
    #[must_use]
    pub fn departure(&self, id: &str, spoken: ReleaseVersion) -> Option<&Departure> {
        let holds = |departure: &&Departure| holds(departure.since.as_deref(), departure.until.as_deref(), spoken);
        self.departure.iter().filter(|departure| names(&departure.purposes, id)).find(holds)
    }

    /// What is known of a subject's failure, over a binding and in a release.
    #[must_use]
    pub fn known(&self, id: &str, subject: &str, binding: &str, spoken: ReleaseVersion) -> Option<&Known> {
        let about = |known: &&Known| {
            known.subject == subject
                && known.binding.as_deref().is_none_or(|only| only == binding)
                && holds(known.since.as_deref(), known.until.as_deref(), spoken)
                && names(&known.purposes, id)
        };
        self.known.iter().find(about)
    }

    /// Every identifier or pattern that the file names.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let departures = self.departure.iter().flat_map(|departure| &departure.purposes);
        departures.chain(self.known.iter().flat_map(|known| &known.purposes)).map(String::as_str)
    }
}

fn holds(since: Option<&str>, until: Option<&str>, spoken: ReleaseVersion) -> bool {
    let named = |name: Option<&str>| name.and_then(|name| release(name).ok());
    named(since).is_none_or(|since| since <= spoken) && named(until).is_none_or(|until| spoken <= until)
}

fn names(patterns: &[String], id: &str) -> bool {
    let short = id.strip_prefix("TP/oneM2M/").unwrap_or(id);
    patterns.iter().any(|pattern| fits(pattern, short))
}

/// Whether a pattern with at most one `*`, at its end, means an identifier.
#[must_use]
pub fn fits(pattern: &str, id: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => id.starts_with(beginning),
        None => pattern == id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::suite::Suite;

    #[test]
    fn the_file_is_read_and_names_only_what_there_is() {
        let exceptions = Exceptions::read(include_str!("../exceptions.toml")).unwrap();
        let (catalogue, suite) = (Catalogue::standard(), Suite::standard());
        for pattern in exceptions.named() {
            let short = |id: &str| id.strip_prefix("TP/oneM2M/").unwrap_or(id).to_owned();
            let in_catalogue = catalogue.purposes().iter().any(|purpose| fits(pattern, &short(&purpose.id)));
            let own = suite.tests().iter().any(|test| fits(pattern, &short(&test.id)));
            assert!(in_catalogue || own, "{pattern}");
        }
    }

    #[test]
    fn a_departure_holds_in_its_releases() {
        let text = "[[departure]]\npurposes=['CSE/X/*']\nclause='c'\nreason='r'\nstatus='4126'\nsince='3'";
        let exceptions = Exceptions::read(text).unwrap();
        assert!(exceptions.departure("TP/oneM2M/CSE/X/001", ReleaseVersion::R2).is_none());
        let departure = exceptions.departure("TP/oneM2M/CSE/X/001", ReleaseVersion::R4).unwrap();
        assert_eq!(departure.status.as_deref(), Some("4126"));
    }
}
