//! Asks a subject what it is, and writes down what it says: a first PICS.

use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Request, Status};
use serde_json::Value as Json;

use crate::ask::{Answer, Asking as _, discover, retrieve};
use crate::log::Log;
use crate::pics::{Claim, Pics};
use crate::subject::Subject;

/// Names that a CSEBase often has, tried when nobody says it. `-` stands for any (TS-0004 6.2.4).
const USUAL_NAMES: [&str; 5] = ["-", "cse-in", "cse-mn", "cse", "Mobius"];

/// Fills in what the subject says of itself. What is given stays; what it does not answer stays open.
///
/// # Errors
/// A sentence, when nobody answers or no CSEBase is found.
pub async fn probe(mut pics: Pics, address: &str) -> Result<Pics, String> {
    let (address, name) = split(address);
    let subject = Subject::new(pics.clone(), &address, Format::Json)?;
    let log = Log::default();
    let names: Vec<String> = match (name, pics.identity.cse_name.is_empty()) {
        (Some(name), _) => vec![name],
        (None, false) => vec![pics.identity.cse_name.clone()],
        _ => USUAL_NAMES.map(str::to_owned).to_vec(),
    };
    let base = find_base(&subject, &names, &log).await?;
    take(&mut pics, &base);
    let binding = address.split("://").next().unwrap_or_default();
    pics.addresses.insert(binding.to_owned(), address.clone());
    formats(&mut pics, &address, &base, &log).await?;
    capabilities(&mut pics, &address, &log).await?;
    Ok(pics)
}

/// `http://host:port/cse-in` names the CSEBase, too.
fn split(address: &str) -> (String, Option<String>) {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    if scheme.starts_with("mqtt") {
        // Behind a broker's address there is the CSE-ID, which has a slash of its own.
        return (address.to_owned(), None);
    }
    match rest.trim_end_matches('/').split_once('/') {
        Some((host, name)) => (format!("{scheme}://{host}"), Some(name.to_owned())),
        None => (format!("{scheme}://{}", rest.trim_end_matches('/')), None),
    }
}

async fn find_base(subject: &Subject, names: &[String], log: &Log) -> Result<Answer, String> {
    let administrator = &subject.pics.originators.administrator;
    let mut last = String::new();
    for name in names {
        let response = subject.ask(retrieve(name).by(administrator), log).await?;
        if response.status == Status::OK {
            return Ok(Answer::new(response));
        }
        last = format!("RETRIEVE {name} by {administrator}: {:?}", response.status);
    }
    Err(format!(
        "no CSEBase found ({last}). Say its name (--target http://host:port/name) and who may read it (--originator)"
    ))
}

fn take(pics: &mut Pics, base: &Answer) {
    let texts = |name: &str| -> Vec<String> {
        let items = base.get(name).as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Json::as_str).map(str::to_owned).collect()
    };
    pics.identity.cse_name = base.text("rn");
    pics.identity.cse_id = base.text("csi");
    let sp_id = base.text("spi");
    if !sp_id.is_empty() {
        pics.identity.sp_id = format!("//{}", sp_id.trim_start_matches('/'));
    }
    let types = base.get("srt").as_array().map(Vec::as_slice).unwrap_or_default();
    pics.types = types.iter().filter_map(Json::as_u64).filter_map(|ty| u32::try_from(ty).ok()).collect();
    pics.releases = texts("srv");
    pics.subject.profile = match base.get("cst").as_i64() {
        Some(2) => "MN-CSE",
        Some(3) => "ASN-CSE",
        _ => "IN-CSE",
    }
    .to_owned();
    let optional = [("PICS_CB_CST", "cst"), ("PICS_CB_NL", "nl")];
    for (name, attribute) in optional {
        let claim = if base.get(attribute).is_null() { Claim::No } else { Claim::Yes };
        pics.claims.insert(name.to_owned(), claim);
    }
    let kind = base.get("cst").as_i64();
    for (name, number) in [("PICS_IN_CSE", 1), ("PICS_MN_CSE", 2), ("PICS_ASN_CSE", 3)] {
        pics.claims.insert(name.to_owned(), kind.map_or(Claim::NotAnswered, |kind| yes_or_no(kind == number)));
    }
    for address in texts("poa") {
        if let Some((scheme, _)) = address.clone().split_once("://") {
            pics.addresses.entry(scheme.to_owned()).or_insert(address);
        }
    }
}

const fn yes_or_no(yes: bool) -> Claim {
    if yes { Claim::Yes } else { Claim::No }
}

/// Asks in each format.
async fn formats(pics: &mut Pics, address: &str, base: &Answer, log: &Log) -> Result<(), String> {
    for format in [Format::Json, Format::Cbor, Format::Xml] {
        let subject = Subject::new(pics.clone(), address, format)?;
        // An UPDATE has a body, and none of a CSEBase is ever carried out: the codes tell whether the body was read.
        let mut request: Request =
            crate::ask::update(&base.text("rn"), crate::kind::CB, &serde_json::json!({"lbl": ["x"]}));
        request.originator = Some(pics.originators.administrator.as_str().into());
        let claim = match subject.ask(request, log).await {
            Ok(response) if response.status == Status::UNSUPPORTED_MEDIA_TYPE => Claim::No,
            Ok(response) if response.status == Status::OPERATION_NOT_ALLOWED => Claim::Yes,
            _ => Claim::NotAnswered,
        };
        pics.formats.insert(format.name().to_ascii_lowercase(), claim);
    }
    Ok(())
}

/// Tries the kinds of addresses and whether policies exist.
async fn capabilities(pics: &mut Pics, address: &str, log: &Log) -> Result<(), String> {
    let subject = Subject::new(pics.clone(), address, Format::Json)?;
    let administrator = pics.originators.administrator.clone();
    let works = async |to: String| match subject.ask(retrieve(&to).by(&administrator), log).await {
        Ok(response) => yes_or_no(response.status == Status::OK),
        Err(_) => Claim::NotAnswered,
    };
    let (name, id) = (pics.identity.cse_name.clone(), pics.identity.cse_id.clone());
    let structured = works(name.clone()).await;
    let unstructured = works(id.trim_start_matches('/').to_owned()).await;
    let sp_relative = works(format!("{id}/{name}")).await;
    let absolute = match pics.identity.sp_id.as_str() {
        "" => Claim::NotAnswered,
        sp_id => works(format!("{sp_id}{id}/{name}")).await,
    };
    let found = subject.ask(discover(&name, one_policy()).by(&administrator), log).await;
    let discovery = found.map_or(Claim::NotAnswered, |response| yes_or_no(response.status == Status::OK));
    let policies = yes_or_no(pics.types.contains(&crate::kind::ACP.number));
    for (name, claim) in [
        ("PICS_STRUCTURED_CSE_RELATIVE_RESOURCE_ID_FORMAT", structured),
        ("PICS_UNSTRUCTURED_CSE_RELATIVE_RESOURCE_ID_FORMAT", unstructured),
        ("PICS_PRIMITIVE_SCOPE_CSE_RELATIVE", structured),
        ("PICS_PRIMITIVE_SCOPE_SP_RELATIVE", sp_relative),
        ("PICS_PRIMITIVE_SCOPE_ABSOLUTE", absolute),
        ("PICS_DISCOVERY", discovery),
        ("PICS_ACP_SUPPORT", policies),
    ] {
        pics.claims.insert(name.to_owned(), claim);
    }
    Ok(())
}

fn one_policy() -> onem2m_cse::primitive::FilterCriteria {
    onem2m_cse::primitive::FilterCriteria { resource_type: vec![1], limit: Some(1), ..Default::default() }
}

/// What a probe found, for a person.
#[must_use]
pub fn told(pics: &Pics) -> String {
    let mut lines = vec![format!("{} {}", pics.subject.profile, pics.identity.cse_id)];
    lines.push(format!("types {:?}, releases {}", pics.types, pics.releases.join(" ")));
    let all = pics.formats.iter().chain(&pics.claims);
    lines.extend(all.map(|(name, claim)| format!("{name}: {}", claim.name())));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_may_name_the_base() {
        assert_eq!(split("http://h:1/cse-in"), ("http://h:1".to_owned(), Some("cse-in".to_owned())));
        assert_eq!(split("ws://h:1/"), ("ws://h:1".to_owned(), None));
    }
}
