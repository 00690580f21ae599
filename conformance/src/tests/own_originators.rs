//! Own group: whom an entry of `accessControlOriginators` means (TS-0004 7.3.3.15, TS-0003 7.1.3), and what else a rule may
//! depend on (TS-0001 9.6.2.4).

use onem2m_cse::primitive::Status;
use serde_json::{Value as Json, json};

use crate::ask::{Asking as _, retrieve};
use crate::bench::{Bench, Place};
use crate::kind::{ACP, CIN, CNT, GRP, grants};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, not_applicable};

/// How an entry names a stranger, and whether it means it.
const ENTRIES: [(&str, Named, bool); 9] = [
    ("stem", Named::As("{ae}"), true),
    ("sp-relative", Named::As("{cse}/{ae}"), true),
    ("absolute", Named::As("{sp}{cse}/{ae}"), true),
    ("star", Named::As("{cse}/C*"), true),
    ("star-of-cse", Named::As("/*/{ae}"), true),
    ("another-cse", Named::As("{cse}x/{ae}"), false),
    ("another-provider", Named::As("//other.example.org{cse}/{ae}"), false),
    ("group", Named::Group(true), true),
    ("group-of-others", Named::Group(false), false),
];

/// An entry of `acor`.
#[derive(Clone, Copy)]
enum Named {
    /// With `{ae}`, `{cse}` and `{sp}` for the identifiers.
    As(&'static str),
    /// As the identifier of a group that the stranger is in, or not.
    Group(bool),
}

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    for (name, named, means) in ENTRIES {
        let summary = if means { "An entry of acor means who it names" } else { "An entry of acor means nobody else" };
        suite.own(&format!("TS-0004/7.3.3.15/originator-{name}"), summary, &[ACP, CNT, GRP], move |bench| {
            names(bench, named, means)
        });
    }
    let summary = "A rule with child types lets these be created and no others";
    suite.own("TS-0001/9.6.2.4/child-types", summary, &[ACP, CNT], restricts_children);
    let summary = "A policy that is deleted grants nothing any more";
    suite.own("TS-0001/9.6.1.3.2/deleted-policy", summary, &[ACP, CNT], grants_nothing_when_deleted);
}

async fn names(bench: Bench, named: Named, means: bool) -> Outcome {
    let (owner, stranger, other) = (bench.ae().await?, bench.ae().await?, bench.ae().await?);
    let entry = match named {
        Named::As(form) => {
            let identity = &bench.subject().pics.identity;
            if form.contains("{sp}") && identity.sp_id.is_empty() {
                return not_applicable("the M2M-SP-ID is not known: --sp-id, or identity.sp_id in the PICS");
            }
            form.replace("{sp}", &identity.sp_id)
                .replace("{cse}", &identity.cse_id)
                .replace("{ae}", &stranger.originator)
        }
        Named::Group(inside) => {
            let member = if inside { &stranger } else { &other };
            bench.make(GRP, &owner, json!({"mt": 0, "mid": [member.ri]})).await?.ri
        }
    };
    let target = governed(&bench, &owner, json!({"acor": [entry], "acop": 2})).await?;
    let expected = if means { Status::OK } else { Status::ORIGINATOR_HAS_NO_PRIVILEGE };
    bench.check(retrieve(&target.path).by(&stranger.originator), expected).await.map(drop)
}

/// A container under a policy that grants its owner everything, and what one more rule says.
async fn governed(bench: &Bench, owner: &Place, rule: Json) -> Result<Place, Stop> {
    let all = json!({"acor": [owner.originator], "acop": 63});
    let policy = json!({"pv": {"acr": [all, rule]}, "pvs": grants(&owner.originator)});
    let policy = bench.make(ACP, owner, policy).await?;
    bench.make(CNT, owner, json!({"acpi": [policy.ri]})).await
}

async fn restricts_children(bench: Bench) -> Outcome {
    let (owner, stranger) = (bench.ae().await?, bench.ae().await?);
    let rule = json!({"acor": [stranger.originator], "acop": 1, "acod": [{"chty": [4]}]});
    let target = governed(&bench, &owner, rule).await?;
    let instance = bench.creation(CIN, &target, json!({})).by(&stranger.originator);
    bench.check(instance, Status::CREATED).await?;
    let container = bench.creation(CNT, &target, json!({})).by(&stranger.originator);
    bench.check(container, Status::ORIGINATOR_HAS_NO_PRIVILEGE).await.map(drop)
}

async fn grants_nothing_when_deleted(bench: Bench) -> Outcome {
    let (owner, stranger) = (bench.ae().await?, bench.ae().await?);
    let policy = bench.policy(&owner, &[&stranger.originator], 2).await?;
    let target = bench.make(CNT, &owner, json!({"acpi": [policy.ri]})).await?;
    let read = || retrieve(&target.path).by(&stranger.originator);
    bench.check(read(), Status::OK).await?;
    bench.prepare(crate::ask::delete(&policy.path).by(&owner.originator)).await?;
    bench.check(read(), Status::ORIGINATOR_HAS_NO_PRIVILEGE).await.map(drop)
}
