//! What is claimed of the subject (PICS) and what the tester has to know of it (PIXIT), as one TOML file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod file;

/// An answer to a question that the subject may leave open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claim {
    /// It does.
    #[serde(rename = "yes")]
    Yes,
    /// It does not.
    #[serde(rename = "no")]
    No,
    /// It did not say.
    #[default]
    #[serde(rename = "not answered")]
    NotAnswered,
}

impl Claim {
    /// As the file says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotAnswered => "not answered",
        }
    }
}

/// The whole file. Whatever is missing has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pics {
    /// What it is.
    pub subject: About,
    /// Where it is reached: a URL for each binding, `http`, `ws` …
    pub addresses: BTreeMap<String, String>,
    /// What it is called.
    pub identity: Identity,
    /// Whom the tester may claim to be.
    pub originators: Originators,
    /// Where the tester listens for notifications.
    pub listener: Listening,
    /// How the subject is brought to send something.
    pub trigger: Triggering,
    /// Numbers of the resource types that it has (`srt`).
    pub types: Vec<u32>,
    /// The releases that it speaks (`srv`).
    pub releases: Vec<String>,
    /// Formats: `json`, `cbor`, `xml`.
    pub formats: BTreeMap<String, Claim>,
    /// Capabilities by their PICS name, such as `PICS_ACP_SUPPORT`. What is not here counts as claimed.
    pub claims: BTreeMap<String, Claim>,
}

/// What the subject is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct About {
    /// Its name in reports; also picks its entries in `exceptions.toml`.
    pub name: String,
    /// `IN-CSE`, `MN-CSE`, `ADN-AE`, `Constrained-sensor` or `Constrained-actuator`.
    pub profile: String,
    /// The release whose expectations apply: `1`, `2`, `2a`, `3`, `4` or `5`.
    pub release: String,
}

impl Default for About {
    fn default() -> Self {
        Self { name: "subject".into(), profile: "IN-CSE".into(), release: "3".into() }
    }
}

/// What the subject is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// The CSE-ID with its slash.
    pub cse_id: String,
    /// The resource name of the CSEBase.
    pub cse_name: String,
    /// The M2M-SP-ID with its slashes. Empty when nobody knows: absolute addresses are not tested then.
    pub sp_id: String,
}

/// Whom the tester may claim to be. `{name}` stands for something that is different each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Originators {
    /// May do everything at the CSEBase.
    pub administrator: String,
    /// An AE that may register.
    pub ae: String,
    /// An AE that may not. Empty when everybody may.
    pub refused: String,
    /// An App-ID that may not register. Empty when none is refused.
    pub refused_app: String,
}

impl Default for Originators {
    fn default() -> Self {
        Self {
            administrator: "CAdmin".into(),
            ae: "C{name}".into(),
            refused: "X{name}".into(),
            refused_app: String::new(),
        }
    }
}

/// Where the tester listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listening {
    /// Address and port; port 0 lets the system choose.
    pub bind: String,
    /// How the subject calls this machine.
    pub host: String,
}

impl Default for Listening {
    fn default() -> Self {
        Self { bind: "127.0.0.1:0".into(), host: "127.0.0.1".into() }
    }
}

/// How the subject is brought to send something: an AE, or a CSE that has the tester as its registrar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Triggering {
    /// The URL of an upper tester, a command, or nothing: a person is asked on the terminal.
    pub how: String,
    /// Seconds until it has sent it. Beyond: inconclusive. Default 10.
    pub wait: u64,
}

impl Default for Triggering {
    fn default() -> Self {
        Self { how: String::new(), wait: 10 }
    }
}

impl Pics {
    /// Whether an AE is under test, and not a CSE.
    #[must_use]
    pub fn is_ae(&self) -> bool {
        !self.subject.profile.ends_with("CSE")
    }

    /// Whether the subject is a CSE that registers with another, which the tester can be.
    #[must_use]
    pub fn has_a_registrar(&self) -> bool {
        matches!(self.subject.profile.as_str(), "MN-CSE" | "ASN-CSE")
    }

    /// Whether a purpose that is meant for these profiles is meant for the subject.
    #[must_use]
    pub fn is_meant(&self, profiles: &[String]) -> bool {
        let profile = match self.subject.profile.as_str() {
            // Whatever an AE may be meant to do.
            "ADN-AE" => return true,
            "Constrained-sensor" => "Constrained_sensor_as_ADN",
            "Constrained-actuator" => "Constrained_actuator_as_ADN",
            other => other.trim_end_matches("-CSE"),
        };
        profiles.is_empty() || profiles.iter().any(|known| known == profile)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A sentence that names the place.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Whether a capability is claimed: `None` where nothing is said.
    #[must_use]
    pub fn claims(&self, name: &str) -> Option<bool> {
        match self.claims.get(name)? {
            Claim::Yes => Some(true),
            Claim::No => Some(false),
            Claim::NotAnswered => None,
        }
    }

    /// A selection, such as `PICS_CNT_MNI and PICS_CNT_LBL`, that the subject does not meet: what it does not claim. What
    /// stands on the sides of a `&` is each for another profile, so that one of them is enough.
    #[must_use]
    pub fn lacks(&self, selection: &str) -> Option<String> {
        let sides: Option<Vec<String>> = selection.split(" & ").map(|side| self.lacks_side(side)).collect();
        sides.map(|missing| missing.join("; "))
    }

    fn lacks_side(&self, selection: &str) -> Option<String> {
        let any = selection.contains(" or ");
        let names: Vec<&str> = selection.split_whitespace().filter(|word| word.starts_with("PICS_")).collect();
        let missing: Vec<&str> = names.iter().copied().filter(|name| self.claims(name) == Some(false)).collect();
        let lacking = if any { !names.is_empty() && missing.len() == names.len() } else { !missing.is_empty() };
        lacking.then(|| missing.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut pics = Pics { types: vec![1, 2], releases: vec!["3".into()], ..Pics::default() };
        pics.claims.insert("PICS_ACP_LBL".into(), Claim::No);
        pics.formats.insert("xml".into(), Claim::NotAnswered);
        pics.addresses.insert("http".into(), "http://h:1".into());
        assert_eq!(Pics::read(&pics.to_toml()).unwrap(), pics);
    }

    #[test]
    fn a_misspelled_key_is_named() {
        assert!(Pics::read("[subject]\nnmae = \"x\"").unwrap_err().contains("nmae"));
    }

    #[test]
    fn a_selection_that_is_not_met_names_what_is_missing() {
        let mut pics = Pics::default();
        pics.claims.insert("PICS_A".into(), Claim::No);
        assert_eq!(pics.lacks("PICS_A and PICS_B").as_deref(), Some("PICS_A"));
        assert_eq!(pics.lacks("PICS_A or PICS_B"), None);
        assert_eq!(pics.lacks(""), None);
        assert_eq!(pics.lacks("PICS_A & PICS_B"), None);
        assert_eq!(pics.lacks("PICS_A & PICS_B and PICS_A").as_deref(), Some("PICS_A; PICS_A"));
    }
}
