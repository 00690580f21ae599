//! What is claimed of the subject (PICS) and what the tester has to know of it (PIXIT), as one TOML file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

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
    /// How an AE that is under test is brought to send something.
    pub ae: Triggering,
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

/// How an AE that is under test is brought to send something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Triggering {
    /// The URL of an upper tester, a command, or nothing: a person is asked on the terminal.
    pub trigger: String,
    /// Seconds until it has sent it. Beyond: inconclusive. Default 10.
    pub wait: u64,
}

impl Default for Triggering {
    fn default() -> Self {
        Self { trigger: String::new(), wait: 10 }
    }
}

impl Pics {
    /// Whether an AE is under test, and not a CSE.
    #[must_use]
    pub fn is_ae(&self) -> bool {
        !self.subject.profile.ends_with("CSE")
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

    /// A selection, such as `PICS_CNT_MNI and PICS_CNT_LBL`, that the subject does not meet: what it does not claim.
    #[must_use]
    pub fn lacks(&self, selection: &str) -> Option<String> {
        let any = selection.contains(" or ");
        let names: Vec<&str> = selection.split_whitespace().filter(|word| word.starts_with("PICS_")).collect();
        let missing: Vec<&str> = names.iter().copied().filter(|name| self.claims(name) == Some(false)).collect();
        let lacking = if any { !names.is_empty() && missing.len() == names.len() } else { !missing.is_empty() };
        lacking.then(|| missing.join(", "))
    }

    /// The file that says this, with a comment for each part.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# What the conformance suite knows of the subject. Made by `probe`; change what it could not know.\n\n",
        );
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let quoted = |text: &str| format!("{text:?}");
        let list = |items: &[String]| items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ");
        let numbers = self.types.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        writeln!(out, "# Numbers of the resource types that it has (srt). Tests of others are not applicable.")?;
        writeln!(out, "types = [{numbers}]")?;
        writeln!(out, "# The releases that it speaks (srv).\nreleases = [{}]", list(&self.releases))?;
        writeln!(out, "\n[subject]\n# Appears in reports, and picks the subject's entries in exceptions.toml.")?;
        writeln!(out, "name = {}", quoted(&self.subject.name))?;
        writeln!(out, "# IN-CSE, MN-CSE, ADN-AE, Constrained-sensor, Constrained-actuator")?;
        writeln!(out, "profile = {}", quoted(&self.subject.profile))?;
        writeln!(out, "# Whose expectations apply: 1, 2, 2a, 3, 4 or 5")?;
        writeln!(out, "release = {}", quoted(&self.subject.release))?;
        writeln!(out, "\n# Where it is reached, a URL for each binding.\n[addresses]")?;
        for (binding, url) in &self.addresses {
            writeln!(out, "{binding} = {}", quoted(url))?;
        }
        writeln!(out, "\n[identity]\ncse_id = {}", quoted(&self.identity.cse_id))?;
        writeln!(out, "cse_name = {}", quoted(&self.identity.cse_name))?;
        writeln!(out, "# The M2M-SP-ID, such as //acme.example.com. Empty: absolute addresses are not tested.")?;
        writeln!(out, "sp_id = {}", quoted(&self.identity.sp_id))?;
        writeln!(out, "\n# Whom the tester may claim to be; {{name}} is different each time.\n[originators]")?;
        writeln!(
            out,
            "# May do everything at the CSEBase.\nadministrator = {}",
            quoted(&self.originators.administrator)
        )?;
        writeln!(out, "# An AE that may register.\nae = {}", quoted(&self.originators.ae))?;
        writeln!(out, "# An AE that may not. Empty: everybody may.\nrefused = {}", quoted(&self.originators.refused))?;
        writeln!(out, "# An App-ID that may not register. Empty: none is refused.")?;
        writeln!(out, "refused_app = {}", quoted(&self.originators.refused_app))?;
        writeln!(
            out,
            "\n# Where the tester listens for notifications, and how the subject calls this machine.\n[listener]"
        )?;
        writeln!(out, "bind = {}\nhost = {}", quoted(&self.listener.bind), quoted(&self.listener.host))?;
        writeln!(
            out,
            "\n# For an AE under test. The trigger is the URL of an upper tester, a command, or empty: by hand.\n[ae]"
        )?;
        writeln!(out, "trigger = {}", quoted(&self.ae.trigger))?;
        writeln!(out, "# Seconds until it has sent what it was triggered to send.\nwait = {}", self.ae.wait)?;
        writeln!(out, "\n# yes, no or not answered\n[formats]")?;
        for (format, claim) in &self.formats {
            writeln!(out, "{format} = {}", quoted(claim.name()))?;
        }
        writeln!(
            out,
            "\n# Capabilities by PICS name: yes, no or not answered. What is not \"no\" is tested.\n[claims]"
        )?;
        for (name, claim) in &self.claims {
            writeln!(out, "{name} = {}", quoted(claim.name()))?;
        }
        Ok(())
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
    }
}
