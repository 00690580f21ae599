//! An AE under test: what it answers when it is told something (TS-0018, test configuration CF03).

use onem2m_cse::primitive::Operation;
use serde_json::{Value as Json, json};

use crate::bench::Bench;
use crate::kind::{AE, SUB};
use crate::sample::plain;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose_of("TP/oneM2M/AE/SUB/NTF/001", |bench| answers(bench, is_one));
    suite.purpose_of("TP/oneM2M/AE/SUB/NTF/002", |bench| answers(bench, are_several));
}

/// The AE subscribes, and is told at the address that it has given.
async fn answers(bench: Bench, notification: fn(&str) -> Json) -> Outcome {
    let container = bench.planted_container().await?.path;
    let mut wanted = bench.wanted(Operation::Create, SUB, &container).await?;
    let of_the_ae = address_of_the_ae(&bench).await?;
    let proposed = of_the_ae.clone().unwrap_or_else(|| bench.anywhere());
    wanted.content = json!({"nu": [proposed], "nct": 1});
    let asked = bench.triggered(&wanted).await.map_err(|stop| match stop {
        Stop::Fail(reason) => Stop::Inconclusive(format!("preparation: the AE did not subscribe: {reason}")),
        other => other,
    })?;
    let first = asked.get("nu").as_array().and_then(|list| list.first()).and_then(Json::as_str).unwrap_or_default();
    // TS-0004 7.5.1.2.1: a target is a URL, or a resource that has a point of access.
    let address = if first.contains("://") { Some(first.to_owned()) } else { of_the_ae };
    let Some(address) = address.filter(|address| !is_proposed(&bench, address)) else {
        return Err(Stop::Inconclusive("the AE gives no address at which it can be told: neither nu nor poa".into()));
    };
    // TS-0010 6.6: a point of access at a broker does not say whose it is; the topic does.
    let id = bench.registered_ae().await?.id;
    let address =
        if address.starts_with("mqtt") && !address.contains('#') { format!("{address}#{id}") } else { address };
    let registrar = &bench.under_test()?.registrar;
    let subscription = registrar.newest_below(&container, SUB.root).map(|(path, _)| path);
    let subscription = subscription.ok_or_else(|| Stop::Inconclusive("the tester has kept no subscription".into()))?;
    bench.tell(&address, &notification(&format!("{}/{subscription}", registrar.cse_id))).await
}

/// Where the AE says that it is reached.
async fn address_of_the_ae(bench: &Bench) -> Result<Option<String>, Stop> {
    let path = bench.registered_ae().await?.path;
    let ae = bench.under_test()?.registrar.look(&path);
    let points = ae.get("poa").and_then(Json::as_array);
    Ok(points.and_then(|list| list.first()).and_then(Json::as_str).map(str::to_owned))
}

/// Whether an address is one that the tester has proposed, where no AE is.
fn is_proposed(bench: &Bench, address: &str) -> bool {
    let points = plain(AE, "poa").map(|sample| [sample.first, sample.second]);
    let sampled = points.iter().flatten().filter_map(|point| point.get(0)?.as_str()).any(|point| point == address);
    sampled || address == bench.anywhere()
}

fn event() -> Json {
    json!({"rep": {"m2m:cin": {"rn": "one", "ty": 4, "ri": "one", "con": "21.5"}}, "net": 3})
}

fn is_one(subscription: &str) -> Json {
    json!({"m2m:sgn": {"nev": event(), "sur": subscription}})
}

/// TS-0004 7.5.1.2.3, table 6.3.5.42-1: several notifications in one.
fn are_several(subscription: &str) -> Json {
    let inside = json!({"nev": event(), "sur": subscription});
    json!({"m2m:agn": {"m2m:sgn": [inside, inside]}})
}
