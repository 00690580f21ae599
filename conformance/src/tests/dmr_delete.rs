//! DMR/DEL: what is deleted, by whom, and what goes with it (TS-0004 7.3.3.8, 7.2.2.2).

use onem2m_cse::primitive::Status;
use serde_json::json;

use crate::ask::{Asking as _, delete, retrieve};
use crate::bench::{Bench, NOTIFIED};
use crate::kind::{ACP, CNT, GRP, PCH, SUB, TS, TSI};
use crate::listener::Came;
use crate::suite::Suite;
use crate::verdict::{Outcome, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DMR/DEL/001", deletes_it);
    suite.purpose("DMR/DEL/002", refuses_strangers);
    suite.purpose("DMR/DEL/003", knows_what_is_missing);
    suite.purpose("DMR/DEL/004", takes_children_along);
}

/// Variants: type.
async fn deletes_it(bench: Bench) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let place = bench.a(kind).await?;
    bench.check_purpose(delete(&place.path).by(&place.originator)).await?;
    bench.gone(&place.path, &place.originator).await?;
    bench.gone(&place.ri, &place.originator).await
}

/// Variants: type.
async fn refuses_strangers(bench: Bench) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let (ae, stranger) = (bench.ae().await?, bench.ae().await?);
    let home = bench.home(kind, &ae).await?;
    bench.lock(&home, &ae).await?;
    let place = bench.make(kind, &home, json!({})).await?;
    bench.check_purpose(delete(&place.path).by(&stranger.originator)).await?;
    bench.look(&place).await.map(drop)
}

async fn knows_what_is_missing(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let nowhere = format!("{}/{}", ae.path, bench.unique());
    bench.check_purpose(delete(&nowhere).by(&ae.originator)).await.map(drop)
}

/// Variants: type of the child.
async fn takes_children_along(bench: Bench) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let (ae, farewell) = (bench.ae().await?, bench.mailbox());
    // A parent of its own, so that somebody is left who may ask.
    let parent = bench.make(if kind == TSI { TS } else { CNT }, &ae, json!({})).await?;
    let (parent, more) = match kind {
        SUB => (parent, json!({"su": farewell.url()})),
        // These stand below an AE only.
        ACP | GRP | PCH | TS => (bench.ae().await?, json!({})),
        _ => (parent, json!({})),
    };
    let home = if kind == TSI { parent.clone() } else { bench.home(kind, &parent).await? };
    let child = bench.make(kind, &home, more).await?;
    let gone = delete(&parent.path).by(&parent.originator);
    let seen = |address: &str| retrieve(address).by(&ae.originator);
    // Of these two, the purpose gives the status of the DELETE.
    if kind == TSI || kind == PCH {
        bench.check_purpose(gone).await?;
        bench.check(seen(&child.path), Status::NOT_FOUND).await?;
    } else {
        bench.check(gone, Status::DELETED).await?;
        bench.check_purpose(seen(&child.path)).await?;
    }
    bench.check(seen(&child.ri), Status::NOT_FOUND).await?;
    if kind != SUB {
        return Ok(());
    }
    // TS-0004 7.4.8.2.4: whoever subscribed hears that it is over.
    let came = farewell.wait_for(NOTIFIED, Came::is_farewell).await;
    ensure(came.is_some(), || "su: expected a notification with sud, none came".into())
}
