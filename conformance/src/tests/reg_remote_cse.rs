//! REG: the tester as a CSE that registers with the subject (TS-0001 10.2.2.6 to 10.2.2.9, TS-0004 7.4.4).

use onem2m_cse::primitive::Request;
use serde_json::{Value as Json, json};

use crate::ask::{Answer, Asking as _, create, delete, retrieve, update};
use crate::bench::{Bench, Place, equals, present};
use crate::kind::{AEA, CSR, NOD};
use crate::remote::Remote;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure, not_applicable};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("REG/CRE/009", takes_news_of_an_announced_ae);
    suite.purpose("REG/CRE/013", keeps_an_attribute);
    suite.purpose("REG/CRE/018", |bench| registers(bench, json!({"cst": null, "rn": null, "poa": null, "rr": false})));
    suite.purpose("REG/CRE/019", |bench| registers(bench, json!({})));
    suite.purpose("REG/CRE/025", |bench| registers(bench, json!({})));
    suite.purpose("REG/CRE/027", |bench| registers(bench, json!({"cst": 2})));
    suite.purpose("REG/CRE/028", keeps_an_attribute);
    suite.purpose("REG/DEL/002", deregisters);
    suite.purpose("REG/RET/006", is_read);
    suite.purpose("REG/RET/007", shows_an_attribute);
    suite.purpose("REG/RET/010", is_read);
    suite.purpose("REG/UPD/002", changes_an_attribute);
}

/// The registration as the step that is tested; the remoteCSE that it made.
async fn register(bench: &Bench, remote: &Remote, request: Request) -> Result<(Answer, Place), Stop> {
    let answer = bench.check_purpose(request).await?;
    let place = Place { originator: remote.cse_id.clone(), ..bench.made_at(CSR, &bench.base(), &answer) };
    bench.clean_up(&place.ri, &remote.cse_id);
    Ok((answer, place))
}

async fn registers(bench: Bench, more: Json) -> Outcome {
    let remote = bench.remote();
    let (_, place) = register(&bench, &remote, bench.registration_of(&remote, more)).await?;
    let found = bench.look(&place).await?;
    equals(&found, "csi", &json!(remote.cse_id))?;
    equals(&found, "ty", &json!(CSR.number))?;
    present(&found, "cb")
}

/// An attribute of a remoteCSE and two values.
async fn sample(bench: &Bench) -> Result<(String, Json, Json), Stop> {
    let name = bench.variant().attribute();
    if name == "nl" && !bench.subject().pics.types.contains(&NOD.number) {
        return not_applicable("the subject has no node (14) in its srt");
    }
    if name == "rn" {
        return Ok((name, json!(bench.unique()), Json::Null));
    }
    let sample = bench.sample(CSR, &name, &bench.base()).await?;
    Ok((name, sample.first, sample.second))
}

/// An attribute is what was sent; a reference may be shown in another form of address.
fn is(found: &Answer, name: &str, value: &Json) -> Outcome {
    let same = |id: &str| found.text(name).ends_with(&format!("/{id}"));
    if name == "nl" && value.as_str().is_some_and(same) { Ok(()) } else { equals(found, name, value) }
}

/// Variants: attribute.
async fn keeps_an_attribute(bench: Bench) -> Outcome {
    let (name, value, _) = sample(&bench).await?;
    let remote = bench.remote();
    let asked = bench.registration_of(&remote, json!({name.as_str(): value}));
    let (_, place) = register(&bench, &remote, asked).await?;
    is(&bench.look(&place).await?, &name, &value)
}

/// Variants: attribute.
async fn shows_an_attribute(bench: Bench) -> Outcome {
    let (name, value, _) = sample(&bench).await?;
    let (remote, place) = bench.registered(json!({name.as_str(): value})).await?;
    let found = bench.check_purpose(retrieve(&place.path).by(&remote.cse_id)).await?;
    is(&found, &name, &value)
}

/// Variants: attribute.
async fn changes_an_attribute(bench: Bench) -> Outcome {
    let (name, first, second) = sample(&bench).await?;
    let (remote, place) = bench.registered(json!({name.as_str(): first})).await?;
    bench.check_purpose(update(&place.path, CSR, &json!({name.as_str(): second})).by(&remote.cse_id)).await?;
    is(&bench.look(&place).await?, &name, &second)
}

async fn is_read(bench: Bench) -> Outcome {
    let (remote, place) = bench.registered(json!({})).await?;
    let found = bench.check_purpose(retrieve(&place.path).by(&remote.cse_id)).await?;
    equals(&found, "csi", &json!(remote.cse_id))
}

async fn deregisters(bench: Bench) -> Outcome {
    let (remote, place) = bench.registered(json!({})).await?;
    bench.check_purpose(delete(&place.path).by(&remote.cse_id)).await?;
    bench.gone(&place.path, bench.administrator()).await
}

/// TS-0004 7.4.5.2.1: a registrar creates the announced AE at the IN-CSE, and updates it when the AE registers again.
async fn takes_news_of_an_announced_ae(bench: Bench) -> Outcome {
    if !bench.subject().pics.types.contains(&AEA.number) {
        return not_applicable("the subject has no AEAnnc (10002) in its srt");
    }
    let (remote, _) = bench.registered(json!({})).await?;
    let stem = format!("S{}", bench.unique());
    let originator = format!("{}/{stem}", remote.cse_id);
    let link = |name: &str| format!("{}/{name}", remote.cse_id);
    let attributes = json!({"lnk": link(&stem), "api": "Nconformance", "lbl": ["Credential-ID:"]});
    let base = format!("{}/{}", bench.subject().pics.identity.cse_id, bench.subject().base());
    let made = bench.prepare(create(&base, AEA, &attributes).by(&originator)).await?;
    let ri = made.text("ri");
    bench.clean_up(&ri, &originator);
    let change = update(&ri, AEA, &json!({"lnk": link("elsewhere")})).by(&originator);
    bench.check_purpose(change).await?;
    let found = bench.check(retrieve(&ri).by(&originator), onem2m_cse::primitive::Status::OK).await?;
    let got = found.text("lnk");
    ensure(got == link("elsewhere"), || format!("lnk: expected {:?}, got {got:?}", link("elsewhere")))
}
