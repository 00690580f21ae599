//! REG: AEs whose identifier the service provider gives. The subject is their registrar, and the tester is the IN-CSE, where
//! the subject announces them (TS-0001 10.2.2.2, cases a and b; TS-0004 7.4.5.2.1).

use onem2m_cse::primitive::Operation;
use serde_json::{Value as Json, json};

use crate::ask::{Answer, Asking as _, delete};
use crate::bench::{Bench, equals};
use crate::kind::{AE, AEA};
use crate::remote::Asked;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("REG/CRE/005", asks_the_in_cse);
    suite.purpose("REG/CRE/006", says_who_and_what);
    suite.purpose("REG/CRE/007", registers_under_the_name_that_was_given);
    suite.purpose("REG/CRE/008", |bench| tells_of_a_return(bench, false));
    suite.purpose("REG/CRE/010", |bench| tells_of_a_return(bench, true));
    suite.purpose("REG/CRE/020", registers_who_is_announced_already);
    for purpose in ["005", "006", "007", "008", "010", "020"] {
        suite.alone(&format!("TP/oneM2M/CSE/REG/CRE/{purpose}"));
    }
}

/// An AE registers without a name of its own; what the IN-CSE was asked, and what the AE was answered.
async fn register(bench: &Bench) -> Result<(Asked, Answer), Stop> {
    bench.registered_cse().await?;
    let registrar = bench.registrar()?;
    let answer = bench.send(bench.registration(json!({})).by("S")).await?;
    let announces = |asked: &Asked| asked.operation == Operation::Create && asked.resource_type == Some(AEA.number);
    let asked = bench.asked_of(registrar, "the CREATE of an AEAnnc", announces).await?;
    let base = registrar.base_path();
    ensure(asked.target == base, || format!("to: expected the CSEBase of the IN-CSE, {base}, got {}", asked.to))?;
    Ok((asked, answer))
}

async fn asks_the_in_cse(bench: Bench) -> Outcome {
    register(&bench).await.map(drop)
}

/// TS-0001 10.2.2.2, step 005a.
async fn says_who_and_what(bench: Bench) -> Outcome {
    let (asked, _) = register(&bench).await?;
    comes_from(&bench, &asked, "S")?;
    links_to(&bench, &asked, "S")?;
    let (expected, got) = (json!("Nconformance"), asked.get("api"));
    ensure(got == &expected, || format!("api: expected {expected}, as the AE has, got {got}"))
}

async fn registers_under_the_name_that_was_given(bench: Bench) -> Outcome {
    bench.registered_cse().await?;
    let registrar = bench.registrar()?;
    let answer = bench.check_purpose(bench.registration(json!({})).by("S")).await?;
    let announced = registrar.newest_below(&registrar.base_path(), AEA.root);
    let given = announced.as_ref().and_then(|(_, made)| made.get("ri")).and_then(Json::as_str);
    let given = given.ok_or_else(|| Stop::Fail("tester's CSE: expected the CREATE of an AEAnnc, got none".into()))?;
    is_known_as(&bench, &answer, given).await
}

/// The AE-ID-stem is this, and so is the resourceID of the AE.
async fn is_known_as(bench: &Bench, answer: &Answer, stem: &str) -> Outcome {
    let got = answer.text("aei");
    ensure(got.rsplit('/').next() == Some(stem), || format!("aei: expected {stem}, got {got:?}"))?;
    let place = bench.made_at(AE, &bench.base(), answer);
    equals(&bench.look(&place).await?, "ri", &json!(stem))
}

/// TS-0001 10.2.2.2, case b, and 10.2.2.5: an AE that went is announced still, and its return is an UPDATE of that.
async fn tells_of_a_return(bench: Bench, to_the_end: bool) -> Outcome {
    bench.registered_cse().await?;
    bench.registrar()?;
    let first = bench.prepare(bench.registration(json!({})).by("S")).await?;
    let stem = first.text("aei").rsplit('/').next().unwrap_or_default().to_owned();
    let place = bench.made_at(AE, &bench.base(), &first);
    bench.prepare(delete(&place.path).by(&stem)).await?;
    bench.registrar()?;
    let again = bench.registration(json!({})).by(&stem);
    let answer = if to_the_end { bench.check_purpose(again).await? } else { bench.send(again).await? };
    let asked = told_of(&bench, &stem).await?;
    comes_from(&bench, &asked, &stem)?;
    links_to(&bench, &asked, &stem)?;
    if to_the_end { is_known_as(&bench, &answer, &stem).await } else { Ok(()) }
}

/// The UPDATE of what announces an AE, at the tester.
async fn told_of(bench: &Bench, stem: &str) -> Result<Asked, Stop> {
    let registrar = &bench.under_test()?.registrar;
    // TS-0001 10.2.2.5: that an AE went is told as well, with another link.
    let announces = |asked: &Asked| {
        asked.operation == Operation::Update
            && asked.get("lnk") != "INACTIVE"
            && registrar.look(&asked.target).get("ri") == Some(&json!(stem))
    };
    bench.asked_of(registrar, &format!("the UPDATE of the AEAnnc {stem}"), announces).await
}

async fn registers_who_is_announced_already(bench: Bench) -> Outcome {
    bench.registered_cse().await?;
    let registrar = bench.registrar()?;
    let stem = format!("S{}", bench.unique());
    let attributes = json!({"ty": AEA.number, "lnk": "INACTIVE", "api": "Nconformance"});
    registrar.plant_as(&registrar.base_path(), AEA.root, &stem, attributes);
    let answer = bench.check_purpose(bench.registration(json!({})).by(&stem)).await?;
    told_of(&bench, &stem).await?;
    is_known_as(&bench, &answer, &stem).await
}

/// The originator is the registrar's CSE-ID, SP-relative or absolute, and the stem behind it.
fn comes_from(bench: &Bench, asked: &Asked, stem: &str) -> Outcome {
    let expected = format!("{}/{stem}", bench.subject().pics.identity.cse_id);
    let got = &asked.originator;
    ensure(*got == expected || (got.starts_with("//") && got.ends_with(&expected)), || {
        format!("from: expected {expected}, got {got}")
    })
}

/// The link is the SP-relative address of the AE that is to be.
fn links_to(bench: &Bench, asked: &Asked, stem: &str) -> Outcome {
    let expected = json!(format!("{}/{stem}", bench.subject().pics.identity.cse_id));
    let got = asked.get("lnk");
    ensure(*got == expected, || format!("lnk: expected {expected}, got {got}"))
}
