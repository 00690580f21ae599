//! DIS: discovery: what is found, how it is named, and what is refused (TS-0001 10.2.6, TS-0004 7.3.3.14, 7.3.3.17).

use onem2m_cse::primitive::{DiscoveryResultType, FilterCriteria, Status};
use onem2m_cse::value::Timestamp;
use serde_json::json;

use crate::ask::{Answer, Asking as _, discover};
use crate::bench::{Bench, Place};
use crate::kind::{ACP, CNT, grants};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure, not_applicable};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DIS/001", |bench| finds(bench, FilterCriteria::default(), Found::All));
    suite.purpose("DIS/002", |bench| finds(bench, labelled("wanted"), Found::Labelled));
    suite.purpose("DIS/003", |bench| finds(bench, labelled("nobody has this"), Found::Nothing));
    suite.purpose("DIS/004", |bench| names(bench, Some(DiscoveryResultType::Unstructured)));
    suite.purpose("DIS/005", refuses_a_stranger);
    suite.purpose("DIS/006", refuses_a_root_that_is_not_there);
    suite.purpose("DIS/007", refuses_a_malformed_filter);
    suite.purpose("DIS/008", refuses_what_contradicts_itself);
    suite.purpose("DIS/009", leaves_out_what_may_not_be_found);
    suite.purpose("DIS/010", |bench| names(bench, Some(DiscoveryResultType::Structured)));
    suite.purpose("DIS/011", |bench| names(bench, None));
}

fn labelled(label: &str) -> FilterCriteria {
    FilterCriteria { labels: vec![label.into()], ..FilterCriteria::default() }
}

/// A container with two children, of which the second has a label.
async fn family(bench: &Bench) -> Result<(Place, [Place; 2]), Stop> {
    let parent = bench.a(CNT).await?;
    let plain = bench.make(CNT, &parent, json!({})).await?;
    let labelled = bench.make(CNT, &parent, json!({"lbl": ["wanted"]})).await?;
    Ok((parent, [plain, labelled]))
}

/// The addresses that were found have to be those of these places and no others. A CSE may name them relative to itself or
/// to the service provider, structured or not.
fn are(answer: &Answer, expected: &[&Place]) -> Outcome {
    let found = answer.addresses();
    let is = |address: &String, place: &Place| {
        [&place.path, &place.ri].into_iter().any(|one| address == one || address.ends_with(&format!("/{one}")))
    };
    let fits = found.as_ref().is_some_and(|found| {
        found.len() == expected.len() && expected.iter().all(|place| found.iter().any(|address| is(address, place)))
    });
    // Where nothing is found there may be no list.
    let nothing = expected.is_empty() && found.as_ref().is_none_or(Vec::is_empty);
    let wanted = || expected.iter().map(|place| place.path.as_str()).collect::<Vec<_>>();
    ensure(fits || nothing, || format!("m2m:uril: expected {:?}, got {}", wanted(), answer.content))
}

enum Found {
    All,
    Labelled,
    Nothing,
}

async fn finds(bench: Bench, criteria: FilterCriteria, what: Found) -> Outcome {
    let (parent, [plain, labelled]) = family(&bench).await?;
    let answer = bench.check_purpose(discover(&parent.path, criteria).by(&parent.originator)).await?;
    match what {
        Found::All => are(&answer, &[&plain, &labelled]),
        Found::Labelled => are(&answer, &[&labelled]),
        Found::Nothing => are(&answer, &[]),
    }
}

async fn names(bench: Bench, wanted: Option<DiscoveryResultType>) -> Outcome {
    let (parent, [plain, labelled]) = family(&bench).await?;
    let mut asked = discover(&parent.path, FilterCriteria::default()).by(&parent.originator);
    asked.discovery_result_type = wanted;
    let answer = bench.check_purpose(asked).await?;
    are(&answer, &[&plain, &labelled])?;
    let structured = wanted != Some(DiscoveryResultType::Unstructured);
    let fits = |address: &String| {
        let ends = |places: [&String; 2]| places.iter().any(|place| address.ends_with(place.as_str()));
        ends(if structured { [&plain.path, &labelled.path] } else { [&plain.ri, &labelled.ri] })
    };
    let form = if structured { "structured" } else { "unstructured" };
    ensure(answer.addresses().unwrap_or_default().iter().all(fits), || {
        format!("m2m:uril: expected {form} addresses, got {}", answer.content)
    })
}

async fn refuses_a_stranger(bench: Bench) -> Outcome {
    let (parent, _) = family(&bench).await?;
    let owner = bench.ae().await?;
    let closed = bench.make(ACP, &owner, json!({"pv": grants(&owner.originator)})).await?;
    let root = bench.make(CNT, &owner, json!({"acpi": [closed.ri]})).await?;
    bench.make(CNT, &root, json!({"acpi": [closed.ri]})).await?;
    let asked = discover(&root.path, FilterCriteria::default()).by(&parent.originator);
    let answer = bench.check_purpose(asked).await?;
    are(&answer, &[])
}

async fn refuses_a_root_that_is_not_there(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let nowhere = format!("{}/{}", ae.path, bench.unique());
    bench.check_purpose(discover(&nowhere, FilterCriteria::default()).by(&ae.originator)).await.map(drop)
}

/// What is no filter can be written in the query of a URL alone.
async fn refuses_a_malformed_filter(bench: Bench) -> Outcome {
    if !bench.subject().is_http() {
        return not_applicable("what is no filter is written over HTTP only");
    }
    let (parent, _) = family(&bench).await?;
    // A condition on an attribute stands in the query under its name, and this is the name of another condition.
    let criteria = FilterCriteria { attributes: vec![("crb".into(), "yesterday".into())], ..FilterCriteria::default() };
    bench.check_purpose(discover(&parent.path, criteria).by(&parent.originator)).await.map(drop)
}

/// Variants: the pair. No resource can meet both conditions.
async fn refuses_what_contradicts_itself(bench: Bench) -> Outcome {
    let (parent, _) = family(&bench).await?;
    let (early, late) = (Timestamp::now().plus_seconds(-864_000), Timestamp::now().plus_seconds(864_000));
    let mut criteria = FilterCriteria::default();
    match bench.variant().tag() {
        "CRB/CRA" => (criteria.created_before, criteria.created_after) = (Some(early), Some(late)),
        "EXB/EXA" => (criteria.expire_before, criteria.expire_after) = (Some(early), Some(late)),
        "MS/US" => (criteria.modified_since, criteria.unmodified_since) = (Some(late), Some(early)),
        _ => (criteria.state_tag_smaller, criteria.state_tag_bigger) = (Some(1), Some(1000)),
    }
    let answer = bench.check_purpose(discover(&parent.path, criteria).by(&parent.originator)).await?;
    if answer.status == Status::OK { are(&answer, &[]) } else { Ok(()) }
}

async fn leaves_out_what_may_not_be_found(bench: Bench) -> Outcome {
    let (owner, stranger) = (bench.ae().await?, bench.ae().await?);
    let open = bench.policy(&owner, &[&stranger.originator], 32).await?;
    // Everything but DISCOVERY.
    let closed = bench.policy(&owner, &[&stranger.originator], 31).await?;
    let root = bench.make(CNT, &owner, json!({"acpi": [open.ri]})).await?;
    let shown = bench.make(CNT, &root, json!({"acpi": [open.ri]})).await?;
    let hidden = bench.make(CNT, &root, json!({"acpi": [closed.ri]})).await?;
    // TS-0001 10.2.6: what cannot be found is skipped, and not what lies below it.
    let below = bench.make(CNT, &hidden, json!({"acpi": [open.ri]})).await?;
    let asked = discover(&root.path, FilterCriteria::default()).by(&stranger.originator);
    are(&bench.check_purpose(asked).await?, &[&shown, &below])
}
