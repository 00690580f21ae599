//! An AE under test: what it sends when it is triggered (TS-0018, test configuration CF03). Each row says what the request
//! has to be; `wanted.rs` says when it is.

use onem2m_cse::primitive::Operation;
use serde_json::{Value as Json, json};

use crate::bench::{Bench, UnderTest};
use crate::kind::{AE, CB, CIN, CNT, Kind, NOD, SUB};
use crate::sample::plain;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop};
use crate::wanted::From;

use Operation::{Create, Delete, Retrieve, Update};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    let mut purpose = |base: &str, row: Row| {
        suite.purpose_of(&format!("TP/oneM2M/AE/{base}"), move |bench| sends(bench, row));
    };
    for (group, operation) in [("CRE", Create), ("RET", Retrieve), ("UPD", Update), ("DEL", Delete)] {
        purpose(&format!("GEN/{group}/001"), (operation, CNT, On::Identifier));
        purpose(&format!("GEN/{group}/002"), (operation, CNT, On::Path));
    }
    for (base, row) in ROWS {
        purpose(base, *row);
    }
    suite.purpose_of("TP/oneM2M/AE/REG/CRE/001", registers_without_a_stem);
    suite.purpose_of("TP/oneM2M/AE/REG/CRE/002", registers_with_an_attribute);
    suite.purpose_of("TP/oneM2M/AE/REG/DEL/001", deregisters);
}

/// What for, the type, and with which resource.
type Row = (Operation, Kind, On);

/// The resource with which something is to be done.
#[derive(Clone, Copy, Debug)]
enum On {
    /// The CSEBase.
    Base,
    /// The AE's own.
    Ae,
    /// A container of the AE; for a CREATE, the place.
    Container,
    /// A contentInstance in it.
    Instance,
    /// The container's `ol`, and its `la`.
    Oldest,
    Latest,
    /// A container by its resourceID, in the scope of the variant.
    Identifier,
    /// A container by its path, in the scope of the variant.
    Path,
}

const ROWS: &[(&str, Row)] = &[
    ("DMR/CRE/001", (Create, CNT, On::Ae)),
    ("DMR/CRE/002", (Create, CIN, On::Container)),
    ("DMR/CRE/003", (Create, CIN, On::Container)),
    ("DMR/CRE/004", (Create, CNT, On::Ae)),
    ("DMR/DEL/001", (Delete, CIN, On::Oldest)),
    ("DMR/DEL/002", (Delete, CIN, On::Latest)),
    ("DMR/DEL/003", (Delete, CNT, On::Container)),
    ("DMR/DEL/004", (Delete, CIN, On::Instance)),
    ("DMR/RET/002", (Retrieve, CIN, On::Oldest)),
    ("DMR/RET/003", (Retrieve, CIN, On::Latest)),
    ("DMR/RET/004", (Retrieve, CNT, On::Container)),
    ("DMR/RET/005", (Retrieve, CIN, On::Instance)),
    ("DMR/UPD/001", (Update, AE, On::Ae)),
    ("DMR/UPD/002", (Update, CNT, On::Container)),
    ("SUB/CRE/001", (Create, SUB, On::Container)),
    ("SUB/CRE/002", (Create, SUB, On::Container)),
    // The variant says which: AE, CB, CNT.
    ("DMR/RET/001", (Retrieve, CNT, On::Container)),
];

/// Variants: attribute; scope of the address; type.
async fn sends(bench: Bench, (operation, kind, on): Row) -> Outcome {
    let kind = bench.variant().kind_or(kind);
    let on = match kind {
        _ if operation == Create => on,
        CB => On::Base,
        AE => On::Ae,
        _ => on,
    };
    let path = place(&bench, on).await?;
    let mut wanted = bench.wanted(operation, kind, &path).await?;
    if matches!(on, On::Identifier | On::Path) {
        wanted.to = address(&bench, &path, matches!(on, On::Identifier))?;
        wanted.same_form = true;
        wanted.content = if operation == Update { json!({"lbl": ["first"]}) } else { json!({}) };
    } else if matches!(operation, Create | Update) {
        wanted.carries = bench.variant().attributes();
        wanted.content = content(&bench, kind, &wanted.carries, operation == Create).await?;
    }
    bench.triggered(&wanted).await.map(drop)
}

/// The path of the resource, which is there from now on.
async fn place(bench: &Bench, on: On) -> Result<String, Stop> {
    let container = match on {
        On::Base => return Ok(bench.under_test()?.registrar.base_path()),
        On::Ae => return Ok(bench.registered_ae().await?.path),
        _ => bench.planted_container().await?.path,
    };
    if matches!(on, On::Instance | On::Oldest | On::Latest) {
        let first = bench.planted(CIN, &container, json!({"con": "first"})).await?;
        bench.planted(CIN, &container, json!({"con": "second"})).await?;
        return Ok(match on {
            On::Oldest => format!("{container}/ol"),
            On::Latest => format!("{container}/la"),
            _ => first.path,
        });
    }
    Ok(container)
}

/// TS-0004 6.2.3: the address of a resource in the scope that the variant names.
fn address(bench: &Bench, path: &str, unstructured: bool) -> Result<String, Stop> {
    let registrar = &bench.under_test()?.registrar;
    let ri = registrar.look(path).get("ri").and_then(Json::as_str).unwrap_or_default().to_owned();
    let relative = if unstructured { ri } else { path.to_owned() };
    Ok(match bench.variant().tag() {
        "ABS" => format!("{}{}/{relative}", sp_id(bench), registrar.cse_id),
        "SPR" => format!("{}/{relative}", registrar.cse_id),
        _ => relative,
    })
}

/// The M2M-SP-ID of the tester as a CSE.
fn sp_id(bench: &Bench) -> &str {
    match bench.subject().pics.identity.sp_id.as_str() {
        "" => "//conformance.example.com",
        given => given,
    }
}

/// What is proposed: the least that a CREATE has to bring, and the attributes of the variant.
async fn content(bench: &Bench, kind: Kind, names: &[String], is_create: bool) -> Result<Json, Stop> {
    let mut content = match kind {
        CIN => json!({"con": "21.5"}),
        SUB => json!({"nu": [bench.anywhere()], "nct": 1}),
        _ => json!({}),
    };
    if !is_create {
        content = json!({});
    }
    for name in names {
        let Some(members) = content.as_object_mut() else { continue };
        members.insert(name.clone(), value(bench, kind, name).await?);
    }
    Ok(content)
}

/// A value of an attribute that the AE may send.
async fn value(bench: &Bench, kind: Kind, name: &str) -> Result<Json, Stop> {
    Ok(match name {
        "rn" => json!(bench.unique()),
        // TS-0001 9.6.1.3: the originator asks for it to be set.
        "cr" => Json::Null,
        "api" => json!("Nconformance"),
        "nfu" | "su" => json!(bench.anywhere()),
        "acpi" => json!([planted_at_base(bench, "m2m:acp", 1)?]),
        "nl" => json!(planted_at_base(bench, NOD.root, NOD.number)?),
        _ => match plain(kind, name) {
            Some(sample) => sample.first,
            None => return Err(Stop::Inconclusive(format!("{} {name}: no sample is written down", kind.long))),
        },
    })
}

fn planted_at_base(bench: &Bench, root: &str, number: u32) -> Result<String, Stop> {
    let registrar = &bench.under_test()?.registrar;
    Ok(registrar.plant(&registrar.base_path(), root, &bench.unique(), json!({"ty": number})).ri)
}

/// The AE is not registered as the tester knows it, so that it can register.
fn unregistered(bench: &Bench) -> Result<&UnderTest, Stop> {
    let tested = bench.under_test()?;
    tested.set_registered(None);
    Ok(tested)
}

async fn registers_without_a_stem(bench: Bench) -> Outcome {
    unregistered(&bench)?;
    let wanted = bench.wanted_registration(json!({}), &[], From::Nobody)?;
    bench.register_ae(&wanted).await.map(drop)
}

/// Variants: attribute.
async fn registers_with_an_attribute(bench: Bench) -> Outcome {
    unregistered(&bench)?;
    let names = bench.variant().attributes();
    let mut content = json!({});
    for name in names.iter().filter(|name| *name != "rr") {
        content = json!({name.as_str(): value(&bench, AE, name).await?});
    }
    let wanted = bench.wanted_registration(content, &names, From::Anybody)?;
    bench.register_ae(&wanted).await.map(drop)
}

async fn deregisters(bench: Bench) -> Outcome {
    let path = bench.registered_ae().await?.path;
    let wanted = bench.wanted(Delete, AE, &path).await?;
    let asked = bench.triggered(&wanted).await;
    unregistered(&bench)?;
    asked.map(drop)
}
