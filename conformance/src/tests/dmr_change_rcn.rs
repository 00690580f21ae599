//! DMR/UPD and DMR/DEL: what the originator wants to see of what it changed or deleted (TS-0004 7.5.2; TS-0001 table
//! 8.1.2-1).

use onem2m_cse::primitive::Request;
use serde_json::json;

use crate::ask::{Answer, Asking as _, delete, update};
use crate::bench::{Bench, Place, absent, alike, equals, is_whole, present};
use crate::kind::CNT;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("DMR/UPD/019", |bench| refuses_it(bench, change));
    suite.purpose("DMR/UPD/020", |bench| shows_nothing(bench, change));
    suite.purpose("DMR/UPD/021", shows_what_has_become_of_it);
    suite.purpose("DMR/UPD/022", shows_what_it_did_itself);
    suite.purpose("DMR/DEL/011", |bench| refuses_it(bench, remove));
    suite.purpose("DMR/DEL/012", |bench| shows_nothing(bench, remove));
    suite.purpose("DMR/DEL/013", shows_what_it_was);
}

fn change(place: &Place) -> Request {
    update(&place.path, place.kind, &json!({"lbl": ["changed"]})).by(&place.originator)
}

fn remove(place: &Place) -> Request {
    delete(&place.path).by(&place.originator)
}

/// A resource of the variant's type, and the answer to what is done with it.
async fn done(bench: &Bench, ask: fn(&Place) -> Request, rcn: i64) -> Result<(Place, Answer), Stop> {
    let kind = bench.variant().kind_or(CNT);
    let ae = bench.ae().await?;
    let place = bench.make_in(kind, &ae, json!({"lbl": ["first"]})).await?;
    let answer = bench.check_purpose(ask(&place).rcn(rcn)).await?;
    Ok((place, answer))
}

/// Variants: the number.
async fn refuses_it(bench: Bench, ask: fn(&Place) -> Request) -> Outcome {
    let (place, answer) = done(&bench, ask, bench.variant().number()).await?;
    // A departure may say that it is no mistake any more.
    if answer.status.is_success() {
        return Ok(());
    }
    equals(&bench.look(&place).await?, "lbl", &json!(["first"]))
}

/// Variants: type.
async fn shows_nothing(bench: Bench, ask: fn(&Place) -> Request) -> Outcome {
    let (_, answer) = done(&bench, ask, 0).await?;
    ensure(answer.content.is_null(), || format!("content: expected none, got {}", answer.content))
}

/// Variants: type.
async fn shows_what_has_become_of_it(bench: Bench) -> Outcome {
    let (place, answer) = done(&bench, change, 1).await?;
    is_whole(&answer, &place)?;
    equals(&answer, "lbl", &json!(["changed"]))?;
    alike(&bench.look(&place).await?, &answer)
}

/// Variants: type.
async fn shows_what_it_did_itself(bench: Bench) -> Outcome {
    let (place, answer) = done(&bench, change, 9).await?;
    // TS-0004 7.3.3.12: what was asked for is not repeated; that the resource was modified now is the CSE's doing.
    absent(&answer, "lbl")?;
    absent(&answer, "ri")?;
    present(&answer, "lt")?;
    let now = bench.look(&place).await?;
    equals(&now, "lbl", &json!(["changed"]))?;
    answer.attributes().as_object().into_iter().flatten().try_for_each(|(name, value)| equals(&now, name, value))
}

/// Variants: type.
async fn shows_what_it_was(bench: Bench) -> Outcome {
    let (place, answer) = done(&bench, remove, 1).await?;
    is_whole(&answer, &place)?;
    equals(&answer, "lbl", &json!(["first"]))?;
    bench.gone(&place.path, &place.originator).await
}
