//! DMR: containers and what they hold: limits, counters and the state tag (TS-0001 10.2.4, TS-0004 7.4.6, 7.4.7).

use onem2m_cse::primitive::Status;
use serde_json::json;

use crate::ask::{Asking as _, delete, update};
use crate::bench::{Bench, Place, absent, at_least, equals};
use crate::kind::{CIN, CNT, Kind, TS, TSI};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DMR/CRE/005", refuses_an_illegal_limit);
    suite.purpose("DMR/CRE/006", does_without_a_limit);
    suite.purpose("DMR/CRE/007", |bench| makes_room(bench, "mni"));
    suite.purpose("DMR/CRE/008", |bench| makes_room(bench, "mbs"));
    suite.purpose("DMR/CRE/009", counts_its_changes);
    suite.purpose("DMR/CRE/013", refuses_what_is_too_large);
    suite.purpose("DMR/CRE/014", counts_the_bytes);
    suite.purpose("DMR/DEL/005", notices_a_deletion);
    suite.purpose("DMR/UPD/010", notices_an_update);
    suite.purpose("DMR/UPD/011", never_changes_an_instance);
}

/// What holds instances, and the instances.
const fn pair(kind: Kind) -> (Kind, Kind) {
    if kind.number == TS.number || kind.number == TSI.number { (TS, TSI) } else { (CNT, CIN) }
}

/// An instance with a content; the `dgt` of each has to differ (TS-0004 7.4.39.2.1).
pub(super) async fn put(bench: &Bench, home: &Place, content: &str, second: u32) -> Result<Place, Stop> {
    let (_, instance) = pair(home.kind);
    bench.make(instance, home, written(instance, content, second)).await
}

fn written(instance: Kind, content: &str, second: u32) -> serde_json::Value {
    match instance {
        TSI => json!({"con": content, "dgt": format!("20260101T0000{second:02}")}),
        _ => json!({"con": content}),
    }
}

/// Variants: attribute.
async fn refuses_an_illegal_limit(bench: Bench) -> Outcome {
    let (ae, name) = (bench.ae().await?, bench.variant().attribute());
    let asked = bench.creation(CNT, &ae, json!({name.as_str(): -1, "rn": "refused"}));
    bench.check_purpose(asked).await?;
    bench.gone(&format!("{}/refused", ae.path), &ae.originator).await
}

/// Variants: type / attribute.
async fn does_without_a_limit(bench: Bench) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let ae = bench.ae().await?;
    let created = bench.check_purpose(bench.creation(kind, &ae, json!({}))).await?;
    let place = bench.made_at(kind, &ae, &created);
    let before = bench.look(&place).await?;
    // TS-0004 7.4.6.2.1: a CSE may have a limit of its own; it is no smaller than what one instance needs.
    let name = bench.variant().attribute();
    ensure(before.get(&name).is_null() || before.get(&name).as_i64() > Some(0), || {
        format!("{name}: expected nothing or a positive limit of the CSE, got {}", before.get(&name))
    })?;
    put(&bench, &place, "20", 1).await?;
    equals(&bench.look(&place).await?, "cni", &json!(1))
}

/// Variants: none, or a time series, of which the status is that of the last RETRIEVE.
async fn makes_room(bench: Bench, limit: &str) -> Outcome {
    let (kind, instance) = pair(bench.variant().kind_or(CNT));
    let ae = bench.ae().await?;
    let home = bench.make(kind, &ae, json!({limit: if limit == "mni" { 2 } else { 6 }})).await?;
    let oldest = put(&bench, &home, "111", 1).await?;
    let middle = put(&bench, &home, "222", 2).await?;
    let asked = bench.creation(instance, &home, written(instance, "333", 3));
    let newest =
        if kind == TS { bench.check(asked, Status::CREATED).await? } else { bench.check_purpose(asked).await? };
    let newest = bench.made_at(instance, &home, &newest);
    let seen = crate::ask::retrieve(&home.path).by(&home.originator);
    let seen = if kind == TS { bench.check_purpose(seen).await? } else { bench.check(seen, Status::OK).await? };
    equals(&seen, "cni", &json!(2))?;
    equals(&seen, "cbs", &json!(6))?;
    bench.gone(&oldest.path, &oldest.originator).await?;
    bench.look(&middle).await?;
    equals(&bench.look(&newest).await?, "con", &json!("333"))
}

async fn counts_its_changes(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let home = bench.make(CNT, &ae, json!({})).await?;
    let before = bench.look(&home).await?.get("st").as_i64().unwrap_or_default();
    let instance = put(&bench, &home, "20", 1).await?;
    let after = bench.check_purpose(crate::ask::retrieve(&home.path).by(&home.originator)).await?;
    let risen = before.saturating_add(1);
    equals(&after, "st", &json!(risen))?;
    // TS-0004 7.4.7.2.1: the instance has a copy of what the container has then.
    equals(&bench.look(&instance).await?, "st", &json!(risen))
}

async fn refuses_what_is_too_large(bench: Bench) -> Outcome {
    let (kind, instance) = pair(bench.variant().kind_or(CNT));
    let ae = bench.ae().await?;
    let home = bench.make(kind, &ae, json!({"mbs": 5})).await?;
    bench.check_purpose(bench.creation(instance, &home, written(instance, "123456", 1))).await?;
    let after = bench.look(&home).await?;
    equals(&after, "cni", &json!(0)).and_then(|()| equals(&after, "cbs", &json!(0)))
}

async fn counts_the_bytes(bench: Bench) -> Outcome {
    let (kind, instance) = pair(bench.variant().kind_or(CNT));
    let ae = bench.ae().await?;
    let home = bench.make(kind, &ae, json!({})).await?;
    for (number, content) in [(1, "123"), (2, "12345")] {
        bench.check_purpose(bench.creation(instance, &home, written(instance, content, number))).await?;
    }
    let after = bench.look(&home).await?;
    equals(&after, "cni", &json!(2)).and_then(|()| equals(&after, "cbs", &json!(8)))
}

async fn notices_a_deletion(bench: Bench) -> Outcome {
    let (kind, _) = pair(bench.variant().kind_or(CNT));
    let ae = bench.ae().await?;
    let home = bench.make(kind, &ae, json!({})).await?;
    let instance = put(&bench, &home, "20", 1).await?;
    let before = bench.look(&home).await?;
    let gone = delete(&instance.path).by(&instance.originator);
    let seen = crate::ask::retrieve(&home.path).by(&home.originator);
    let after = if kind == TS {
        bench.check(gone, Status::DELETED).await?;
        bench.check_purpose(seen).await?
    } else {
        bench.check_purpose(gone).await?;
        bench.check(seen, Status::OK).await?
    };
    equals(&after, "cni", &json!(0))?;
    // TS-0001 9.6.1.3.2 has the state tag count modifications, and no clause says that a deletion below is one: it may
    // rise, and must not fall.
    match before.get("st").as_i64() {
        Some(before) => at_least(&after, "st", before),
        None => absent(&after, "st"),
    }
}

async fn notices_an_update(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let home = bench.make(CNT, &ae, json!({})).await?;
    let child = bench.make(CNT, &home, json!({})).await?;
    let before = bench.look(&home).await?.get("st").as_i64().unwrap_or_default();
    bench.check_purpose(update(&child.path, CNT, &json!({"lbl": ["changed"]})).by(&ae.originator)).await?;
    // TS-0001 10.1.4: whoever updates a child increments the state tag of the parent, if it has one.
    equals(&bench.look(&home).await?, "st", &json!(before.saturating_add(1)))
}

async fn never_changes_an_instance(bench: Bench) -> Outcome {
    let (kind, instance) = pair(bench.variant().kind_or(CNT));
    let ae = bench.ae().await?;
    let home = bench.make(kind, &ae, json!({})).await?;
    let place = put(&bench, &home, "20", 1).await?;
    bench.check_purpose(update(&place.path, instance, &json!({"lbl": ["changed"]})).by(&place.originator)).await?;
    absent(&bench.look(&place).await?, "lbl")
}
