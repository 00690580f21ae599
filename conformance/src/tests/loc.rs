//! LOC: location policies and the containers that go with them (TS-0001 9.6.10, TS-0004 7.4.10).

use onem2m_cse::primitive::{Operation, Request, Status};
use serde_json::{Value as Json, json};

use crate::ask::{Answer, Asking as _, retrieve, update};
use crate::bench::{Bench, NOTIFIED, Place, events, present};
use crate::kind::{CNT, LCP, SUB};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure, not_applicable};

/// `locationSource` (TS-0004 6.3.4.2.5).
const NETWORK: i64 = 1;
const DEVICE: i64 = 2;
const SHARING: i64 = 3;

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("LOC/001", refuses_a_network_that_nobody_names);
    suite.purpose("LOC/002", |bench| makes_a_container(bench, DEVICE));
    suite.purpose("LOC/003", refuses_strangers);
    suite.purpose("LOC/004", refuses_a_source_that_there_is_not);
    suite.purpose("LOC/005", refuses_another_source);
    suite.purpose("LOC/006", the_container_knows_its_policy);
    suite.purpose("LOC/007", |bench| takes_a_source_as(bench, "ASN-CSE", DEVICE));
    suite.purpose("LOC/008", |bench| takes_a_source_as(bench, "MN-CSE", SHARING));
    suite.purpose("LOC/009", tells_where_it_is);
    suite.purpose("LOC/012", the_container_is_subscribable);
    suite.purpose("LOC/013", knows_its_container);
}

/// The CREATE of a policy with a source, below the CSEBase.
async fn policy(bench: &Bench, source: i64, more: &Json) -> Result<(Request, Place), Stop> {
    let home = bench.home(LCP, &bench.base()).await?;
    let mut attributes = json!({"los": source});
    if let (Some(into), Some(more)) = (attributes.as_object_mut(), more.as_object()) {
        into.extend(more.clone());
    }
    Ok((bench.creation(LCP, &home, attributes), home))
}

/// A policy, and its container.
async fn made(bench: &Bench, source: i64, more: &Json) -> Result<(Answer, Place), Stop> {
    let (asked, home) = policy(bench, source, more).await?;
    let answer = bench.send(asked).await?;
    if answer.status == Status::NOT_IMPLEMENTED {
        return not_applicable("the subject does not know this source of locations");
    }
    if !answer.status.is_success() {
        return Err(Stop::Inconclusive(format!("preparation: the policy was answered {:?}", answer.status)));
    }
    let container = container_of(bench, &answer, &home)?;
    Ok((answer, container))
}

fn container_of(bench: &Bench, policy: &Answer, home: &Place) -> Result<Place, Stop> {
    present(policy, "loi")?;
    let ri = policy.text("loi");
    bench.clean_up(&ri, &home.originator);
    Ok(Place { kind: CNT, path: ri.clone(), originator: home.originator.clone(), ri })
}

/// TS-0004 7.4.10.2.1: neither whose location, nor which server knows it.
async fn refuses_a_network_that_nobody_names(bench: Bench) -> Outcome {
    let (asked, _) = policy(&bench, NETWORK, &json!({"lou": ["PT10S"]})).await?;
    let answer = bench.check_any(asked, &[Status::BAD_REQUEST, Status::NOT_IMPLEMENTED]).await?;
    if answer.status == Status::NOT_IMPLEMENTED {
        return not_applicable("the subject does not know this source of locations");
    }
    Ok(())
}

async fn makes_a_container(bench: Bench, source: i64) -> Outcome {
    let (asked, home) = policy(&bench, source, &json!({})).await?;
    let answer = bench.check_purpose(asked).await?;
    let container = container_of(&bench, &answer, &home)?;
    bench.look(&container).await.map(drop)
}

async fn refuses_strangers(bench: Bench) -> Outcome {
    let stranger = bench.ae().await?;
    let (asked, _) = policy(&bench, DEVICE, &json!({})).await?;
    bench.check_purpose(asked.by(&stranger.originator)).await.map(drop)
}

async fn refuses_a_source_that_there_is_not(bench: Bench) -> Outcome {
    let (asked, _) = policy(&bench, 99, &json!({})).await?;
    bench.check_purpose(asked).await.map(drop)
}

/// TS-0004 table 7.4.10.1-3: the source is not permitted in an UPDATE.
async fn refuses_another_source(bench: Bench) -> Outcome {
    let place = bench.a_at_base(LCP).await?;
    bench.check_purpose(update(&place.path, LCP, &json!({"los": NETWORK})).by(&place.originator)).await.map(drop)
}

async fn the_container_knows_its_policy(bench: Bench) -> Outcome {
    let (policy, container) = made(&bench, DEVICE, &json!({})).await?;
    let found = bench.check_purpose(retrieve(&container.path).by(&container.originator)).await?;
    let (id, expected) = (found.text("li"), policy.text("ri"));
    ensure(id == expected || id.ends_with(&format!("/{expected}")), || format!("li: expected {expected:?}, got {id:?}"))
}

async fn takes_a_source_as(bench: Bench, profile: &str, source: i64) -> Outcome {
    if bench.subject().pics.subject.profile != profile {
        return not_applicable(&format!("for the profile {profile}"));
    }
    makes_a_container(bench, source).await
}

/// Variants: 01 network, 02 device, 03 sharing. Whether there is a location to be had the tester does not know.
async fn tells_where_it_is(bench: Bench) -> Outcome {
    let (source, more) = match bench.variant().number() {
        1 => (NETWORK, json!({"lot": "12345@example.com", "lor": "http://location.example.com"})),
        2 => (DEVICE, json!({})),
        _ => (SHARING, json!({})),
    };
    let mut more = more;
    if let Some(more) = more.as_object_mut() {
        more.insert("lou".into(), json!(["PT1S"]));
    }
    let (_, container) = made(&bench, source, &more).await?;
    let mailbox = bench.mailbox();
    bench.subscribe(&container, &mailbox, json!({"enc": {"net": [3]}})).await?;
    let came = mailbox.wait_for(NOTIFIED, |came| !events(came).is_empty()).await;
    if came.is_none() {
        return Err(Stop::Inconclusive("the subject stored no location; it may have none to tell".into()));
    }
    let latest = Request::new(Operation::Retrieve, format!("{}/la", container.path)).by(&container.originator);
    let found = bench.check(latest, Status::OK).await?;
    present(&found, "con")
}

async fn the_container_is_subscribable(bench: Bench) -> Outcome {
    let (_, container) = made(&bench, DEVICE, &json!({})).await?;
    bench.check_purpose(bench.creation(SUB, &container, json!({"enc": {"net": [3]}}))).await.map(drop)
}

async fn knows_its_container(bench: Bench) -> Outcome {
    let (policy, container) = made(&bench, DEVICE, &json!({})).await?;
    let path = format!("{}/{}", bench.base().path, policy.text("rn"));
    let found = bench.check_purpose(retrieve(&path).by(&container.originator)).await?;
    crate::bench::equals(&found, "loi", &json!(container.ri))
}
