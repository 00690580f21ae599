//! DMR/CRE/020, 021 and ANNC: what the subject announces at the tester's CSE (TS-0001 9.6.26, 10.2.12, TS-0004 7.4.26).

use onem2m_cse::primitive::{Operation, Request};
use serde_json::{Value as Json, json};

use crate::ask::{Asking as _, update};
use crate::bench::{Bench, Place};
use crate::kind::{AE, CIN, CNT, CSR, GRP, Kind, LCP, MGO, NOD, SCH};
use crate::remote::{Asked, Remote};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure, not_applicable};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DMR/CRE/020", announces_what_is_created);
    suite.purpose("DMR/CRE/021", announces_an_attribute);
    suite.purpose("ANNC/001", keeps_in_step);
}

/// Where a resource of the type goes, and who has registered to be announced at.
async fn begin(bench: &Bench) -> Result<(Remote, Kind, Place), Stop> {
    if !bench.subject().pics.types.contains(&CSR.number) {
        return not_applicable("the subject has no remoteCSE (16) in its srt");
    }
    let kind = bench.variant().kind_or(CNT);
    let (remote, _) = bench.registered(json!({})).await?;
    let base = bench.base();
    // What announces an AE's resource may need the AE to be announced as well.
    let ae = bench.ae_with(json!({"at": [remote.cse_id]})).await?;
    // The schedule of a subscription is not announced; that of the CSEBase is.
    let home = bench.home(kind, if kind == SCH { &base } else { &ae }).await?;
    let parent = if kind == CIN { json!({"at": [remote.cse_id]}) } else { Json::Null };
    if !parent.is_null() {
        bench.prepare(update(&home.path, home.kind, &parent).by(&home.originator)).await?;
    }
    Ok((remote, kind, home))
}

/// The CREATE of the resource that is announced, as the step that is tested.
async fn create_announced(bench: &Bench, remote: &Remote, kind: Kind, home: &Place, more: Json) -> Result<Place, Stop> {
    let mut attributes = json!({"at": [remote.cse_id]});
    if let (Some(into), Json::Object(more)) = (attributes.as_object_mut(), more) {
        into.extend(more);
    }
    let answer =
        bench.check_any(bench.creation(kind, home, attributes), &[onem2m_cse::primitive::Status::CREATED]).await?;
    Ok(bench.made_at(kind, home, &answer))
}

/// The CREATE of the announced resource at the tester's CSE.
async fn announced(bench: &Bench, remote: &Remote, original: &Place) -> Result<Asked, Stop> {
    // TS-0001 9.6.1.1: an announced type has the number of the original and 10000.
    let number = original.kind.number.saturating_add(10_000);
    let of = original.ri.clone();
    let is_it = move |asked: &Asked| {
        let link = asked.get("lnk").as_str().unwrap_or_default();
        asked.operation == Operation::Create && asked.resource_type == Some(number) && link.ends_with(&of)
    };
    bench.asked_of(remote, &format!("the CREATE of a {}Annc with lnk {}", original.kind.long, original.ri), is_it).await
}

/// Variants: type.
async fn announces_what_is_created(bench: Bench) -> Outcome {
    let (remote, kind, home) = begin(&bench).await?;
    let made = create_announced(&bench, &remote, kind, &home, json!({})).await?;
    announced(&bench, &remote, &made).await.map(drop)
}

/// An attribute of a type that may be announced (OA), with a value; where nobody sets it, none.
fn announceable(kind: Kind) -> (&'static str, Json) {
    match kind {
        CIN => ("con", json!("20")),
        GRP => ("mnm", json!(10)),
        LCP => ("los", json!(2)),
        MGO => ("btl", json!(50)),
        NOD => ("hcl", json!("first")),
        SCH => ("se", json!({"sce": ["* * * * * * *"]})),
        _ => ("mni", json!(5)),
    }
}

/// Variants: type.
async fn announces_an_attribute(bench: Bench) -> Outcome {
    let (remote, kind, home) = begin(&bench).await?;
    let (name, value) = announceable(kind);
    let made = create_announced(&bench, &remote, kind, &home, json!({"aa": [name], name: value})).await?;
    let asked = announced(&bench, &remote, &made).await?;
    // A link may be told in another form of address.
    let linked = |got: &str| value.as_str().is_some_and(|value| got.ends_with(&format!("/{value}")));
    let same = asked.get(name) == &value || asked.get(name).as_str().is_some_and(linked);
    ensure(same, || format!("{name}: expected {value} to be announced, got {}", asked.content))
}

/// Variants: type / operation. Labels are announced always.
async fn keeps_in_step(bench: Bench) -> Outcome {
    let (remote, kind, home) = begin(&bench).await?;
    let made = create_announced(&bench, &remote, kind, &home, json!({"lbl": ["first"]})).await?;
    let asked = announced(&bench, &remote, &made).await?;
    ensure(asked.get("lbl") == &json!(["first"]) || kind == AE, || {
        format!("lbl: expected [\"first\"] to be announced, got {}", asked.content)
    })?;
    if bench.variant().operation() != Operation::Update {
        return Ok(());
    }
    let change: Request = update(&made.path, kind, &json!({"lbl": ["second"]})).by(&made.originator);
    bench.check(change, onem2m_cse::primitive::Status::UPDATED).await?;
    let is_it = |asked: &Asked| asked.operation == Operation::Update && asked.get("lbl") == &json!(["second"]);
    bench.asked_of(&remote, "the UPDATE of the announced labels", is_it).await.map(drop)
}
