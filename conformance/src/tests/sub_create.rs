//! SUB/CRE: which subscriptions are taken, and who is asked before they are (TS-0001 9.6.8, TS-0004 7.4.8.2.1).

use onem2m_cse::primitive::{ReleaseVersion, Status};
use serde_json::{Value as Json, json};

use crate::ask::{Asking as _, at, create, retrieve};
use crate::bench::{Bench, Place, equals};
use crate::kind::{CNT, GRP, SUB, TS};
use crate::listener::Mailbox;
use crate::sample::in_days;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure, not_applicable};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("SUB/CRE/001", refuses_what_is_not_subscribable);
    suite.purpose("SUB/CRE/002", refuses_who_may_not_retrieve);
    suite.purpose("SUB/CRE/003", refuses_a_target_that_is_not_reached);
    suite.purpose("SUB/CRE/004", says_for_whom_it_asks);
    suite.purpose("SUB/CRE/006", takes_a_condition);
    suite.purpose("SUB/CRE/007", takes_missing_data);
    suite.purpose("SUB/CRE/008", is_made_through_a_group);
    suite.purpose("SUB/CRE/009", refuses_event_types_that_exclude_each_other);
    suite.purpose("SUB/CRE/011", |bench| takes_a_content_type(bench, &[(1, &[1, 2, 3])]));
    suite.purpose("SUB/CRE/012", |bench| takes_a_content_type(bench, &[(2, &[1, 3]), (3, &[1, 3]), (4, &[1, 3])]));
    suite.purpose("SUB/NTF/001", |bench| passes_a_refusal_on(bench, 4101));
    suite.purpose("SUB/NTF/002", |bench| passes_a_refusal_on(bench, 5205));
}

/// Variants: type.
async fn refuses_what_is_not_subscribable(bench: Bench) -> Outcome {
    let place = bench.a(bench.variant().kind_or(SUB)).await?;
    bench.check_purpose(bench.creation(SUB, &place, json!({}))).await.map(drop)
}

/// Whoever may create here, and not read.
async fn refuses_who_may_not_retrieve(bench: Bench) -> Outcome {
    let (owner, stranger) = (bench.ae().await?, bench.ae().await?);
    let policy = bench.policy(&owner, &[&stranger.originator], 61).await?;
    let target = bench.make(CNT, &owner, json!({"acpi": [policy.ri]})).await?;
    bench.check_purpose(bench.creation(SUB, &target, json!({})).by(&stranger.originator)).await.map(drop)
}

/// TS-0004 7.4.8.2.1, since Release 3: a CSE may ask targets that are not the originator, or let it be. Who lets it be is
/// not tested here.
fn asks_nobody<T>() -> Result<T, Stop> {
    not_applicable("the subject does not ask notification targets before it subscribes, which is its choice")
}

fn may_ask_nobody(bench: &Bench) -> bool {
    bench.release() >= ReleaseVersion::R3
}

async fn refuses_a_target_that_is_not_reached(bench: Bench) -> Outcome {
    let (ae, other) = (bench.ae().await?, bench.ae_with(json!({"rr": true})).await?);
    // Nobody listens at that port.
    bench.reached_at(&other, "http://127.0.0.1:1").await?;
    let asked = bench.creation(SUB, &ae, json!({"nu": [other.ri]}));
    if !may_ask_nobody(&bench) {
        return bench.check_purpose(asked).await.map(drop);
    }
    let answer =
        bench.check_any(asked, &[Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED, Status::CREATED]).await?;
    if answer.status == Status::CREATED { asks_nobody() } else { Ok(()) }
}

async fn says_for_whom_it_asks(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let (other, mailbox) = bench.listening_ae().await?;
    bench.check_purpose(bench.creation(SUB, &ae, json!({"nu": [other.ri]}))).await?;
    let Some(came) = verification(&mailbox) else {
        let reason = "verification request: expected one before the subscription is there, none came";
        return if may_ask_nobody(&bench) { asks_nobody() } else { Err(Stop::Fail(reason.into())) };
    };
    let creator = at(&came, "cr");
    let is_it = creator.as_str().is_some_and(|id| id == ae.originator || id.ends_with(&format!("/{}", ae.originator)));
    ensure(is_it, || format!("cr: expected {:?} in the verification request, got {creator}", ae.originator))
}

/// The verification request that came, if one did.
fn verification(mailbox: &Mailbox) -> Option<Json> {
    mailbox.came().iter().find(|came| came.is_verification()).map(|came| came.notification().clone())
}

/// Variants: the condition.
async fn takes_a_condition(bench: Bench) -> Outcome {
    let name = bench.variant().attribute();
    let criteria = match name.as_str() {
        "crb" | "exb" | "us" => json!({name.as_str(): in_days(1)}),
        "cra" | "exa" | "ms" => json!({name.as_str(): "20200101T000000"}),
        "stb" | "sts" => json!({name.as_str(): 5}),
        "sza" | "szb" => json!({name.as_str(): 5, "net": [3]}),
        "atr" => json!({"atr": ["lbl"], "net": [1]}),
        "crt" => json!({"chty": [3], "net": [3]}),
        "et" => json!({"net": [1, 2, 3]}),
        _ => json!({"om": [{"ops": 4, "or": "Csomebody"}]}),
    };
    let container = bench.a(CNT).await?;
    let created = bench.check_purpose(bench.creation(SUB, &container, json!({"enc": criteria}))).await?;
    let found = bench.look(&bench.made_at(SUB, &container, &created)).await?;
    let kept = found.get("enc");
    let all = criteria.as_object().is_some_and(|members| members.keys().all(|name| kept.get(name).is_some()));
    ensure(all, || format!("enc: expected {criteria}, got {kept}"))
}

async fn takes_missing_data(bench: Bench) -> Outcome {
    let series = bench.a(TS).await?;
    let criteria = json!({"net": [8], "md": {"num": 3, "dur": "PT60S"}});
    let created = bench.check_purpose(bench.creation(SUB, &series, json!({"enc": criteria, "nct": 5}))).await?;
    let found = bench.look(&bench.made_at(SUB, &series, &created)).await?;
    equals(&found, "enc", &criteria)
}

async fn is_made_through_a_group(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let members = [bench.make(CNT, &ae, json!({})).await?, bench.make(CNT, &ae, json!({})).await?];
    let group = bench.make(GRP, &ae, json!({"mt": 3, "mid": [members[0].ri, members[1].ri]})).await?;
    let name = bench.unique();
    let subscription = json!({"rn": name, "nu": [bench.anywhere()], "nct": 1, "gpi": group.ri});
    bench.check_purpose(create(&format!("{}/fopt", group.path), SUB, &subscription).by(&ae.originator)).await?;
    for member in &members {
        let address = format!("{}/{name}", member.path);
        let found = bench.check(retrieve(&address).by(&ae.originator), Status::OK).await?;
        let id = found.text("gpi");
        ensure(id.ends_with(&group.ri) || id.ends_with(&group.path), || {
            format!("gpi: expected {:?}, got {id:?}", group.ri)
        })?;
    }
    Ok(())
}

/// TS-0001 table 9.6.8-3: a blocking update goes with no other event type.
async fn refuses_event_types_that_exclude_each_other(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let asked = json!({"nu": [ae.ri], "nct": null, "enc": {"net": [7, 3]}});
    bench.check_purpose(bench.creation(SUB, &ae, asked)).await.map(drop)
}

/// TS-0001 table 9.6.8-4.
async fn takes_a_content_type(bench: Bench, allowed: &[(i64, &[i64])]) -> Outcome {
    let container = bench.a(CNT).await?;
    for (event, types) in allowed {
        for content in *types {
            let asked = json!({"nct": content, "enc": {"net": [event]}});
            let created = bench.check_purpose(bench.creation(SUB, &container, asked)).await?;
            let made: Place = bench.made_at(SUB, &container, &created);
            equals(&bench.look(&made).await?, "nct", &json!(content))?;
        }
    }
    Ok(())
}

/// The text has 5204 for every answer but OK; the purposes have what the target said (TS-0004 7.4.8.2.1, 7.5.1.2.3).
async fn passes_a_refusal_on(bench: Bench, code: u16) -> Outcome {
    let ae = bench.ae().await?;
    let (other, mailbox) = bench.listening_ae().await?;
    mailbox.answer_verification(Status::new(code));
    let asked = bench.creation(SUB, &ae, json!({"nu": [other.ri]}));
    let refusals = [Status::new(code), Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED];
    let answer = bench.send(asked).await?;
    if verification(&mailbox).is_none() && answer.status == Status::CREATED && may_ask_nobody(&bench) {
        return asks_nobody();
    }
    ensure(refusals.contains(&answer.status), || {
        format!("CREATE of the subscription: expected {code} or 5204, got {:?}", answer.status)
    })
}
