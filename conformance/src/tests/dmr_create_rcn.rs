//! DMR/CRE: what the originator wants to see of what it created (TS-0004 7.2.2.2, 6.3.4.2.4).

use serde_json::json;

use crate::ask::{Answer, Asking as _, at, inside};
use crate::bench::Bench;
use crate::kind::{CNT, Kind};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DMR/CRE/015", nothing);
    suite.purpose("DMR/CRE/016", the_address);
    suite.purpose("DMR/CRE/017", attributes_and_address);
    suite.purpose("DMR/CRE/018", refuses_an_rcn_for_other_operations);
    suite.purpose("DMR/CRE/019", attributes);
}

/// Creates a resource of the variant's type with a result content; answers its structured address, too.
async fn create(bench: &Bench, rcn: i64) -> Result<(Kind, String, Answer), Stop> {
    let kind = bench.variant().kind_or(CNT);
    let ae = bench.ae().await?;
    let home = bench.home(kind, &ae).await?;
    // A subscription's schedule has a name of its own (TS-0001 table 9.6.8-1).
    let name = if kind == crate::kind::SCH { "notificationSchedule".to_owned() } else { bench.unique() };
    let asked = bench.creation(kind, &home, json!({"rn": name})).rcn(rcn);
    Ok((kind, format!("{}/{name}", home.path), bench.check_purpose(asked).await?))
}

async fn nothing(bench: Bench) -> Outcome {
    let (_, _, created) = create(&bench, 0).await?;
    ensure(created.content.is_null(), || format!("content: expected none, got {}", created.content))
}

async fn the_address(bench: Bench) -> Outcome {
    let (_, address, created) = create(&bench, 2).await?;
    is_address(bench.subject().base(), at(&created.content, "m2m:uri"), &address)
}

async fn attributes_and_address(bench: Bench) -> Outcome {
    let (kind, address, created) = create(&bench, 3).await?;
    let both = at(&created.content, "m2m:rce");
    is_address(bench.subject().base(), at(both, "uri"), &address)?;
    let number = at(at(both, kind.root), "ty");
    ensure(number == &json!(kind.number), || format!("{}: expected in m2m:rce, got {both}", kind.root))
}

async fn attributes(bench: Bench) -> Outcome {
    let (kind, _, created) = create(&bench, 1).await?;
    let found = at(inside(&created.content), "ri");
    ensure(found.is_string() && !at(&created.content, kind.root).is_null(), || {
        format!("content: expected the attributes in {}, got {}", kind.root, created.content)
    })
}

/// An address may be CSE-relative or SP-relative.
fn is_address(base: &str, got: &serde_json::Value, expected: &str) -> Outcome {
    let tail = expected.strip_prefix(base).unwrap_or(expected);
    let fits = got.as_str().is_some_and(|got| got == expected || got.ends_with(tail));
    ensure(fits, || format!("address: expected {expected}, got {got}"))
}

/// Variants: the number.
async fn refuses_an_rcn_for_other_operations(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let asked = bench.creation(CNT, &ae, json!({})).rcn(bench.variant().number());
    bench.check_purpose(asked).await.map(drop)
}
