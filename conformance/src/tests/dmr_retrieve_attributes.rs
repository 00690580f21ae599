//! DMR/RET: single attributes, chosen in the address or in the content (TS-0004 7.3.3.6).

use onem2m_cse::primitive::Status;
use serde_json::json;

use super::dmr_retrieve::place;
use crate::ask::{Asking as _, retrieve};
use crate::bench::{Bench, Place, equals, exactly};
use crate::kind::{CNT, Kind, PCH, SUB};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    for (offset, at_base) in [(4, false), (15, true)] {
        let number = |step: usize| format!("DMR/RET/{:03}", step.saturating_add(offset));
        suite.purpose(&number(0), move |bench| one_in_the_address(bench, at_base));
        suite.purpose(&number(1), move |bench| some_in_the_content(bench, at_base, &["lbl"]));
        suite.purpose(&number(2), move |bench| some_in_the_content(bench, at_base, &["lbl", "ri", "ct"]));
        suite.purpose(&number(3), move |bench| none_of_them_is_there(bench, at_base));
        suite.purpose(&number(4), move |bench| none_of_them_is_there(bench, at_base));
    }
}

/// A resource of the variant's type with labels.
async fn labelled(bench: &Bench, at_base: bool) -> Result<(Kind, Place), Stop> {
    let kind = bench.variant().kind_or(CNT);
    let around = place(bench, at_base).await?;
    Ok((kind, bench.make_in(kind, &around, json!({"lbl": ["first"]})).await?))
}

/// Variants: type.
async fn one_in_the_address(bench: Bench, at_base: bool) -> Outcome {
    let (_, place) = labelled(&bench, at_base).await?;
    let asked = retrieve(&format!("{}#lbl", place.path)).by(&place.originator);
    let got = bench.check_purpose(asked).await?;
    exactly(&got, &["lbl"])?;
    equals(&got, "lbl", &json!(["first"]))
}

/// Variants: type.
async fn some_in_the_content(bench: Bench, at_base: bool, names: &'static [&'static str]) -> Outcome {
    let (_, place) = labelled(&bench, at_base).await?;
    let got = bench.check_purpose(retrieve(&place.path).by(&place.originator).only(names)).await?;
    exactly(&got, names)?;
    equals(&got, "lbl", &json!(["first"]))
}

/// Variants: type / attributes.
async fn none_of_them_is_there(bench: Bench, at_base: bool) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let place = bench.make_in(kind, &place(&bench, at_base).await?, json!({})).await?;
    let mut names = bench.variant().attributes();
    // The purpose speaks of several and names the one that not every type has.
    if names == ["at"] {
        names.push("lbl".into());
    }
    let foreign = names.iter().any(|name| name == "at") && [PCH, SUB].contains(&kind);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let asked = retrieve(&place.path).by(&place.originator).only(&names);
    if foreign {
        // These types have no announceTo at all: it is not there, and asking for it is a mistake. TS-0001 10.1.3 and
        // TS-0004 7.3.3.6 each cover one half.
        return bench.check_any(asked, &[Status::NOT_FOUND, Status::BAD_REQUEST]).await.map(drop);
    }
    bench.check_purpose(asked).await.map(drop)
}
