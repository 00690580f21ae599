//! Own group: schedules, and what waits for them (TS-0001 9.6.8, 9.6.9, TS-0004 7.4.9, 7.5.1.2.2 steps 3 to 6).

use onem2m_cse::primitive::Status;
use serde_json::{Value as Json, json};

use crate::ask::{Asking as _, at, update};
use crate::bench::{Bench, NOTIFIED, Place, events, represented};
use crate::kind::{CNT, SCH};
use crate::listener::Mailbox;
use crate::sample::in_days;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    let mut own = |id: &str, summary: &'static str, run: fn(Bench) -> Running| {
        suite.own(&format!("TS-0004/{id}"), summary, &[SCH], run);
    };
    own("7.5.1.2.2/discards-outside-the-schedule", "Outside its schedule a subscription discards events", |bench| {
        Box::pin(waits(bench, None, &[]))
    });
    own("7.5.1.2.2/sends-all-pending", "pendingNotification 2: all that waited is sent", |bench| {
        Box::pin(waits(bench, Some(2), &["one", "two", "three"]))
    });
    own("7.5.1.2.2/sends-the-latest", "pendingNotification 1: the latest that waited is sent", |bench| {
        Box::pin(waits(bench, Some(1), &["three"]))
    });
    own("7.5.1.2.2/immediate-does-not-wait", "Event category immediate passes the schedule", |bench| {
        Box::pin(immediate(bench))
    });
    own("7.4.9/tells-inside-the-schedule", "Inside its schedule a subscription tells", |bench| Box::pin(inside(bench)));
    own("7.4.9/refuses-what-is-no-entry", "A schedule entry that is none is refused", |bench| {
        Box::pin(refuses_what_is_no_entry(bench))
    });
}

type Running = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// Entries that mean always, and the year after the next.
fn always() -> Json {
    json!({"sce": ["* * * * * * *"]})
}

fn another_time() -> Json {
    let year: String = in_days(2 * 366).chars().take(4).collect();
    json!({"sce": [format!("* * * * * * {year}")]})
}

/// A container, whose subscription has a schedule.
async fn scheduled(bench: &Bench, mailbox: &Mailbox, more: Json, times: Json) -> Result<(Place, Place), Stop> {
    let container = bench.a(CNT).await?;
    let mut attributes = json!({"enc": {"net": [1]}, "nct": 1});
    if let (Some(into), Json::Object(more)) = (attributes.as_object_mut(), more) {
        into.extend(more);
    }
    let subscription = bench.subscribe(&container, mailbox, attributes).await?;
    // TS-0001 table 9.6.8-1: the name is fixed.
    let schedule = bench.make(SCH, &subscription, json!({"rn": "notificationSchedule", "se": times})).await?;
    Ok((container, schedule))
}

/// Three events while the schedule is shut; what is told once it is open.
async fn waits(bench: Bench, pending: Option<i64>, expected: &[&str]) -> Outcome {
    let mailbox = bench.mailbox();
    let more = pending.map_or_else(|| json!({}), |pending| json!({"pn": pending}));
    let (container, schedule) = scheduled(&bench, &mailbox, more, another_time()).await?;
    for label in ["one", "two", "three"] {
        bench.relabel(&container, label).await?;
    }
    bench.told_no_more_than(&mailbox, 0).await?;
    let open = update(&schedule.path, SCH, &json!({"se": always()})).by(&schedule.originator);
    bench.prepare(open).await?;
    let labels = || -> Vec<Json> {
        mailbox.news().iter().flat_map(events).map(|event| at(represented(&event), "lbl").clone()).collect()
    };
    let wanted: Vec<Json> = expected.iter().map(|label| json!([label])).collect();
    if wanted.is_empty() {
        return bench.told_no_more_than(&mailbox, 0).await;
    }
    mailbox.wait_for(NOTIFIED, |_| labels().len() >= wanted.len()).await;
    bench.told_no_more_than(&mailbox, wanted.len()).await?;
    ensure(labels() == wanted, || format!("notifications: expected the labels {wanted:?}, got {:?}", labels()))
}

async fn immediate(bench: Bench) -> Outcome {
    let mailbox = bench.mailbox();
    let (container, _) = scheduled(&bench, &mailbox, json!({"nec": 2}), another_time()).await?;
    bench.relabel(&container, "urgent").await?;
    bench.told(&mailbox, "the update").await.map(drop)
}

async fn inside(bench: Bench) -> Outcome {
    let mailbox = bench.mailbox();
    let (container, _) = scheduled(&bench, &mailbox, json!({}), always()).await?;
    bench.relabel(&container, "now").await?;
    bench.told(&mailbox, "the update").await.map(drop)
}

/// TS-0004 7.4.9.1: seven fields, each within its bounds.
async fn refuses_what_is_no_entry(bench: Bench) -> Outcome {
    let (container, mailbox) = (bench.a(CNT).await?, bench.mailbox());
    for entry in ["61 * * * * * *", "* * 25 * * * *", "* * * * * *", "now"] {
        let subscription = bench.subscribe(&container, &mailbox, json!({})).await?;
        let attributes = json!({"rn": "notificationSchedule", "se": {"sce": [entry]}});
        bench.check(bench.creation(SCH, &subscription, attributes), Status::BAD_REQUEST).await?;
    }
    Ok(())
}
