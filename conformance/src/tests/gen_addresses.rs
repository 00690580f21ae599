//! GEN: the forms that an address may have, with each operation (TS-0001 9.3.1, TS-0004 6.2.3).

use onem2m_cse::primitive::Status;
use serde_json::json;

use crate::ask::{Asking as _, create, delete, retrieve, update};
use crate::bench::{Bench, Place, equals};
use crate::kind::CNT;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, not_applicable};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    for (number, structured) in [("001", false), ("002", true)] {
        suite.purpose(&format!("GEN/CRE/{number}"), move |bench| creates(bench, structured));
        suite.purpose(&format!("GEN/RET/{number}"), move |bench| retrieves(bench, structured));
        suite.purpose(&format!("GEN/UPD/{number}"), move |bench| updates(bench, structured));
        suite.purpose(&format!("GEN/DEL/{number}"), move |bench| deletes(bench, structured));
    }
}

/// The address of a resource, as far as the variant reaches: `CSR` CSE-relative, `SPR` SP-relative, `ABS` absolute.
fn address(bench: &Bench, place: &Place, structured: bool) -> Result<String, Stop> {
    let identity = &bench.subject().pics.identity;
    let path = if structured { &place.path } else { &place.ri };
    match bench.variant().tag() {
        "CSR" => Ok(path.clone()),
        "SPR" => Ok(format!("{}/{path}", identity.cse_id)),
        _ if identity.sp_id.is_empty() => {
            not_applicable("the M2M-SP-ID is not known: --sp-id, or identity.sp_id in the PICS")
        }
        _ => Ok(format!("{}{}/{path}", identity.sp_id, identity.cse_id)),
    }
}

async fn creates(bench: Bench, structured: bool) -> Outcome {
    let ae = bench.ae().await?;
    let to = address(&bench, &ae, structured)?;
    let created = bench.check_purpose(create(&to, CNT, &json!({})).by(&ae.originator)).await?;
    equals(&created, "pi", &json!(ae.ri))?;
    bench.look(&bench.made_at(CNT, &ae, &created)).await?;
    Ok(())
}

async fn retrieves(bench: Bench, structured: bool) -> Outcome {
    let ae = bench.ae().await?;
    let container = bench.make(CNT, &ae, json!({})).await?;
    let to = address(&bench, &container, structured)?;
    let read = bench.check_purpose(retrieve(&to).by(&ae.originator)).await?;
    equals(&read, "ri", &json!(container.ri))
}

async fn updates(bench: Bench, structured: bool) -> Outcome {
    let ae = bench.ae().await?;
    let container = bench.make(CNT, &ae, json!({})).await?;
    let to = address(&bench, &container, structured)?;
    bench.check_purpose(update(&to, CNT, &json!({"lbl": ["a"]})).by(&ae.originator)).await?;
    equals(&bench.look(&container).await?, "lbl", &json!(["a"]))
}

async fn deletes(bench: Bench, structured: bool) -> Outcome {
    let ae = bench.ae().await?;
    let container = bench.make(CNT, &ae, json!({})).await?;
    let to = address(&bench, &container, structured)?;
    bench.check_purpose(delete(&to).by(&ae.originator)).await?;
    bench.check(retrieve(&container.path).by(&ae.originator), Status::NOT_FOUND).await?;
    Ok(())
}
