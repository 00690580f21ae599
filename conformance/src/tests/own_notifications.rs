//! Own group: the shape of notifications, and the policies of subscriptions that the catalogue leaves out (TS-0001 9.6.8,
//! 10.2.10.7, TS-0004 6.3.5.13, 7.5.1.2.2, 7.5.1.2.19).

use onem2m_cse::primitive::Status;
use serde_json::{Value as Json, json};

use crate::ask::{Asking as _, at, delete, retrieve, update};
use crate::bench::{Bench, NOTIFIED, Place, SILENT, equals, events, present, represented};
use crate::kind::{CIN, CNT, GRP, SUB};
use crate::suite::Suite;
use crate::verdict::{Outcome, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    let mut own = |id: &str, summary: &'static str, run: fn(Bench) -> Running| {
        suite.own(id, summary, &[SUB, CNT], run);
    };
    own("TS-0004/6.3.5.13/event", "An event has type, representation and subscription", |bench| {
        Box::pin(has_its_members(bench))
    });
    own("TS-0004/6.3.5.13/operation-monitor", "A monitored operation is told with who did what", |bench| {
        Box::pin(tells_who_did_what(bench))
    });
    own("TS-0004/7.4.8.2.1/default-content-type", "The default notificationContentType is all attributes", |bench| {
        Box::pin(has_a_default_content_type(bench))
    });
    own(
        "TS-0004/7.4.8.2.1/refuses-events-with-operations",
        "Event types and operation monitor exclude each other",
        |bench| Box::pin(refuses_events_with_operations(bench)),
    );
    own("TS-0004/7.4.8.2.1/refuses-missing-data", "Missing data are asked of a timeSeries alone", |bench| {
        Box::pin(refuses_missing_data(bench))
    });
    own("TS-0004/7.5.1.2.2/default-event", "Without criteria updates are told, and children are not", |bench| {
        Box::pin(tells_of_updates_by_default(bench))
    });
    own("TS-0004/7.5.1.2.2/child-types", "childResourceType leaves out children of other types", |bench| {
        Box::pin(leaves_out_other_children(bench))
    });
    own("TS-0004/7.5.1.2.2/size", "sizeAbove leaves out smaller instances", |bench| {
        Box::pin(leaves_out_small_ones(bench))
    });
    own("TS-0004/7.5.1.2.2/every-target", "Every target of a subscription is told", |bench| {
        Box::pin(tells_every_target(bench))
    });
    own("TS-0004/7.5.1.2.2/refused-operations", "What is refused is not told", |bench| {
        Box::pin(tells_nothing_refused(bench))
    });
    own("TS-0004/7.4.8.2.4/silent-when-deleted", "A deleted subscription tells nothing more", |bench| {
        Box::pin(is_silent_when_deleted(bench))
    });
    own(
        "TS-0004/7.5.1.2.19/blocking-update-agreed",
        "A blocked update is carried out when the target agrees",
        |bench| Box::pin(blocks(bench, Status::OK)),
    );
    own("TS-0004/7.5.1.2.19/blocking-update-refused", "A blocked update is refused when the target refuses", |bench| {
        Box::pin(blocks(bench, Status::BAD_REQUEST))
    });
    own("TS-0001/10.2.10.7/rate-limit", "A rate limit holds back what is too much", |bench| {
        Box::pin(holds_back(bench))
    });
    let summary = "A group hosting CSE gathers the notifications of its members";
    suite.own("TS-0004/7.5.1.2.6/gathers", summary, &[SUB, GRP], gathers_for_a_group);
}

type Running = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>;

async fn has_its_members(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    let subscription = bench.subscribe(&container, &mailbox, json!({"enc": {"net": [1]}})).await?;
    bench.relabel(&container, "new").await?;
    let came = bench.told(&mailbox, "the update").await?;
    let reference = at(came.notification(), "sur").as_str().unwrap_or_default();
    ensure(reference.ends_with(&subscription.ri) || reference.ends_with(&subscription.path), || {
        format!("sur: expected {}, got {:?}", subscription.ri, reference)
    })?;
    ensure(at(came.event(), "net") == &json!(1), || format!("net: expected 1, got {}", came.content))?;
    let representation = at(at(came.event(), "rep"), CNT.root);
    ensure(at(representation, "ri") == &json!(container.ri), || {
        format!("rep: expected {} in {}, got {}", container.ri, CNT.root, came.content)
    })
}

async fn tells_who_did_what(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    bench.subscribe(&container, &mailbox, json!({"enc": {"om": [{"ops": 2}]}})).await?;
    bench.relabel(&container, "an update").await?;
    bench.prepare(retrieve(&container.path).by(&container.originator)).await?;
    let came = bench.told(&mailbox, "the RETRIEVE").await?;
    let monitor = at(came.event(), "om");
    // One object since Release 3, a list since Release 4.
    let monitor = monitor.as_array().and_then(|list| list.first()).unwrap_or(monitor);
    let originator = at(monitor, "or").as_str().unwrap_or_default();
    ensure(originator.ends_with(&container.originator), || {
        format!("om: expected the originator {}, got {}", container.originator, came.content)
    })?;
    let operation = [at(monitor, "op"), at(monitor, "ops")].into_iter().find_map(Json::as_i64);
    ensure(operation == Some(2), || format!("om: expected the operation 2 (RETRIEVE), got {}", came.content))
}

async fn has_a_default_content_type(bench: Bench) -> Outcome {
    let container = bench.a(CNT).await?;
    let made = bench.make(SUB, &container, json!({"nct": null})).await?;
    equals(&bench.look(&made).await?, "nct", &json!(1))
}

async fn refused(bench: &Bench, criteria: Json) -> Outcome {
    let container = bench.a(CNT).await?;
    bench
        .check(bench.creation(SUB, &container, json!({"enc": criteria, "nct": null})), Status::BAD_REQUEST)
        .await
        .map(drop)
}

async fn refuses_events_with_operations(bench: Bench) -> Outcome {
    refused(&bench, json!({"net": [1], "om": [{"ops": 2}]})).await
}

async fn refuses_missing_data(bench: Bench) -> Outcome {
    refused(&bench, json!({"net": [8], "md": {"num": 1, "dur": "PT1M"}})).await
}

async fn tells_of_updates_by_default(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    bench.subscribe(&container, &mailbox, json!({})).await?;
    bench.make(CNT, &container, json!({})).await?;
    bench.told_no_more_than(&mailbox, 0).await?;
    bench.relabel(&container, "new").await?;
    bench.told(&mailbox, "the update").await.map(drop)
}

async fn leaves_out_other_children(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    bench.subscribe(&container, &mailbox, json!({"enc": {"net": [3], "chty": [4]}})).await?;
    bench.make(CNT, &container, json!({})).await?;
    bench.make(CIN, &container, json!({"con": "told"})).await?;
    let came = bench.told(&mailbox, "the instance").await?;
    ensure(at(represented(came.event()), "con") == &json!("told"), || {
        format!("rep: expected the contentInstance, got {}", came.content)
    })?;
    bench.told_no_more_than(&mailbox, 1).await
}

async fn leaves_out_small_ones(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    bench.subscribe(&container, &mailbox, json!({"enc": {"net": [3], "sza": 10}})).await?;
    bench.make(CIN, &container, json!({"con": "small"})).await?;
    bench.make(CIN, &container, json!({"con": "large enough"})).await?;
    let came = bench.told(&mailbox, "the large instance").await?;
    ensure(at(represented(came.event()), "con") == &json!("large enough"), || {
        format!("rep: expected the large instance, got {}", came.content)
    })?;
    bench.told_no_more_than(&mailbox, 1).await
}

async fn tells_every_target(bench: Bench) -> Outcome {
    let (container, one, other) = (bench.a(CNT).await?, bench.mailbox(), bench.mailbox());
    bench.subscribe(&container, &one, json!({"nu": [one.url(), other.url()]})).await?;
    bench.relabel(&container, "new").await?;
    bench.told(&one, "the update").await?;
    bench.told(&other, "the update").await.map(drop)
}

async fn tells_nothing_refused(bench: Bench) -> Outcome {
    let (container, mailbox, stranger) = (bench.a(CNT).await?, bench.mailbox(), bench.ae().await?);
    bench.subscribe(&container, &mailbox, json!({"enc": {"net": [1, 2, 3]}})).await?;
    let change = update(&container.path, CNT, &json!({"lbl": ["x"]})).by(&stranger.originator);
    bench.check(change, Status::ORIGINATOR_HAS_NO_PRIVILEGE).await?;
    bench.told_no_more_than(&mailbox, 0).await
}

async fn is_silent_when_deleted(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    let subscription = bench.subscribe(&container, &mailbox, json!({})).await?;
    bench.check(delete(&subscription.path).by(&subscription.originator), Status::DELETED).await?;
    bench.relabel(&container, "new").await?;
    bench.told_no_more_than(&mailbox, 0).await
}

/// TS-0004 7.3.2.9: the target decides, by its answer to the notification.
async fn blocks(bench: Bench, decision: Status) -> Outcome {
    let container = bench.a(CNT).await?;
    let (target, mailbox) = bench.listening_ae().await?;
    let attributes = json!({"nu": [target.ri], "nct": null, "enc": {"net": [7]}});
    bench.make(SUB, &container, attributes).await?;
    mailbox.answer_news(decision);
    let change = update(&container.path, CNT, &json!({"lbl": ["new"]})).by(&container.originator);
    let agreed = decision == Status::OK;
    let expected = if agreed { Status::UPDATED } else { Status::OPERATION_DENIED_BY_REMOTE_ENTITY };
    bench.check(change, expected).await?;
    bench.told(&mailbox, "the update").await?;
    let label = if agreed { json!(["new"]) } else { Json::Null };
    equals(&bench.look(&container).await?, "lbl", &label)
}

async fn holds_back(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    bench.subscribe(&container, &mailbox, json!({"rl": {"mnn": 1, "tww": "PT2S"}})).await?;
    bench.relabel(&container, "first").await?;
    bench.relabel(&container, "second").await?;
    bench.told(&mailbox, "the first update").await?;
    bench.told_no_more_than(&mailbox, 1).await?;
    let is_second = |came: &crate::listener::Came| at(represented(came.event()), "lbl") == &json!(["second"]);
    bench.told_that(&mailbox, "the second update, in the next window", is_second).await.map(drop)
}

/// TS-0004 7.5.1.2.6: the members tell the group, and the group tells the subscriber.
async fn gathers_for_a_group(bench: Bench) -> Outcome {
    let (ae, mailbox) = (bench.ae().await?, bench.mailbox());
    let members: [Place; 2] = [bench.make(CNT, &ae, json!({})).await?, bench.make(CNT, &ae, json!({})).await?];
    let ids = json!([members[0].ri, members[1].ri]);
    let group = bench.make(GRP, &ae, json!({"mt": 3, "mid": ids})).await?;
    let fan_out = Place { path: format!("{}/fopt", group.path), ..group.clone() };
    let attributes = json!({"nu": [mailbox.url()], "nfu": mailbox.url(), "enc": {"net": [1]}});
    let asked = bench.creation(SUB, &fan_out, attributes);
    bench.prepare(asked).await?;
    for member in &members {
        let children = retrieve(&member.path).by(&ae.originator).rcn(4);
        present(&bench.check(children, Status::OK).await?, "m2m:sub")?;
        bench.relabel(member, "told").await?;
    }
    let told = || mailbox.news().iter().flat_map(events).count();
    mailbox.wait_for(NOTIFIED, |_| told() >= 2).await;
    tokio::time::sleep(SILENT).await;
    let last = || mailbox.news().last().map(|came| came.content.to_string()).unwrap_or_default();
    ensure(told() == 2, || format!("notifications: expected one event of each member, got {}: {}", told(), last()))?;
    let gathered = mailbox.news().iter().any(|came| !at(&came.content, "m2m:agn").is_null());
    ensure(gathered, || format!("m2m:agn: expected both events together, got {}", last()))
}
