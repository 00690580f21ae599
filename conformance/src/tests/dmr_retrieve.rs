//! DMR/RET: who may read what (TS-0004 7.3.3.6), below an AE and below the CSEBase.

use serde_json::json;

use crate::ask::{Asking as _, retrieve};
use crate::bench::{Bench, Place, alike, is_whole};
use crate::kind::{AE, CNT};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DMR/RET/001", |bench| shows_it(bench, false));
    suite.purpose("DMR/RET/002", knows_what_is_missing);
    suite.purpose("DMR/RET/003", |bench| refuses_strangers(bench, false));
    suite.purpose("DMR/RET/013", |bench| shows_it(bench, true));
    suite.purpose("DMR/RET/014", |bench| refuses_strangers(bench, true));
}

/// Where a test of this group works: below a new AE, or at the CSEBase.
pub(super) async fn place(bench: &Bench, at_base: bool) -> Result<Place, Stop> {
    if at_base { Ok(bench.base()) } else { bench.ae().await }
}

/// Variants: type.
async fn shows_it(bench: Bench, at_base: bool) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let home = bench.home(kind, &place(&bench, at_base).await?).await?;
    let created = bench.prepare(bench.creation(kind, &home, json!({}))).await?;
    let place = bench.made_at(kind, &home, &created);
    let read = bench.check_purpose(retrieve(&place.path).by(&place.originator)).await?;
    is_whole(&read, &place)?;
    alike(&created, &read)
}

async fn knows_what_is_missing(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let nowhere = format!("{}/{}", ae.path, bench.unique());
    bench.check_purpose(retrieve(&nowhere).by(&ae.originator)).await.map(drop)
}

/// Variants: type.
async fn refuses_strangers(bench: Bench, at_base: bool) -> Outcome {
    let kind = bench.variant().kind_or(CNT);
    let (around, stranger) = (place(&bench, at_base).await?, bench.ae().await?);
    let home = bench.home(kind, &around).await?;
    // What was created at the CSEBase gets a policy of its own: the CSEBase's belongs to others.
    let locked_home = !at_base || home.path != around.path;
    if locked_home {
        bench.lock(&home, &around).await?;
    }
    let place = bench.make(kind, &home, json!({})).await?;
    if !locked_home && kind != crate::kind::ACP {
        bench.lock(&place, &around).await?;
    }
    bench.check_purpose(retrieve(&place.path).by(&stranger.originator)).await?;
    let owner = if kind == AE { place.originator.clone() } else { home.originator.clone() };
    bench.look(&Place { originator: owner, ..place }).await.map(drop)
}
