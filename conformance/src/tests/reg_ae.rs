//! REG: registrations of AEs, by every kind of identifier, and their end (TS-0001 10.2.2.2, TS-0004 7.4.5).

use onem2m_cse::primitive::{Request, Status};
use serde_json::{Value as Json, json};

use crate::ask::{Answer, Asking as _, delete, retrieve};
use crate::bench::{Bench, Place, equals, present};
use crate::kind::{AE, NOD};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure, not_applicable};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("REG/CRE/001", registers_an_sp_relative_identifier);
    suite.purpose("REG/CRE/002", registers_a_stem);
    suite.purpose("REG/CRE/003", registers_an_identifier_of_the_provider);
    suite.purpose("REG/CRE/004", refuses_a_stem);
    suite.purpose("REG/CRE/011", |bench| assigns_an_identifier(bench, "C"));
    suite.purpose("REG/CRE/012", keeps_an_optional_attribute);
    suite.purpose("REG/CRE/016", refuses_an_application);
    suite.purpose("REG/CRE/017", refuses_what_lacks_something);
    suite.purpose("REG/CRE/022", |bench| assigns_an_identifier(bench, ""));
    suite.purpose("REG/CRE/023", registers_once);
    suite.purpose("REG/RET/003", shows_what_is_mandatory);
    suite.purpose("REG/RET/004", shows_what_is_optional);
    suite.purpose("REG/DEL/003", deregisters);
}

/// Registers, as the step that is tested.
async fn register(bench: &Bench, request: Request) -> Result<(Answer, Place), Stop> {
    let answer = bench.check_purpose(request).await?;
    let place = bench.made_at(AE, &bench.base(), &answer);
    Ok((answer, place))
}

/// The AE-ID is the stem, whatever form of it was sent, and whatever form is shown.
async fn is_known_as(bench: &Bench, answer: &Answer, place: &Place, stem: &str) -> Outcome {
    let id = answer.text("aei");
    ensure(id == stem || id.ends_with(&format!("/{stem}")), || format!("aei: expected {stem}, got {id:?}"))?;
    equals(&bench.look(place).await?, "ri", answer.get("ri"))
}

/// A stem that may register, of which nobody else has made use.
fn stem(bench: &Bench) -> String {
    bench.subject().pics.originators.ae.replace("{name}", &bench.unique())
}

async fn registers_an_sp_relative_identifier(bench: Bench) -> Outcome {
    let stem = stem(&bench);
    let id = format!("{}/{stem}", bench.subject().pics.identity.cse_id);
    let (answer, place) = register(&bench, bench.registration(json!({})).by(&id)).await?;
    is_known_as(&bench, &answer, &place, &stem).await
}

async fn registers_a_stem(bench: Bench) -> Outcome {
    let stem = stem(&bench);
    let (answer, place) = register(&bench, bench.registration(json!({})).by(&stem)).await?;
    is_known_as(&bench, &answer, &place, &stem).await
}

/// TS-0001 table 7.2-1: what the service provider assigns begins with S, and is SP-relative behind a slash alone.
async fn registers_an_identifier_of_the_provider(bench: Bench) -> Outcome {
    let stem = format!("S{}", bench.unique());
    let (answer, place) = register(&bench, bench.registration(json!({})).by(&format!("/{stem}"))).await?;
    is_known_as(&bench, &answer, &place, &stem).await
}

async fn refuses_a_stem(bench: Bench) -> Outcome {
    let refused = bench.subject().pics.originators.refused.replace("{name}", &bench.unique());
    if refused.is_empty() {
        return not_applicable("every originator may register: originators.refused in the PICS is empty");
    }
    bench.check_purpose(bench.registration(json!({})).by(&refused)).await.map(drop)
}

async fn refuses_an_application(bench: Bench) -> Outcome {
    let refused = bench.subject().pics.originators.refused_app.clone();
    if refused.is_empty() {
        return not_applicable("every application may register: originators.refused_app in the PICS is empty");
    }
    bench.check_purpose(bench.registration(json!({"api": refused}))).await.map(drop)
}

/// TS-0001 10.2.2.2: `C` alone, or nothing, asks for a new identifier.
async fn assigns_an_identifier(bench: Bench, originator: &str) -> Outcome {
    let (answer, place) = register(&bench, bench.registration(json!({})).by(originator)).await?;
    let id = answer.text("aei");
    let stem = id.rsplit('/').next().unwrap_or_default();
    let wanted = if originator.is_empty() { &['C', 'S'][..] } else { &['C'][..] };
    ensure(stem.len() > 1 && stem.starts_with(wanted), || {
        format!("aei: expected an identifier that begins with {wanted:?}, got {id:?}")
    })?;
    bench.look(&place).await.map(drop)
}

/// An optional attribute of an AE and a value; what it names is there.
async fn optional(bench: &Bench) -> Result<(String, Json), Stop> {
    let name = bench.variant().attribute();
    if name == "nl" && !bench.subject().pics.types.contains(&NOD.number) {
        return not_applicable("the subject has no node (14) in its srt");
    }
    let sample = bench.sample(AE, &name, &bench.base()).await?;
    Ok((name, sample.first))
}

/// An attribute is what was sent; a reference may be shown in another form of address.
fn is(found: &Answer, name: &str, value: &Json) -> Outcome {
    let same = |id: &str| found.text(name).ends_with(&format!("/{id}"));
    if name == "nl" && value.as_str().is_some_and(same) { Ok(()) } else { equals(found, name, value) }
}

/// Variants: attribute.
async fn keeps_an_optional_attribute(bench: Bench) -> Outcome {
    let (name, value) = optional(&bench).await?;
    let (_, place) = register(&bench, bench.registration(json!({name.as_str(): value}))).await?;
    is(&bench.look(&place).await?, &name, &value)
}

/// Variants: attribute.
async fn refuses_what_lacks_something(bench: Bench) -> Outcome {
    let name = bench.variant().attribute();
    bench.check_purpose(bench.registration(json!({name.as_str(): null}))).await.map(drop)
}

async fn registers_once(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    bench.check_purpose(bench.registration(json!({})).by(&ae.originator)).await?;
    // The first one is still there.
    equals(&bench.look(&ae).await?, "ri", &json!(ae.ri))
}

async fn shows_what_is_mandatory(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let found = bench.check_purpose(retrieve(&ae.path).by(&ae.originator)).await?;
    ["rn", "ty", "ri", "pi", "ct", "lt", "et", "api", "aei", "rr"].iter().try_for_each(|name| present(&found, name))
}

/// Variants: attribute.
async fn shows_what_is_optional(bench: Bench) -> Outcome {
    let (name, value) = optional(&bench).await?;
    let ae = bench.ae_with(json!({name.as_str(): value})).await?;
    let found = bench.check_purpose(retrieve(&ae.path).by(&ae.originator)).await?;
    is(&found, &name, &value)
}

async fn deregisters(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    bench.check_purpose(delete(&ae.path).by(&ae.originator)).await?;
    let answer = bench.send(retrieve(&ae.path).by(bench.administrator())).await?;
    ensure(answer.status == Status::NOT_FOUND, || format!("{}: expected 4004, got {:?}", ae.path, answer.status))
}
