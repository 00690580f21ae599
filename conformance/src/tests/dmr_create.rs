//! DMR/CRE: names, privileges and optional attributes of what is created (TS-0004 7.2.2.2, 7.3.3.5).

use serde_json::{Value as Json, json};

use crate::ask::Asking as _;
use crate::bench::{Bench, equals, present};
use crate::kind::{CB, CNT, SCH};
use crate::suite::Suite;
use crate::verdict::{Outcome, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DMR/CRE/001", gets_a_name);
    suite.purpose("DMR/CRE/002", keeps_a_free_name);
    suite.purpose("DMR/CRE/003", refuses_a_taken_name);
    suite.purpose("DMR/CRE/004", refuses_strangers);
    suite.purpose("DMR/CRE/012", keeps_an_optional_attribute);
}

/// Variants: child / parent.
async fn gets_a_name(bench: Bench) -> Outcome {
    let (child, parent) = match bench.variant().kinds() {
        [child, parent] => (*child, *parent),
        _ => (CNT, CB),
    };
    let place = bench.a(parent).await?;
    // One test at a time has the schedule of the CSEBase.
    let place = if parent == CB { bench.home(child, &place).await? } else { place };
    let created = bench.check_purpose(bench.creation(child, &place, json!({}))).await?;
    if !created.status.is_success() {
        return Ok(());
    }
    equals(&created, "pi", &json!(place.ri))?;
    equals(&created, "ty", &json!(child.number))?;
    ensure(!created.text("rn").is_empty(), || "rn: expected a name that the CSE has chosen, it is missing".into())?;
    bench.look(&bench.made_at(child, &place, &created)).await.map(drop)
}

/// Variants: type.
async fn keeps_a_free_name(bench: Bench) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    // The schedule of a subscription has a name that nobody chooses (TS-0001 table 9.6.8-1); that of the CSEBase has not.
    let place = if kind == SCH { bench.base() } else { bench.ae().await? };
    let home = bench.home(kind, &place).await?;
    let name = bench.unique();
    let created = bench.check_purpose(bench.creation(kind, &home, json!({"rn": name}))).await?;
    equals(&created, "rn", &json!(name))
}

/// Variants: type.
async fn refuses_a_taken_name(bench: Bench) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let ae = bench.ae().await?;
    let home = bench.home(kind, &ae).await?;
    let name = if kind == SCH { "notificationSchedule".to_owned() } else { bench.unique() };
    bench.make(kind, &home, json!({"rn": name})).await?;
    bench.check_purpose(bench.creation(kind, &home, json!({"rn": name}))).await.map(drop)
}

/// Variants: type.
async fn refuses_strangers(bench: Bench) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let (ae, stranger) = (bench.ae().await?, bench.ae().await?);
    let home = bench.home(kind, &ae).await?;
    bench.lock(&home, &ae).await?;
    let name = bench.unique();
    let asked = bench.creation(kind, &home, json!({"rn": name})).by(&stranger.originator);
    bench.check_purpose(asked).await?;
    bench.gone(&format!("{}/{name}", home.path), &ae.originator).await
}

/// Variants: type / attribute.
async fn keeps_an_optional_attribute(bench: Bench) -> Outcome {
    let (kind, name) = (bench.variant().kind_or(CNT), bench.variant().attribute());
    let ae = bench.ae().await?;
    let home = bench.home(kind, &ae).await?;
    // TS-0001 9.6.1.3.2: who creates says nothing or null for its own name, and the CSE fills it in.
    let (sent, kept) = match name.as_str() {
        "cr" => (Json::Null, json!(ae.originator)),
        _ => {
            let sample = bench.sample(kind, &name, &ae).await?;
            (sample.first.clone(), sample.first)
        }
    };
    let created = bench.check_purpose(bench.creation(kind, &home, json!({name.as_str(): sent}))).await?;
    let place = bench.made_at(kind, &home, &created);
    let found = bench.look(&place).await?;
    // TS-0001 table 9.6.8-2: subscriberURI is written and never read.
    if name == "su" { Ok(()) } else { present(&found, &name).and_then(|()| equals(&found, &name, &kept)) }
}
