//! DMR/UPD: every attribute that may be changed (TS-0004 7.3.3.7 and the table of each type in 7.4).

use serde_json::json;

use super::dmr_retrieve::place;
use crate::ask::{Asking as _, update};
use crate::bench::{Bench, equals};
use crate::kind::CNT;
use crate::suite::Suite;
use crate::verdict::Outcome;

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    for (number, at_base) in [("014", false), ("015", true), ("016", true)] {
        suite.purpose(&format!("DMR/UPD/{number}"), move |bench| takes_another_value(bench, at_base));
    }
}

/// Variants: type / attribute.
async fn takes_another_value(bench: Bench, at_base: bool) -> Outcome {
    let (kind, name) = (bench.variant().kind_or(CNT), bench.variant().attribute());
    let around = place(&bench, at_base).await?;
    let sample = bench.sample(kind, &name, &around).await?;
    // The name of a policy is written once the resource is there, alone (TS-0001 9.6.1.3.2); the others have a value before.
    let before = match name.as_str() {
        "acpi" => json!({}),
        // TS-0001 table 9.6.36-2: what is missing is looked for only where it is said when it is.
        "mdd" => json!({"mdd": false, "mdt": 500, "pei": 1000}),
        _ => json!({name.as_str(): sample.first}),
    };
    let place = bench.make_in(kind, &around, before).await?;
    bench
        .check_purpose(update(&place.path, kind, &json!({name.as_str(): sample.second})).by(&place.originator))
        .await?;
    equals(&bench.look(&place).await?, &name, &sample.second)
}
