//! TS and FLXC: data that should have come and did not (TS-0001 10.2.4.29, TS-0004 7.4.38, 7.5.1.2.9), and the one purpose
//! that is about a flexContainer alone.

use std::time::Duration;

use onem2m_cse::value::Timestamp;
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};

use crate::ask::{Answer, Asking as _, delete, update};
use crate::bench::{Bench, Place, at_least, equals};
use crate::kind::{FCNT, TS, TSI};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Between two points, in milliseconds; what may be late, and when one counts as missing.
const INTERVAL: u64 = 500;
const DELTA: u64 = 50;
const TIMER: u64 = 200;

/// How long points may be waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("TS/001", lists_what_is_missing);
    suite.purpose("TS/002", forgets_the_oldest);
    suite.purpose("TS/003", tells_that_enough_is_missing);
    suite.purpose("TS/004", begins_anew_with_each_window);
    suite.purpose("TS/005", tells_when_the_subscription_ends);
    suite.purpose("FLXC/UPD", changes_a_value);
}

/// A series of which at most so many missing points are listed.
async fn series(bench: &Bench, listed: u64) -> Result<Place, Stop> {
    let ae = bench.ae().await?;
    let attributes = json!({"pei": INTERVAL, "peid": DELTA, "mdd": true, "mdt": TIMER, "mdn": listed});
    bench.make(TS, &ae, attributes).await
}

/// The first point, now: it begins the watch, and all others are missing.
async fn begin(bench: &Bench, series: &Place) -> Result<Timestamp, Stop> {
    let now = Timestamp::now();
    bench.prepare(bench.creation(TSI, series, json!({"dgt": now.to_string()}))).await?;
    Ok(now)
}

/// The series as soon as it meets a condition.
async fn when(bench: &Bench, series: &Place, meets: impl Fn(&Answer) -> bool) -> Result<Answer, Stop> {
    let end = Instant::now() + PATIENCE;
    loop {
        let found = bench.look(series).await?;
        if meets(&found) || Instant::now() > end {
            return Ok(found);
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// The times of the missing points, the latest first.
fn missing(found: &Answer) -> Vec<Timestamp> {
    let items = found.get("mdlt").as_array().cloned().unwrap_or_default();
    items.iter().filter_map(Json::as_str).filter_map(Timestamp::parse).collect()
}

fn count(found: &Answer) -> usize {
    found.get("mdc").as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
}

async fn lists_what_is_missing(bench: Bench) -> Outcome {
    let series = series(&bench, 10).await?;
    equals(&bench.look(&series).await?, "mdc", &json!(0))?;
    let begun = begin(&bench, &series).await?;
    let found = when(&bench, &series, |found| count(found) >= 1).await?;
    at_least(&found, "mdc", 1)?;
    let expected = begun.plus_micros(i64::try_from(INTERVAL).unwrap_or(0).saturating_mul(1000));
    let times = missing(&found);
    let near = |time: &Timestamp| time.as_micros().abs_diff(expected.as_micros()) <= DELTA.saturating_mul(1000);
    ensure(times.iter().any(near), || format!("mdlt: expected a point of {expected}, got {}", found.get("mdlt")))?;
    ensure(times.len() == count(&found), || {
        format!("mdc: expected as many as in mdlt {}, got {}", found.get("mdlt"), found.get("mdc"))
    })
}

async fn forgets_the_oldest(bench: Bench) -> Outcome {
    let series = series(&bench, 2).await?;
    begin(&bench, &series).await?;
    let full = when(&bench, &series, |found| count(found) >= 2).await?;
    equals(&full, "mdc", &json!(2))?;
    let Some(oldest) = missing(&full).into_iter().min() else {
        return Err(Stop::Fail(format!("mdlt: expected two times, got {}", full.get("mdlt"))));
    };
    let later = when(&bench, &series, |found| !missing(found).contains(&oldest)).await?;
    equals(&later, "mdc", &json!(2))?;
    let times = missing(&later);
    ensure(times.len() == 2 && !times.contains(&oldest), || {
        format!("mdlt: expected two times later than {oldest}, got {}", later.get("mdlt"))
    })
}

async fn tells_that_enough_is_missing(bench: Bench) -> Outcome {
    let (series, mailbox) = (series(&bench, 10).await?, bench.mailbox());
    let criteria = json!({"net": [8], "md": {"num": 2, "dur": "PT1M"}});
    bench.subscribe(&series, &mailbox, json!({"nct": 5, "enc": criteria})).await?;
    begin(&bench, &series).await?;
    let found = when(&bench, &series, |found| count(found) >= 2).await?;
    at_least(&found, "mdc", 2)?;
    let came = bench.told(&mailbox, "two missing points").await?;
    ensure(came.event().get("net") == Some(&json!(8)), || format!("net: expected 8, got {}", came.content))
}

/// A window that is too short for so many.
async fn begins_anew_with_each_window(bench: Bench) -> Outcome {
    let (series, mailbox) = (series(&bench, 20).await?, bench.mailbox());
    let criteria = json!({"net": [8], "md": {"num": 4, "dur": "PT1S"}});
    bench.subscribe(&series, &mailbox, json!({"nct": 5, "enc": criteria})).await?;
    begin(&bench, &series).await?;
    let found = when(&bench, &series, |found| count(found) >= 6).await?;
    at_least(&found, "mdc", 6)?;
    bench.told_no_more_than(&mailbox, 0).await
}

async fn tells_when_the_subscription_ends(bench: Bench) -> Outcome {
    let (series, mailbox) = (series(&bench, 10).await?, bench.mailbox());
    let criteria = json!({"net": [8], "md": {"num": 5, "dur": "PT1M"}});
    let subscription = bench.subscribe(&series, &mailbox, json!({"nct": 5, "enc": criteria})).await?;
    begin(&bench, &series).await?;
    when(&bench, &series, |found| count(found) >= 1).await?;
    bench.prepare(delete(&subscription.path).by(&subscription.originator)).await?;
    bench.told(&mailbox, "the missing points so far").await.map(drop)
}

async fn changes_a_value(bench: Bench) -> Outcome {
    let place = bench.a(FCNT).await?;
    let asked = update(&place.path, FCNT, &json!({"curT0": 21.5})).by(&place.originator);
    bench.check_purpose(asked).await?;
    equals(&bench.look(&place).await?, "curT0", &json!(21.5))
}
