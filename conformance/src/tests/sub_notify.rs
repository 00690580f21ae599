//! SUB/UPD, SUB/DEL, SUB/NTF: what subscribers are told, and when (TS-0001 9.6.8, 10.2.10.7, TS-0004 7.5.1.2.2, 7.5.1.2.4).

use onem2m_cse::primitive::Request;
use serde_json::{Value as Json, json};

use crate::ask::{Asking as _, at, delete, inside, update};
use crate::bench::{Bench, Place, events, represented};
use crate::kind::CNT;
use crate::listener::Came;
use crate::suite::Suite;
use crate::verdict::{Outcome, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("SUB/CRE/005", tells_of_a_new_child);
    suite.purpose("SUB/DEL/001", tells_that_the_subscription_goes);
    suite.purpose("SUB/DEL/002", tells_that_the_target_goes);
    suite.purpose("SUB/DEL/003", tells_that_a_child_goes);
    suite.purpose("SUB/NTF/003", sends_a_batch_when_its_time_is_up);
    suite.purpose("SUB/UPD/001", shows_the_target);
    suite.purpose("SUB/UPD/002", shows_the_changes);
    suite.purpose("SUB/UPD/003", shows_the_address);
    suite.purpose("SUB/UPD/004", counts_down);
    suite.purpose("SUB/UPD/005", ends_with_its_counter);
    suite.purpose("SUB/UPD/006", leaves_out_other_attributes);
    suite.purpose("SUB/UPD/007", sends_a_batch_when_it_is_full);
    suite.purpose("SUB/UPD/008", sends_the_latest_of_a_batch);
    suite.purpose("SUB/UPD/009", tells_of_a_listed_attribute);
}

/// An UPDATE of the label, by the owner.
fn relabelled(place: &Place, label: &str) -> Request {
    update(&place.path, place.kind, &json!({"lbl": [label]})).by(&place.originator)
}

fn is_of(came: &Came, event: i64) -> Outcome {
    let got = at(came.event(), "net");
    // TS-0001 table 9.6.8-3: an update is what is told of when nothing is said.
    let fits = got == &json!(event) || (got.is_null() && event == 1);
    ensure(fits, || format!("net: expected {event} in the notification, got {got}"))
}

fn shows(came: &Came, name: &str, expected: &Json) -> Outcome {
    let got = at(represented(came.event()), name);
    ensure(got == expected, || format!("{name}: expected {expected} in the notification, got {}", came.content))
}

async fn tells_of_a_new_child(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    let subscription = bench.subscribe(&container, &mailbox, json!({"enc": {"net": [3]}})).await?;
    let created = bench.check_purpose(bench.creation(CNT, &container, json!({}))).await?;
    let came = bench.told(&mailbox, "the new child").await?;
    is_of(&came, 3)?;
    shows(&came, "ri", created.get("ri"))?;
    let reference = at(came.notification(), "sur").as_str().unwrap_or_default();
    ensure(reference.ends_with(&subscription.ri) || reference.ends_with(&subscription.path), || {
        format!("sur: expected the subscription {}, got {reference:?}", subscription.ri)
    })
}

async fn tells_that_the_subscription_goes(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    let subscription = bench.subscribe(&container, &mailbox, json!({"su": mailbox.url()})).await?;
    bench.check_purpose(delete(&subscription.path).by(&subscription.originator)).await?;
    let came = bench.told_that(&mailbox, "the end of the subscription", Came::is_farewell).await?;
    let reference = at(came.notification(), "sur").as_str().unwrap_or_default();
    ensure(reference.ends_with(&subscription.ri) || reference.ends_with(&subscription.path), || {
        format!("sur: expected the subscription {}, got {reference:?}", subscription.ri)
    })
}

async fn tells_that_the_target_goes(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    bench.subscribe(&container, &mailbox, json!({"enc": {"net": [2]}})).await?;
    bench.check_purpose(delete(&container.path).by(&container.originator)).await?;
    let came = bench.told_that(&mailbox, "the end of the target", |came| !came.event().is_null()).await?;
    is_of(&came, 2)?;
    shows(&came, "ri", &json!(container.ri))
}

async fn tells_that_a_child_goes(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    let child = bench.make(CNT, &container, json!({})).await?;
    bench.subscribe(&container, &mailbox, json!({"enc": {"net": [4]}})).await?;
    bench.check_purpose(delete(&child.path).by(&child.originator)).await?;
    let came = bench.told(&mailbox, "the end of the child").await?;
    is_of(&came, 4)?;
    shows(&came, "ri", &json!(child.ri))
}

async fn sends_a_batch_when_its_time_is_up(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    bench.subscribe(&ae, &mailbox, json!({"enc": {"net": [1]}, "bn": {"num": 10, "dur": "PT1S"}})).await?;
    bench.relabel(&ae, "first").await?;
    bench.relabel(&ae, "second").await?;
    let came = bench.told(&mailbox, "two updates").await?;
    is_batch(&came, &["first", "second"])?;
    bench.told_no_more_than(&mailbox, 1).await
}

/// One aggregated notification of updates that set these labels.
fn is_batch(came: &Came, labels: &[&str]) -> Outcome {
    let batch = at(&came.content, "m2m:agn");
    let told = events(came);
    let got: Vec<&Json> = told.iter().map(|event| at(represented(event), "lbl")).collect();
    let expected: Vec<Json> = labels.iter().map(|label| json!([label])).collect();
    ensure(!batch.is_null() && got.iter().copied().eq(expected.iter()), || {
        format!("m2m:agn: expected one with the labels {labels:?}, got {}", came.content)
    })
}

async fn shows_the_target(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    bench.subscribe(&ae, &mailbox, json!({"nct": 1, "enc": {"net": [1]}})).await?;
    bench.check_purpose(relabelled(&ae, "new")).await?;
    let came = bench.told(&mailbox, "the update").await?;
    is_of(&came, 1)?;
    // All of it, and not the change alone.
    shows(&came, "lbl", &json!(["new"])).and_then(|()| shows(&came, "ri", &json!(ae.ri)))
}

async fn shows_the_changes(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    bench.subscribe(&ae, &mailbox, json!({"nct": 2, "enc": {"net": [1]}})).await?;
    bench.check_purpose(relabelled(&ae, "new")).await?;
    let came = bench.told(&mailbox, "the update").await?;
    shows(&came, "lbl", &json!(["new"])).and_then(|()| shows(&came, "api", &Json::Null))
}

async fn shows_the_address(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    bench.subscribe(&ae, &mailbox, json!({"nct": 3, "enc": {"net": [1]}})).await?;
    bench.check_purpose(relabelled(&ae, "new")).await?;
    let came = bench.told(&mailbox, "the update").await?;
    let representation = at(came.event(), "rep");
    // A URI alone, or in m2m:uri, or the resource identifier in a representation.
    let address = [representation, inside(representation), at(inside(representation), "ri")]
        .into_iter()
        .find_map(Json::as_str)
        .unwrap_or_default();
    ensure(address.ends_with(&ae.ri) || address.ends_with(&ae.path), || {
        format!("rep: expected the address of {}, got {representation}", ae.path)
    })?;
    ensure(at(inside(representation), "lbl").is_null(), || format!("rep: expected no attributes, got {representation}"))
}

async fn counts_down(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    let subscription = bench.subscribe(&ae, &mailbox, json!({"exc": 5, "enc": {"net": [1]}})).await?;
    for left in [4, 3] {
        bench.check_purpose(relabelled(&ae, &format!("left {left}"))).await?;
        bench.becomes(&subscription, "exc", &json!(left)).await?;
    }
    bench.told_no_more_than(&mailbox, 2).await
}

async fn ends_with_its_counter(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    let subscription = bench.subscribe(&ae, &mailbox, json!({"exc": 1, "enc": {"net": [1]}})).await?;
    bench.relabel(&ae, "last").await?;
    bench.told(&mailbox, "the update").await?;
    bench.goes(&subscription).await?;
    bench.relabel(&ae, "after").await?;
    bench.told_no_more_than(&mailbox, 1).await
}

async fn leaves_out_other_attributes(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    bench.subscribe(&ae, &mailbox, json!({"enc": {"net": [1], "atr": ["apn"]}})).await?;
    bench.check_purpose(relabelled(&ae, "new")).await?;
    bench.told_no_more_than(&mailbox, 0).await
}

async fn tells_of_a_listed_attribute(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    bench.subscribe(&ae, &mailbox, json!({"enc": {"net": [1], "atr": ["lbl"]}})).await?;
    bench.check_purpose(relabelled(&ae, "new")).await?;
    let came = bench.told(&mailbox, "the update of the label").await?;
    is_of(&came, 1)?;
    shows(&came, "lbl", &json!(["new"]))
}

async fn sends_a_batch_when_it_is_full(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    bench.subscribe(&ae, &mailbox, json!({"enc": {"net": [1]}, "bn": {"num": 3, "dur": "PT10M"}})).await?;
    for label in ["first", "second", "third"] {
        bench.told_no_more_than(&mailbox, 0).await?;
        bench.check_purpose(relabelled(&ae, label)).await?;
    }
    let came = bench.told(&mailbox, "three updates").await?;
    is_batch(&came, &["first", "second", "third"])?;
    bench.told_no_more_than(&mailbox, 1).await
}

async fn sends_the_latest_of_a_batch(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    let more = json!({"enc": {"net": [1]}, "bn": {"num": 3, "dur": "PT10M"}, "ln": true});
    bench.subscribe(&ae, &mailbox, more).await?;
    for label in ["first", "second", "third"] {
        bench.check_purpose(relabelled(&ae, label)).await?;
    }
    let came = bench.told(&mailbox, "the latest of three updates").await?;
    // Alone, or alone in a batch.
    let told = events(&came);
    let last = matches!(told.as_slice(), [event] if at(represented(event), "lbl") == &json!(["third"]));
    ensure(last, || format!("notification: expected the label \"third\" alone, got {}", came.content))?;
    bench.told_no_more_than(&mailbox, 1).await
}
