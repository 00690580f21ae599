//! DMR/UPD: attributes that are changed, added, removed, and those that are not (TS-0004 7.3.3.7).

use onem2m_cse::primitive::Status;
use serde_json::{Map, Value as Json, json};

use crate::ask::{Asking as _, update};
use crate::bench::{Bench, Place, absent, alike, equals, present};
use crate::kind::{CNT, Kind, PCH};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DMR/UPD/001", changes_one);
    suite.purpose("DMR/UPD/002", adds_one);
    suite.purpose("DMR/UPD/003", removes_one);
    suite.purpose("DMR/UPD/004", does_all_three_at_once);
    suite.purpose("DMR/UPD/005", knows_what_is_missing);
    suite.purpose("DMR/UPD/006", refuses_strangers);
    suite.purpose("DMR/UPD/007", leaves_what_is_its_own);
    suite.purpose("DMR/UPD/008", keeps_what_has_to_be_there);
    suite.purpose("DMR/UPD/009", refuses_what_is_foreign);
}

/// A resource of the variant's type, and the attribute of which the variant speaks.
async fn begin(bench: &Bench, more: Json) -> Result<(Kind, Place, String), Stop> {
    let kind = bench.variant().kind_or(CNT);
    let name = bench.variant().attributes().into_iter().next().unwrap_or_else(|| "lbl".into());
    let ae = bench.ae().await?;
    Ok((kind, bench.make_in(kind, &ae, more).await?, name))
}

/// Updates, and sees whether the resource has changed since.
async fn change(bench: &Bench, kind: Kind, place: &Place, attributes: &Json) -> Outcome {
    let before = bench.look(place).await?;
    bench.check_purpose(update(&place.path, kind, attributes).by(&place.originator)).await?;
    let after = bench.look(place).await?;
    equals(&after, "ct", before.get("ct"))?;
    let (before, after) = (before.text("lt"), after.text("lt"));
    // Some write whole seconds only.
    ensure(before <= after, || format!("lt: expected {before} or later, got {after}"))?;
    let finer = before.contains(',') && before != after;
    ensure(finer || !before.contains(','), || format!("lt: expected later than {before}, got {after}"))
}

/// Variants: type / attribute.
async fn changes_one(bench: Bench) -> Outcome {
    let (kind, place, name) = begin(&bench, json!({"lbl": ["first"]})).await?;
    change(&bench, kind, &place, &json!({name.as_str(): ["second", "third"]})).await?;
    equals(&bench.look(&place).await?, &name, &json!(["second", "third"]))
}

/// Variants: type / attribute.
async fn adds_one(bench: Bench) -> Outcome {
    let (kind, place, name) = begin(&bench, json!({})).await?;
    change(&bench, kind, &place, &json!({name.as_str(): ["first"]})).await?;
    equals(&bench.look(&place).await?, &name, &json!(["first"]))
}

/// Variants: type / attribute.
async fn removes_one(bench: Bench) -> Outcome {
    let (kind, place, name) = begin(&bench, json!({"lbl": ["first"]})).await?;
    change(&bench, kind, &place, &json!({name.as_str(): null})).await?;
    absent(&bench.look(&place).await?, &name)
}

/// Variants: type / what is changed / what is added / what is removed.
async fn does_all_three_at_once(bench: Bench) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let ae = bench.ae().await?;
    let names = match kind {
        // The purpose names a policy for it and its labels twice: it has two optional attributes only, and no policy.
        PCH => vec!["et".to_owned(), String::new(), "lbl".to_owned()],
        _ => bench.variant().attributes(),
    };
    let [changed, added, removed] = names.try_into().unwrap_or_default();
    let (mut before, mut asked, mut after) = (Map::new(), Map::new(), Map::new());
    let is_mandatory = |name: &str| matches!(name, "pv" | "pvs" | "et" | "se" | "nu");
    for name in [&changed, &added, &removed] {
        if name.is_empty() {
            continue;
        }
        let sample = bench.sample(kind, name, &ae).await?;
        if name == &removed {
            before.insert(name.clone(), sample.first);
            asked.insert(name.clone(), Json::Null);
            continue;
        }
        if name == &changed || is_mandatory(name) {
            before.insert(name.clone(), sample.first);
        }
        asked.insert(name.clone(), sample.second.clone());
        after.insert(name.clone(), sample.second);
    }
    let place = bench.make_in(kind, &ae, before.into()).await?;
    change(&bench, kind, &place, &asked.into()).await?;
    let seen = bench.look(&place).await?;
    for (name, value) in &after {
        // TS-0001 9.6.1.3.2: announceTo is there only once something has been announced; nothing was asked to be.
        if name != "at" {
            equals(&seen, name, value)?;
        }
    }
    absent(&seen, &removed)
}

async fn knows_what_is_missing(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let nowhere = format!("{}/{}", ae.path, bench.unique());
    bench.check_purpose(update(&nowhere, CNT, &json!({"lbl": ["x"]})).by(&ae.originator)).await.map(drop)
}

/// Variants: type / attribute.
async fn refuses_strangers(bench: Bench) -> Outcome {
    let (kind, name) = (bench.variant().kind_or(CNT), bench.variant().attribute());
    let (ae, stranger) = (bench.ae().await?, bench.ae().await?);
    let home = bench.home(kind, &ae).await?;
    bench.lock(&home, &ae).await?;
    let place = bench.make(kind, &home, json!({})).await?;
    let asked = update(&place.path, kind, &json!({name.as_str(): ["changed"]})).by(&stranger.originator);
    bench.check_purpose(asked).await?;
    absent(&bench.look(&place).await?, &name)
}

/// Variants: type / attribute.
async fn leaves_what_is_its_own(bench: Bench) -> Outcome {
    let (kind, place, name) = begin(&bench, json!({})).await?;
    let before = bench.look(&place).await?;
    let asked = update(&place.path, kind, &json!({name.as_str(): "20300101T000000"})).by(&place.originator);
    bench.check_purpose(asked).await?;
    alike(&before, &bench.look(&place).await?)
}

/// Variants: type / attribute.
async fn keeps_what_has_to_be_there(bench: Bench) -> Outcome {
    let (kind, place, name) = begin(&bench, json!({})).await?;
    let asked = update(&place.path, kind, &json!({name.as_str(): null})).by(&place.originator);
    if name == "et" {
        // TS-0004 7.3.3.7 refuses to remove what has to be there once; TS-0001 9.6.1.3.2 has a null here ask for another
        // time of the CSE's own choice. Both are conforming.
        let answers = [Status::BAD_REQUEST, Status::UPDATED];
        bench.check_any(asked, &answers).await?;
    } else {
        bench.check_purpose(asked).await?;
    }
    present(&bench.look(&place).await?, &name)
}

/// Variants: type / attribute.
async fn refuses_what_is_foreign(bench: Bench) -> Outcome {
    let (kind, place, name) = begin(&bench, json!({})).await?;
    let before = bench.look(&place).await?;
    bench.check_purpose(update(&place.path, kind, &json!({name.as_str(): 5})).by(&place.originator)).await?;
    alike(&before, &bench.look(&place).await?)
}
