//! GMG: requests to a fan-out point: who may send them, whom they reach, and what comes back (TS-0001 9.6.14, TS-0004
//! 7.4.14).

use onem2m_cse::primitive::{Operation, Request, Status};
use serde_json::{Value as Json, json};

use crate::ask::{Answer, Asking as _, at, create, delete, inside, retrieve, update};
use crate::bench::{Bench, Place};
use crate::kind::{CIN, CNT, GRP};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("GMG/001", |bench| decides(bench, |op| (0, Some(op))));
    suite.purpose("GMG/002", |bench| decides(bench, |op| (63, Some(63 - op))));
    suite.purpose("GMG/003", |bench| decides(bench, |op| (op, None)));
    suite.purpose("GMG/004", |bench| decides(bench, |op| (63 - op, None)));
    suite.purpose("GMG/005", reaches_every_member);
    suite.purpose("GMG/006", reaches_below_every_member);
    suite.purpose("GMG/007", refuses_a_group_of_nobody);
    suite.purpose("GMG/RET/001", reaches_the_latest_of_every_member);
    let summary = "Each response in an aggregate names the member that it is from";
    suite.own("TS-0004/7.4.14.2.5/names-the-members", summary, &[GRP, CNT], says_who_answered);
}

/// Two containers that everybody may do everything with.
async fn members(bench: &Bench, ae: &Place) -> Result<Vec<Place>, Stop> {
    let open = bench.policy(ae, &["all"], 63).await?;
    let mut members = Vec::new();
    for _ in 0..2 {
        members.push(bench.make(CNT, ae, json!({"acpi": [open.ri]})).await?);
    }
    Ok(members)
}

async fn group(bench: &Bench, ae: &Place, members: &[Place], more: Json) -> Result<Place, Stop> {
    let ids: Vec<&str> = members.iter().map(|member| member.ri.as_str()).collect();
    let mut attributes = json!({"mt": 3, "mid": ids});
    if let (Some(into), Json::Object(more)) = (attributes.as_object_mut(), more) {
        into.extend(more);
    }
    bench.make(GRP, ae, attributes).await
}

/// The request of the variant.
fn asked(bench: &Bench, to: &str, name: &str) -> Request {
    match bench.variant().operation() {
        Operation::Create => create(to, CNT, &json!({"rn": name})),
        Operation::Update => update(to, CNT, &json!({"lbl": ["fanned"]})),
        Operation::Delete => delete(to),
        _ => retrieve(to),
    }
}

/// The code with which each member answers the operation of the variant.
fn member_code(bench: &Bench) -> i64 {
    match bench.variant().operation() {
        Operation::Create => 2001,
        Operation::Update => 2004,
        Operation::Delete => 2002,
        _ => 2000,
    }
}

/// The responses in an aggregate.
fn responses(answer: &Answer) -> Vec<Json> {
    let aggregate = at(&answer.content, "m2m:agr");
    [aggregate, inside(aggregate)].into_iter().find_map(Json::as_array).cloned().unwrap_or_default()
}

/// An answer of each member, with its code.
fn answered_by(answer: &Answer, members: &[Place], code: i64) -> Result<Vec<Json>, Stop> {
    let responses = responses(answer);
    let codes = responses.iter().all(|response| at(response, "rsc").as_i64() == Some(code));
    ensure(responses.len() == members.len() && codes, || {
        format!("m2m:agr: expected {} responses with {code} (rsc), got {}", members.len(), answer.content)
    })?;
    Ok(responses)
}

/// TS-0004 7.4.14.2.5: each response says in From whose it is.
async fn says_who_answered(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let members = members(&bench, &ae).await?;
    let group = group(&bench, &ae, &members, json!({})).await?;
    let asked = retrieve(&format!("{}/fopt", group.path)).by(&ae.originator);
    let answer = bench.check(asked, Status::OK).await?;
    let responses = answered_by(&answer, &members, 2000)?;
    let from = |member: &Place| {
        responses.iter().any(|response| {
            let from = at(response, "fr").as_str().unwrap_or_default();
            from.ends_with(&member.ri) || from.ends_with(&member.path)
        })
    };
    ensure(members.iter().all(from), || {
        let named: Vec<&str> = members.iter().map(|member| member.ri.as_str()).collect();
        format!("fr: expected {named:?} in the responses, got {}", answer.content)
    })
}

/// Variants: operation. `privileges` says what a stranger is granted by the group's own policy, and what by that for its
/// members, if it has one.
async fn decides(bench: Bench, privileges: impl FnOnce(u32) -> (u32, Option<u32>)) -> Outcome {
    let (ae, stranger) = (bench.ae().await?, bench.ae().await?);
    let bit = match bench.variant().operation() {
        Operation::Create => 1,
        Operation::Update => 4,
        Operation::Delete => 8,
        _ => 2,
    };
    let (own, for_members) = privileges(bit);
    let members = members(&bench, &ae).await?;
    let mut more = json!({"acpi": [granting(&bench, &ae, &stranger, own).await?]});
    if let (Some(operations), Some(more)) = (for_members, more.as_object_mut()) {
        let id = granting(&bench, &ae, &stranger, operations).await?;
        more.insert("macp".into(), json!([id]));
    }
    let group = group(&bench, &ae, &members, more).await?;
    let name = bench.unique();
    let request = asked(&bench, &format!("{}/fopt", group.path), &name).by(&stranger.originator);
    let answer = bench.check_purpose(request).await?;
    if answer.status.is_success() {
        return answered_by(&answer, &members, member_code(&bench)).map(drop);
    }
    untouched(&bench, &members, &name).await
}

/// A policy for a stranger; with no operation, for somebody else alone.
async fn granting(bench: &Bench, ae: &Place, stranger: &Place, operations: u32) -> Result<String, Stop> {
    let who = if operations == 0 { bench.administrator() } else { stranger.originator.as_str() };
    Ok(bench.policy(ae, &[who], operations.max(1)).await?.ri)
}

async fn untouched(bench: &Bench, members: &[Place], name: &str) -> Outcome {
    for member in members {
        let found = bench.look(member).await?;
        ensure(found.get("lbl").is_null(), || format!("lbl: expected none in {}, got {}", member.path, found.content))?;
        bench.gone(&format!("{}/{name}", member.path), &member.originator).await?;
    }
    Ok(())
}

/// Variants: operation.
async fn reaches_every_member(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let members = members(&bench, &ae).await?;
    let group = group(&bench, &ae, &members, json!({})).await?;
    let name = bench.unique();
    let answer = bench.check_purpose(asked(&bench, &format!("{}/fopt", group.path), &name).by(&ae.originator)).await?;
    answered_by(&answer, &members, member_code(&bench))?;
    came_about(&bench, &members, &name).await
}

/// What a fanned-out operation did at each place.
async fn came_about(bench: &Bench, places: &[Place], name: &str) -> Outcome {
    for place in places {
        match bench.variant().operation() {
            Operation::Create => {
                let child = Place { path: format!("{}/{name}", place.path), ..place.clone() };
                bench.look(&child).await?;
            }
            Operation::Update => {
                let found = bench.look(place).await?;
                ensure(found.get("lbl") == &json!(["fanned"]), || {
                    format!("lbl: expected [\"fanned\"] in {}, got {}", place.path, found.get("lbl"))
                })?;
            }
            Operation::Delete => bench.gone(&place.path, &place.originator).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Variants: operation. What stands behind `fopt` is looked for below each member.
async fn reaches_below_every_member(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let members = members(&bench, &ae).await?;
    let (below, name) = (bench.unique(), bench.unique());
    let mut children = Vec::new();
    for member in &members {
        children.push(bench.make(CNT, member, json!({"rn": below})).await?);
    }
    let group = group(&bench, &ae, &members, json!({})).await?;
    let to = format!("{}/fopt/{below}", group.path);
    let answer = bench.check_purpose(asked(&bench, &to, &name).by(&ae.originator)).await?;
    answered_by(&answer, &members, member_code(&bench))?;
    came_about(&bench, &children, &name).await
}

async fn refuses_a_group_of_nobody(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let group = group(&bench, &ae, &[], json!({})).await?;
    bench.check_purpose(retrieve(&format!("{}/fopt", group.path)).by(&ae.originator)).await.map(drop)
}

async fn reaches_the_latest_of_every_member(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let members = members(&bench, &ae).await?;
    for member in &members {
        for content in ["first", "last"] {
            bench.make(CIN, member, json!({"con": content})).await?;
        }
    }
    let group = group(&bench, &ae, &members, json!({})).await?;
    let asked = retrieve(&format!("{}/fopt/la", group.path)).by(&ae.originator);
    let answer = bench.check_purpose(asked).await?;
    let responses = responses(&answer);
    let latest = |response: &Json| at(inside(at(response, "pc")), "con") == &json!("last");
    ensure(responses.len() == members.len() && responses.iter().all(latest), || {
        format!("m2m:agr: expected the latest instance of each member, got {}", answer.content)
    })
}
