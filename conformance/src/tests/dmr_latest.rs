//! DMR: the latest and the oldest instance of a container (TS-0001 9.6.27, 9.6.28; TS-0004 7.4.27, 7.4.28).

use onem2m_cse::primitive::{Request, Status};
use serde_json::json;

use super::dmr_container::put;
use crate::ask::{Asking as _, delete, retrieve, update};
use crate::bench::{Bench, Place, equals};
use crate::kind::{CIN, CNT, Kind, TS};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    for (number, name) in [("010", "la"), ("011", "ol")] {
        suite.purpose(&format!("DMR/CRE/{number}"), move |bench| keeps_the_name_for_itself(bench, name));
    }
    for (number, name) in [("009", "la"), ("011", "ol")] {
        suite.purpose(&format!("DMR/RET/{number}"), move |bench| has_none(bench, retrieve, name));
    }
    for (number, name) in [("008", "la"), ("010", "ol")] {
        suite.purpose(&format!("DMR/DEL/{number}"), move |bench| has_none(bench, delete, name));
    }
    suite.purpose("DMR/RET/010", |bench| shows(bench, "ol", "first"));
    suite.purpose("DMR/RET/012", |bench| shows(bench, "la", "last"));
    suite.purpose("DMR/DEL/006", counts_what_is_left);
    suite.purpose("DMR/DEL/007", |bench| deletes(bench, "la"));
    suite.purpose("DMR/DEL/009", |bench| deletes(bench, "ol"));
    suite.purpose("DMR/UPD/012", |bench| is_never_changed(bench, "la"));
    suite.purpose("DMR/UPD/013", |bench| is_never_changed(bench, "ol"));
}

/// Three instances, the oldest first.
async fn filled(bench: &Bench, kind: Kind) -> Result<(Place, [Place; 3]), Stop> {
    let ae = bench.ae().await?;
    let home = bench.make(kind, &ae, json!({})).await?;
    let first = put(bench, &home, "first", 1).await?;
    let middle = put(bench, &home, "middle", 2).await?;
    let last = put(bench, &home, "last", 3).await?;
    Ok((home, [first, middle, last]))
}

fn at(home: &Place, name: &str) -> String {
    format!("{}/{name}", home.path)
}

async fn keeps_the_name_for_itself(bench: Bench, name: &str) -> Outcome {
    let ae = bench.ae().await?;
    let home = bench.make(CNT, &ae, json!({})).await?;
    bench.check_purpose(bench.creation(CNT, &home, json!({"rn": name}))).await.map(drop)
}

async fn has_none(bench: Bench, ask: fn(&str) -> Request, name: &str) -> Outcome {
    let ae = bench.ae().await?;
    let home = bench.make(CNT, &ae, json!({})).await?;
    bench.check_purpose(ask(&at(&home, name)).by(&home.originator)).await.map(drop)
}

async fn shows(bench: Bench, name: &str, content: &str) -> Outcome {
    let (home, [first, middle, last]) = filled(&bench, CNT).await?;
    let got = bench.check_purpose(retrieve(&at(&home, name)).by(&home.originator)).await?;
    equals(&got, "con", &json!(content))?;
    equals(&got, "ri", &json!(if name == "la" { &last.ri } else { &first.ri }))?;
    // When it goes, the next one takes its place.
    let shown = if name == "la" { last } else { first };
    bench.check(delete(&shown.path).by(&home.originator), Status::DELETED).await?;
    let next = bench.check(retrieve(&at(&home, name)).by(&home.originator), Status::OK).await?;
    equals(&next, "ri", &json!(middle.ri))
}

async fn counts_what_is_left(bench: Bench) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let (home, _) = filled(&bench, kind).await?;
    let (gone, seen) = (delete(&at(&home, "la")).by(&home.originator), retrieve(&home.path).by(&home.originator));
    // Of a time series, the purpose gives the status of the RETRIEVE.
    let after = if kind == TS {
        bench.check(gone, Status::DELETED).await?;
        bench.check_purpose(seen).await?
    } else {
        bench.check_purpose(gone).await?;
        bench.check(seen, Status::OK).await?
    };
    equals(&after, "cni", &json!(2)).and_then(|()| equals(&after, "cbs", &json!("firstmiddle".len())))
}

async fn deletes(bench: Bench, name: &str) -> Outcome {
    let (home, [first, middle, last]) = filled(&bench, CNT).await?;
    bench.check_purpose(delete(&at(&home, name)).by(&home.originator)).await?;
    let (gone, left) = if name == "la" { (last, first) } else { (first, last) };
    bench.gone(&gone.path, &home.originator).await?;
    bench.look(&middle).await?;
    bench.look(&left).await?;
    equals(&bench.look(&home).await?, "cni", &json!(2))
}

async fn is_never_changed(bench: Bench, name: &str) -> Outcome {
    let (home, _) = filled(&bench, CNT).await?;
    let asked = update(&at(&home, name), CIN, &json!({"lbl": ["changed"]})).by(&home.originator);
    bench.check_purpose(asked).await.map(drop)
}
