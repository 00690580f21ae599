//! REG: the subject as a CSE that registers with the tester (TS-0001 10.2.2.6 to 10.2.2.9, TS-0004 7.4.4). A trigger brings
//! it to send something, or it does so by itself.

use onem2m_cse::primitive::Operation;
use serde_json::{Value as Json, json};

use crate::bench::Bench;
use crate::kind::{CSR, NOD};
use crate::sample::plain;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop};

use Operation::{Create, Delete, Retrieve, Update};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("REG/CRE/024", registers);
    suite.purpose("REG/CRE/026", registers);
    suite.purpose("REG/RET/009", |bench| sends(bench, Retrieve));
    suite.purpose("REG/UPD/003", |bench| sends(bench, Update));
    suite.purpose("REG/DEL/004", |bench| sends(bench, Delete));
    // There is one registration, and what the registrar is asked has to be for one test.
    for purpose in ["CRE/024", "CRE/026", "RET/009", "UPD/003", "DEL/004"] {
        suite.alone(&format!("TP/oneM2M/CSE/REG/{purpose}"));
    }
}

/// Variants: attribute, or none.
async fn registers(bench: Bench) -> Outcome {
    bench.unregistered_cse()?;
    let names = bench.variant().attributes();
    let wanted = bench.wanted_of_the_cse(Create, "", content(&bench, &names)?, &names)?;
    bench.triggered(&wanted).await.map(drop)
}

/// Variants: attribute, or none.
async fn sends(bench: Bench, operation: Operation) -> Outcome {
    let path = bench.registered_cse().await?;
    let names = bench.variant().attributes();
    let wanted = bench.wanted_of_the_cse(operation, &path, content(&bench, &names)?, &names)?;
    bench.triggered(&wanted).await.map(drop)
}

/// What is proposed to the subject: the attributes of the variant.
fn content(bench: &Bench, names: &[String]) -> Result<Json, Stop> {
    let mut content = serde_json::Map::new();
    for name in names {
        let value = match name.as_str() {
            "rn" => json!(bench.unique()),
            "nl" => {
                let registrar = &bench.under_test()?.registrar;
                let attributes = json!({"ty": NOD.number, "ni": bench.unique()});
                json!(registrar.plant(&registrar.base_path(), NOD.root, &bench.unique(), attributes).ri)
            }
            _ => match plain(CSR, name) {
                Some(sample) => sample.second,
                None => return Err(Stop::Inconclusive(format!("remoteCSE {name}: no sample is written down"))),
            },
        };
        content.insert(name.clone(), value);
    }
    Ok(content.into())
}
