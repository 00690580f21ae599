//! Values of attributes: a valid one, and another for updates.

use onem2m_cse::value::Timestamp;
use serde_json::{Value as Json, json};

use crate::bench::{Bench, Place};
use crate::kind::{AE, CNT, CSR, GRP, Kind, LCP, NOD, SCH, SUB, TS, grants};
use crate::verdict::{Stop, not_applicable};

/// Two valid values of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// One.
    pub first: Json,
    /// Another.
    pub second: Json,
}

impl Bench {
    /// Two values of an attribute of a type, for a resource in a place. What they name is created there.
    ///
    /// # Errors
    /// Inconclusive, when that cannot be made, or nobody wrote down a value.
    pub async fn sample(&self, kind: Kind, name: &str, place: &Place) -> Result<Sample, Stop> {
        match name {
            "acpi" | "macp" => {
                let first = self.policy(place, &["all"], 2).await?;
                let second = self.policy(place, &["all"], 2).await?;
                Ok(two(json!([first.ri]), json!([second.ri])))
            }
            "li" if !self.has(LCP) => not_applicable("the subject has no locationPolicy to name"),
            "nl" if !self.has(NOD) => not_applicable("the subject has no node to name"),
            "gpi" => self.two_of(GRP, place).await,
            "li" => self.two_of(LCP, &self.base()).await,
            "nl" => self.two_of(NOD, &self.base()).await,
            "mid" => {
                let sample = self.two_of(CNT, place).await?;
                Ok(two(json!([sample.first]), json!([sample.second])))
            }
            "nu" => Ok(two(json!([self.anywhere()]), json!([self.anywhere_else()]))),
            "nfu" | "su" => Ok(two(json!(self.anywhere()), json!(self.anywhere()))),
            "pv" | "pvs" => {
                let owner = grants(&place.originator);
                let more = json!({"acr": [{"acor": [place.originator], "acop": 63}, {"acor": ["all"], "acop": 2}]});
                Ok(two(owner, more))
            }
            "ni" => Ok(two(json!(self.unique()), json!(self.unique()))),
            _ => plain(kind, name)
                .ok_or_else(|| Stop::Inconclusive(format!("{} {name}: no sample is written down", kind.long))),
        }
    }

    fn has(&self, kind: Kind) -> bool {
        self.subject().pics.types.contains(&kind.number)
    }

    async fn two_of(&self, kind: Kind, place: &Place) -> Result<Sample, Stop> {
        let first = self.make(kind, place, json!({})).await?;
        let second = self.make(kind, place, json!({})).await?;
        Ok(two(json!(first.ri), json!(second.ri)))
    }
}

const fn two(first: Json, second: Json) -> Sample {
    Sample { first, second }
}

/// Values that name nothing else.
#[must_use]
pub fn plain(kind: Kind, name: &str) -> Option<Sample> {
    let pair = |first: Json, second: Json| Some(two(first, second));
    match (kind, name) {
        (_, "lbl") => pair(json!(["first"]), json!(["second", "third"])),
        (_, "et") => pair(json!(in_days(1)), json!(in_days(2))),
        (_, "at" | "aa") => pair(json!([]), json!([])),
        (_, "or") => pair(json!("http://example.com/one"), json!("http://example.com/two")),
        (CNT | TS, "mbs") => pair(json!(1000), json!(2000)),
        (CNT | TS, "mia") => pair(json!(3600), json!(7200)),
        (CNT | TS, "mni") => pair(json!(5), json!(7)),
        (TS, "mdd") => pair(json!(false), json!(true)),
        (TS, "mdn") => pair(json!(5), json!(7)),
        (TS, "mdt") => pair(json!(500), json!(700)),
        (TS, "pei") => pair(json!(1000), json!(2000)),
        (_, "cnf") => pair(json!("text/plain:0"), json!("application/json:0")),
        (_, "snr") => pair(json!(1), json!(2)),
        (AE, "apn") => pair(json!("first"), json!("second")),
        (AE | CSR, "rr") => pair(json!(false), json!(true)),
        (AE | CSR, "poa") => pair(json!(["http://127.0.0.1:1"]), json!(["http://127.0.0.1:2"])),
        (AE, "csz") => pair(json!(["application/json"]), json!(["application/cbor"])),
        (CSR, "cst") => pair(json!(2), json!(3)),
        (GRP, "gn") => pair(json!("first"), json!("second")),
        (GRP, "mnm") => pair(json!(10), json!(20)),
        (NOD, "hcl") => pair(json!("first"), json!("second")),
        (SCH, "se") => pair(json!({"sce": ["* * * * * * *"]}), json!({"sce": ["* * * 1-12 * * *"]})),
        (SUB, "bn") => pair(json!({"num": 3, "dur": "PT1M"}), json!({"num": 5, "dur": "PT2M"})),
        (SUB, "enc") => pair(json!({"net": [1]}), json!({"net": [2]})),
        (SUB, "exc") => pair(json!(10), json!(20)),
        (SUB, "ln") => pair(json!(true), json!(false)),
        (SUB, "nct") => pair(json!(1), json!(3)),
        (SUB, "nec") => pair(json!(2), json!(3)),
        (SUB, "nsp") => pair(json!(1), json!(2)),
        (SUB, "pn") => pair(json!(1), json!(2)),
        (SUB, "psn") => pair(json!(1), json!(2)),
        (SUB, "rl") => pair(json!({"mnn": 5, "tww": "PT10S"}), json!({"mnn": 7, "tww": "PT20S"})),
        _ => None,
    }
}

/// A time that lies so many days ahead, as attributes hold it.
#[must_use]
pub fn in_days(days: i64) -> String {
    Timestamp::now().plus_seconds(days.saturating_mul(86_400)).to_string()
}
