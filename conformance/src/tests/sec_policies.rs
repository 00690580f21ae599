//! SEC/ACP: what holds where a resource has no policy of its own, policies themselves, and who may exchange them (TS-0001
//! 9.6.1.3.2, TS-0004 7.4.2).

use onem2m_cse::primitive::Operation;
use serde_json::{Value as Json, json};

use super::sec_rules::tries;
use crate::ask::{Asking as _, at, delete, retrieve, update};
use crate::bench::{Bench, Place, absent, equals};
use crate::kind::{ACP, CIN, CNT, grants, rule};
use crate::suite::Suite;
use crate::verdict::{Outcome, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("SEC/ACP/011", |bench| follows_its_parent(bench, 63));
    suite.purpose("SEC/ACP/012", |bench| follows_its_parent(bench, 0));
    suite.purpose("SEC/ACP/013", |bench| without_any_policy(bench, true));
    suite.purpose("SEC/ACP/014", |bench| without_any_policy(bench, false));
    suite.purpose("SEC/ACP/CRE/001", |bench| keeps_several_rules(bench, "pv"));
    suite.purpose("SEC/ACP/CRE/002", |bench| keeps_several_rules(bench, "pvs"));
    suite.purpose("SEC/ACP/CRE/003", accepts_empty_privileges);
    suite.purpose("SEC/ACP/CRE/004", refuses_empty_self_privileges);
    suite.purpose("SEC/ACP/UPD/001", |bench| exchanges_policies(bench, 4));
    suite.purpose("SEC/ACP/UPD/002", |bench| exchanges_policies(bench, 59));
}

/// Variants: operation. What grants a stranger something at the parent does so at the child, which has no policy.
async fn follows_its_parent(bench: Bench, operations: u32) -> Outcome {
    let (owner, stranger) = (bench.ae().await?, bench.ae().await?);
    let policy = match operations {
        0 => bench.make(ACP, &owner, json!({"pv": grants(&owner.originator)})).await?,
        _ => bench.policy(&owner, &[&stranger.originator], operations).await?,
    };
    let parent = bench.make(CNT, &owner, json!({"acpi": [policy.ri]})).await?;
    match bench.variant().operation() {
        // TS-0001 9.6.7: an instance cannot have policies. It has no children and is not changed, so for these operations
        // the child is a container that could have policies.
        Operation::Retrieve | Operation::Delete => {
            let child = bench.make(CIN, &parent, json!({})).await?;
            let gone = bench.variant().operation() == Operation::Delete;
            let asked = if gone { delete(&child.path) } else { retrieve(&child.path) };
            let answer = bench.check_purpose(asked.by(&stranger.originator)).await?;
            if gone && answer.status.is_success() {
                return bench.gone(&child.path, &owner.originator).await;
            }
            bench.look(&child).await.map(drop)
        }
        _ => {
            let child = bench.make(CNT, &parent, json!({})).await?;
            tries(&bench, &child, &stranger).await
        }
    }
}

/// Variants: operation.
async fn without_any_policy(bench: Bench, creator: bool) -> Outcome {
    let (owner, stranger) = (bench.ae().await?, bench.ae().await?);
    let target = bench.make(CNT, &owner, json!({})).await?;
    tries(&bench, &target, if creator { &owner } else { &stranger }).await
}

async fn keeps_several_rules(bench: Bench, set: &str) -> Outcome {
    let ae = bench.ae().await?;
    let rules = json!([
        {"acor": [ae.originator], "acop": 63},
        {"acor": ["all"], "acop": 2},
        {"acor": [bench.administrator()], "acop": 34},
    ]);
    let created = bench.check_purpose(bench.creation(ACP, &ae, json!({set: {"acr": rules}}))).await?;
    let found = bench.look(&bench.made_at(ACP, &ae, &created)).await?;
    let kept = at(found.get(set), "acr").as_array().cloned().unwrap_or_default();
    let has = |rule: &Json| kept.iter().any(|kept| at(kept, "acop") == at(rule, "acop"));
    let all = rules.as_array().is_some_and(|rules| rules.len() == kept.len() && rules.iter().all(has));
    ensure(all, || format!("{set}: expected the rules {rules}, got {}", found.get(set)))
}

async fn accepts_empty_privileges(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let created = bench.check_purpose(bench.creation(ACP, &ae, json!({"pv": {"acr": []}}))).await?;
    bench.look(&bench.made_at(ACP, &ae, &created)).await.map(drop)
}

async fn refuses_empty_self_privileges(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let name = bench.unique();
    bench.check_purpose(bench.creation(ACP, &ae, json!({"rn": name, "pvs": {"acr": []}}))).await?;
    bench.gone(&format!("{}/{name}", ae.path), &ae.originator).await
}

/// A stranger may do everything to a container but what the policy's self-privileges leave out.
async fn exchanges_policies(bench: Bench, operations: u32) -> Outcome {
    let (owner, stranger) = (bench.ae().await?, bench.ae().await?);
    let mut own = rule(&[&stranger.originator], operations);
    if let Some(rules) = own.get_mut("acr").and_then(Json::as_array_mut) {
        rules.push(json!({"acor": [owner.originator], "acop": 63}));
    }
    let everything = rule(&[&owner.originator, &stranger.originator], 63);
    let old = bench.make(ACP, &owner, json!({"pv": everything, "pvs": own})).await?;
    let new = bench.policy(&owner, &["all"], 2).await?;
    let target = bench.make(CNT, &owner, json!({"acpi": [old.ri]})).await?;
    let asked = update(&target.path, CNT, &json!({"acpi": [new.ri]})).by(&stranger.originator);
    let answer = bench.check_purpose(asked).await?;
    let is_new = answer.status.is_success();
    let found = bench.look(&target).await?;
    refers_to(&found, if is_new { &new } else { &old })?;
    absent(&found, "lbl").and_then(|()| equals(&found, "ri", &json!(target.ri)))
}

/// A reference may be in any form of address.
fn refers_to(found: &crate::ask::Answer, policy: &Place) -> Outcome {
    let got = found.get("acpi");
    let ends = |id: &Json| id.as_str().is_some_and(|id| id.ends_with(&policy.ri) || id.ends_with(&policy.path));
    let one = got.as_array().is_some_and(|ids| ids.len() == 1 && ids.iter().all(ends));
    ensure(one, || format!("acpi: expected [{:?}], got {got}", policy.ri))
}
