//! REG: the CSEBase, which is what it is (TS-0001 9.6.3, TS-0004 7.4.3).

use serde_json::json;

use crate::ask::{Answer, Asking as _, create, delete, retrieve, update};
use crate::bench::{Bench, equals, present};
use crate::kind::CB;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("REG/CRE/021", is_not_created);
    suite.purpose("REG/UPD/001", is_not_updated);
    suite.purpose("REG/DEL/001", is_not_deleted);
    suite.purpose("REG/RET/001", shows_what_is_mandatory);
    suite.purpose("REG/RET/002", shows_what_is_optional);
    suite.purpose("REG/RET/005", says_which_kind_it_is);
    suite.purpose("REG/RET/008", says_what_it_has_and_where_it_is);
}

async fn is_not_created(bench: Bench) -> Outcome {
    let base = bench.base();
    let another = json!({"rn": bench.unique(), "csi": format!("/{}", bench.unique())});
    bench.check_purpose(create(&base.path, CB, &another).by(&base.originator)).await.map(drop)
}

async fn is_not_updated(bench: Bench) -> Outcome {
    let base = bench.base();
    bench.check_purpose(update(&base.path, CB, &json!({"lbl": [bench.unique()]})).by(&base.originator)).await.map(drop)
}

async fn is_not_deleted(bench: Bench) -> Outcome {
    let base = bench.base();
    bench.check_purpose(delete(&base.path).by(&base.originator)).await?;
    bench.look(&base).await.map(drop)
}

async fn read(bench: &Bench) -> Result<Answer, Stop> {
    let base = bench.base();
    bench.check_purpose(retrieve(&base.path).by(&base.originator)).await
}

/// TS-0001 table 9.6.3-2. Its parent is an empty text, which may be left out.
async fn shows_what_is_mandatory(bench: Bench) -> Outcome {
    let found = read(&bench).await?;
    ["ty", "ri", "rn", "ct", "lt", "csi", "srt", "poa"].iter().try_for_each(|name| present(&found, name))?;
    equals(&found, "ty", &json!(5))?;
    equals(&found, "csi", &json!(bench.subject().pics.identity.cse_id))
}

/// Variants: attribute.
async fn shows_what_is_optional(bench: Bench) -> Outcome {
    present(&read(&bench).await?, &bench.variant().attribute())
}

async fn says_which_kind_it_is(bench: Bench) -> Outcome {
    let number = match bench.subject().pics.subject.profile.as_str() {
        "MN-CSE" => 2,
        "ASN-CSE" => 3,
        _ => 1,
    };
    equals(&read(&bench).await?, "cst", &json!(number))
}

async fn says_what_it_has_and_where_it_is(bench: Bench) -> Outcome {
    let found = read(&bench).await?;
    let full = |name: &str| found.get(name).as_array().is_some_and(|items| !items.is_empty());
    ensure(full("srt"), || format!("srt: expected resource types, got {}", found.get("srt")))?;
    ensure(full("poa"), || format!("poa: expected addresses, got {}", found.get("poa")))
}
