//! DMR/RET: which parts of a resource, and what is below it, an originator gets (TS-0004 7.5.2; TS-0001 8.1.2).

use serde_json::{Value as Json, json};

use crate::ask::{Answer, Asking as _, at, retrieve};
use crate::bench::{Bench, Place, absent, is_whole};
use crate::kind::{ACP, CNT, GRP, Kind, SCH, SUB, TS};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DMR/RET/020", refuses_what_is_for_other_operations);
    suite.purpose("DMR/RET/021", attributes);
    suite.purpose("DMR/RET/022", attributes_and_children);
    suite.purpose("DMR/RET/023", attributes_and_references);
    suite.purpose("DMR/RET/024", references);
    suite.purpose("DMR/RET/025", children);
}

/// Variants: the number.
async fn refuses_what_is_for_other_operations(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let place = bench.make(CNT, &ae, json!({})).await?;
    let asked = retrieve(&place.path).by(&place.originator).rcn(bench.variant().number());
    bench.check_purpose(asked).await.map(drop)
}

/// What a type may have below it, of the types that everybody has. A polling channel has nothing but its virtual child.
fn child_of(kind: Kind) -> Option<Kind> {
    match kind {
        ACP | GRP | TS | SCH => Some(SUB),
        CNT => Some(CNT),
        SUB => Some(SCH),
        _ => None,
    }
}

/// Reads a resource of the variant's type, with a child where it may have one.
async fn read(bench: &Bench, rcn: i64) -> Result<(Place, Option<Place>, Answer), Stop> {
    let kind = bench.variant().kind_or(CNT);
    let ae = bench.ae().await?;
    let place = bench.make_in(kind, &ae, json!({})).await?;
    let child = match child_of(kind) {
        Some(child) => Some(bench.make(child, &place, json!({})).await?),
        None => None,
    };
    let got = bench.check_purpose(retrieve(&place.path).by(&place.originator).rcn(rcn)).await?;
    Ok((place, child, got))
}

/// The children of a type, as they lie in the content.
fn below(answer: &Answer, kind: Kind) -> Vec<Json> {
    match answer.get(kind.root) {
        Json::Array(items) => items.clone(),
        Json::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

async fn attributes(bench: Bench) -> Outcome {
    let (place, child, got) = read(&bench, 1).await?;
    is_whole(&got, &place)?;
    absent(&got, "ch")?;
    child.map_or(Ok(()), |child| absent(&got, child.kind.root))
}

async fn attributes_and_children(bench: Bench) -> Outcome {
    let (place, child, got) = read(&bench, 4).await?;
    is_whole(&got, &place)?;
    child.map_or(Ok(()), |child| has_child(&got, &child))
}

async fn children(bench: Bench) -> Outcome {
    let (_, child, got) = read(&bench, 8).await?;
    absent(&got, "ri")?;
    absent(&got, "ct")?;
    child.map_or(Ok(()), |child| has_child(&got, &child))
}

async fn attributes_and_references(bench: Bench) -> Outcome {
    let (place, child, got) = read(&bench, 5).await?;
    is_whole(&got, &place)?;
    child.map_or(Ok(()), |child| names_child(got.get("ch"), &child))
}

async fn references(bench: Bench) -> Outcome {
    let (_, child, got) = read(&bench, 6).await?;
    absent(&got, "ri")?;
    // TS-0004 table 7.5.2-1: a list of references of its own.
    let list = at(at(&got.content, "m2m:rrl"), "rrf");
    child.map_or(Ok(()), |child| names_child(list, &child))
}

fn has_child(got: &Answer, child: &Place) -> Outcome {
    let found = below(got, child.kind);
    let it_is = |json: &Json| at(json, "ri") == &json!(child.ri) && !at(json, "ct").is_null();
    ensure(found.len() == 1 && found.iter().all(it_is), || {
        format!("{}: expected the one child {} with its attributes, got {}", child.kind.root, child.ri, json!(found))
    })
}

fn names_child(list: &Json, child: &Place) -> Outcome {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let tail = child.path.split_once('/').map_or(child.path.as_str(), |(_, tail)| tail);
    let it_is = |json: &Json| {
        let address = at(json, "val").as_str().unwrap_or_default();
        at(json, "typ") == &json!(child.kind.number)
            && child.path.ends_with(&format!("/{}", at(json, "nm").as_str().unwrap_or("?")))
            && (address.ends_with(tail) || address.ends_with(&child.ri))
    };
    ensure(items.len() == 1 && items.iter().all(it_is), || {
        format!("references: expected the one to {} (nm, typ, val), got {list}", child.path)
    })
}
