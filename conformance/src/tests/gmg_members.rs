//! GMG/CRE, GMG/UPD: which members a group takes (TS-0001 9.6.13, TS-0004 7.4.13.2).

use onem2m_cse::primitive::Request;
use serde_json::{Value as Json, json};

use crate::ask::{Answer, Asking as _, update};
use crate::bench::{Bench, Place, equals};
use crate::kind::{ACP, CNT, CSR, GRP, grants};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure, not_applicable};

/// `consistencyStrategy` (TS-0004 6.3.4.2.12).
const ABANDON_MEMBER: i64 = 1;
const ABANDON_GROUP: i64 = 2;
const SET_MIXED: i64 = 3;

/// Whether the list of members comes with the CREATE of the group or with an UPDATE.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Create,
    Update,
}

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("GMG/CRE/001", |bench| refuses_too_many(bench, By::Create));
    suite.purpose("GMG/CRE/002", |bench| refuses_what_it_may_not_see(bench, By::Create));
    suite.purpose("GMG/CRE/003", |bench| drops_duplicates(bench, By::Create));
    suite.purpose("GMG/CRE/004", |bench| validates(bench, By::Create));
    suite.purpose("GMG/CRE/005", |bench| becomes_mixed(bench, By::Create));
    suite.purpose("GMG/CRE/006", |bench| drops_the_odd_one(bench, By::Create));
    suite.purpose("GMG/CRE/007", |bench| refuses_the_odd_one(bench, By::Create));
    suite.purpose("GMG/CRE/008", |bench| keeps_whom_nobody_reaches(bench, By::Create, ""));
    suite.purpose("GMG/UPD/001", |bench| refuses_what_it_may_not_see(bench, By::Update));
    suite.purpose("GMG/UPD/002", |bench| drops_duplicates(bench, By::Update));
    suite.purpose("GMG/UPD/003", |bench| validates(bench, By::Update));
    suite.purpose("GMG/UPD/004", |bench| becomes_mixed(bench, By::Update));
    suite.purpose("GMG/UPD/005", |bench| drops_the_odd_one(bench, By::Update));
    suite.purpose("GMG/UPD/006", |bench| refuses_the_odd_one(bench, By::Update));
    suite.purpose("GMG/UPD/007", |bench| refuses_too_many(bench, By::Update));
    suite.purpose("GMG/UPD/008", refuses_a_lower_limit);
    suite.purpose("GMG/UPD/010", validates_whom_it_reaches_at_last);
    suite.purpose("GMG/UPD/009", |bench| keeps_whom_nobody_reaches(bench, By::Update, "/fopt"));
}

/// The tested request, which gives a group of containers these members, and the group as it is then.
async fn give(bench: &Bench, ae: &Place, by: By, members: &Json, fixed: Json) -> Result<(Answer, Place), Stop> {
    let (request, place) = giving(bench, ae, by, members, fixed).await?;
    let answer = bench.check_purpose(request).await?;
    let place = if by == By::Create { bench.made_at(GRP, ae, &answer) } else { place };
    let found = if answer.status.is_success() { bench.look(&place).await? } else { answer };
    Ok((found, place))
}

async fn giving(bench: &Bench, ae: &Place, by: By, members: &Json, fixed: Json) -> Result<(Request, Place), Stop> {
    let with = |members: &Json| {
        let mut attributes = json!({"mt": 3, "mid": members});
        if let (Some(into), Json::Object(fixed)) = (attributes.as_object_mut(), fixed) {
            into.extend(fixed);
        }
        attributes
    };
    match by {
        By::Create => Ok((bench.creation(GRP, ae, with(members)), ae.clone())),
        By::Update => {
            let group = bench.make(GRP, ae, with(&json!([]))).await?;
            let request = update(&group.path, GRP, &json!({"mid": members})).by(&ae.originator);
            Ok((request, group))
        }
    }
}

/// An AE, and two containers of it.
async fn two(bench: &Bench) -> Result<(Place, Place, Place), Stop> {
    let ae = bench.ae().await?;
    let one = bench.make(CNT, &ae, json!({})).await?;
    let other = bench.make(CNT, &ae, json!({})).await?;
    Ok((ae, one, other))
}

/// The members, whatever form of address they have.
fn has_members(found: &Answer, expected: &[&Place]) -> Outcome {
    let got = found.get("mid");
    let is = |got: &Json, place: &Place| {
        got.as_str().is_some_and(|got| got.ends_with(&place.ri) || got.ends_with(&place.path))
    };
    let fits = got.as_array().is_some_and(|got| {
        got.len() == expected.len() && expected.iter().all(|place| got.iter().any(|got| is(got, place)))
    });
    let ids = || expected.iter().map(|place| place.ri.as_str()).collect::<Vec<_>>();
    ensure(fits, || format!("mid: expected {:?}, got {got}", ids()))?;
    equals(found, "cnm", &json!(expected.len()))
}

async fn refuses_too_many(bench: Bench, by: By) -> Outcome {
    let (ae, one, other) = two(&bench).await?;
    give(&bench, &ae, by, &json!([one.ri, other.ri]), json!({"mnm": 1})).await.map(drop)
}

async fn refuses_a_lower_limit(bench: Bench) -> Outcome {
    let (ae, one, other) = two(&bench).await?;
    let group = bench.make(GRP, &ae, json!({"mt": 3, "mid": [one.ri, other.ri]})).await?;
    bench.check_purpose(update(&group.path, GRP, &json!({"mnm": 1})).by(&ae.originator)).await?;
    equals(&bench.look(&group).await?, "mnm", &json!(10))
}

/// TS-0004 7.4.13.2.1: the originator may not read what it names.
async fn refuses_what_it_may_not_see(bench: Bench, by: By) -> Outcome {
    let (ae, one, _) = two(&bench).await?;
    let stranger = bench.ae().await?;
    let closed = bench.make(ACP, &stranger, json!({"pv": grants(&stranger.originator)})).await?;
    let hidden = bench.make(CNT, &stranger, json!({"acpi": [closed.ri]})).await?;
    give(&bench, &ae, by, &json!([one.ri, hidden.ri]), json!({})).await.map(drop)
}

async fn drops_duplicates(bench: Bench, by: By) -> Outcome {
    let (ae, one, other) = two(&bench).await?;
    let (found, _) = give(&bench, &ae, by, &json!([one.ri, other.ri, one.ri]), json!({})).await?;
    has_members(&found, &[&one, &other])
}

async fn validates(bench: Bench, by: By) -> Outcome {
    let (ae, one, other) = two(&bench).await?;
    let (found, _) = give(&bench, &ae, by, &json!([one.ri, other.ri]), json!({})).await?;
    has_members(&found, &[&one, &other])?;
    equals(&found, "mtv", &json!(true)).and_then(|()| equals(&found, "mt", &json!(3)))
}

async fn becomes_mixed(bench: Bench, by: By) -> Outcome {
    let (ae, one, _) = two(&bench).await?;
    let (found, _) = give(&bench, &ae, by, &json!([one.ri, ae.ri]), json!({"csy": SET_MIXED})).await?;
    has_members(&found, &[&one, &ae])?;
    equals(&found, "mt", &json!(0))
}

async fn drops_the_odd_one(bench: Bench, by: By) -> Outcome {
    let (ae, one, _) = two(&bench).await?;
    let (found, _) = give(&bench, &ae, by, &json!([one.ri, ae.ri]), json!({"csy": ABANDON_MEMBER})).await?;
    has_members(&found, &[&one])?;
    equals(&found, "mt", &json!(3)).and_then(|()| equals(&found, "mtv", &json!(true)))
}

async fn refuses_the_odd_one(bench: Bench, by: By) -> Outcome {
    let (ae, one, _) = two(&bench).await?;
    let (_, group) = give(&bench, &ae, by, &json!([one.ri, ae.ri]), json!({"csy": ABANDON_GROUP})).await?;
    if by == By::Update { equals(&bench.look(&group).await?, "cnm", &json!(0)) } else { Ok(()) }
}

/// A member on a CSE that nobody knows, as it is or as the fan-out point of a group there.
async fn keeps_whom_nobody_reaches(bench: Bench, by: By, suffix: &str) -> Outcome {
    let ae = bench.ae().await?;
    let far = format!("/{}/somewhere{suffix}", bench.unique());
    let (found, _) = give(&bench, &ae, by, &json!([far]), json!({})).await?;
    equals(&found, "mid", &json!([far])).and_then(|()| equals(&found, "mtv", &json!(false)))
}

/// TS-0004 7.4.13.2.3: a group on a CSE that has not registered yet, and then has.
async fn validates_whom_it_reaches_at_last(bench: Bench) -> Outcome {
    if !bench.subject().pics.types.contains(&CSR.number) {
        return not_applicable("the subject has no remoteCSE (16) in its srt");
    }
    let (ae, mailbox, remote) = (bench.ae().await?, bench.mailbox(), bench.remote());
    let far = remote.has(GRP.root, "far", json!({"ty": 9, "mt": 3, "mnm": 10, "mid": [], "mtv": true, "cnm": 0}));
    let group = bench.make(GRP, &ae, json!({"mt": 3, "mid": []})).await?;
    bench.subscribe(&group, &mailbox, json!({"enc": {"net": [1], "atr": ["mtv"]}})).await?;
    let change = update(&group.path, GRP, &json!({"mid": [format!("{far}/fopt")]})).by(&ae.originator);
    bench.check_purpose(change).await?;
    equals(&bench.look(&group).await?, "mtv", &json!(false))?;
    let registered = bench.prepare(bench.registration_of(&remote, json!({}))).await?;
    bench.clean_up(&registered.text("ri"), &remote.cse_id);
    bench.told(&mailbox, "memberTypeValidated").await?;
    equals(&bench.look(&group).await?, "mtv", &json!(true))
}
