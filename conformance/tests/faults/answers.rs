//! Faults in what a CSE answers.

use hyper::Method;
use serde_json::{Value as Json, json};

use super::list::Fault;
use crate::support::proxy::{Answered, Asked, Memory, Turn};

/// Whether it read a resource itself: no discovery, no virtual child.
fn read(asked: &Asked, answered: &Answered) -> bool {
    let virtual_child = asked.path.ends_with("/la") || asked.path.ends_with("/ol") || asked.path.contains("/fopt");
    asked.method == Method::GET && answered.code() == 2000 && asked.argument("fu").is_none() && !virtual_child
}

fn without(asked: &Asked, answered: &mut Answered, name: &str) {
    if read(asked, answered) {
        answered.attributes().map(|attributes| attributes.shift_remove(name));
    }
}

fn set(asked: &Asked, answered: &mut Answered, name: &str, value: Json) {
    if read(asked, answered)
        && let Some(attributes) = answered.attributes()
        && attributes.contains_key(name)
    {
        attributes.insert(name.into(), value);
    }
}

fn recode(answered: &mut Answered, from: u32, to: u32, http: u16) {
    if answered.code() == from {
        answered.set_code(to, http);
    }
}

/// The number behind a name, with something added.
fn shift(asked: &Asked, answered: &mut Answered, name: &str, by: i64) {
    if read(asked, answered)
        && let Some(number) = answered.attributes().and_then(|attributes| attributes.get(name)?.as_i64())
    {
        set(asked, answered, name, json!(number + by));
    }
}

/// The list of addresses of a discovery.
fn found(answered: &mut Answered) -> Option<&mut Vec<Json>> {
    answered.content.get_mut("m2m:uril")?.as_array_mut()
}

/// The list of references of an rcn 6.
fn references(answered: &mut Answered) -> Option<&mut Vec<Json>> {
    answered.content.get_mut("m2m:rrl")?.get_mut("rrf")?.as_array_mut()
}

fn first_seen(asked: &Asked, answered: &mut Answered, memory: &mut Memory) {
    if read(asked, answered) && asked.query.is_empty() {
        let content = answered.content.clone();
        answered.content = memory.entry(asked.path.clone()).or_insert(content).clone();
    }
}

/// All of them.
#[rustfmt::skip]
pub const FAULTS: &[Fault] = &[
    Fault::new("creation answered 2000", &["DMR/CRE/002_CNT", "GEN/CRE/002_CSR"],
        Turn::Answer(|_, a, _| recode(a, 2001, 2000, 200))),
    Fault::new("update answered 2000", &["DMR/UPD/001_CNT/LBL", "GEN/UPD/002_CSR"],
        Turn::Answer(|_, a, _| recode(a, 2004, 2000, 200))),
    Fault::new("deletion answered 2000", &["DMR/DEL/001_CNT", "GEN/DEL/002_CSR"],
        Turn::Answer(|_, a, _| recode(a, 2002, 2000, 200))),
    Fault::new("what is missing answered 5000", &["DMR/RET/002", "DMR/UPD/005", "DMR/DEL/003"],
        Turn::Answer(|_, a, _| recode(a, 4004, 5000, 500))),
    Fault::new("no privilege answered 4000", &["DMR/RET/003_CNT", "SEC/ACP/012_RET"],
        Turn::Answer(|_, a, _| recode(a, 4103, 4000, 400))),
    Fault::new("a taken name answered 4000", &["DMR/CRE/003_CNT"],
        Turn::Answer(|_, a, _| recode(a, 4105, 4000, 400))),
    Fault::new("the wrong status of HTTP", &["TS-0009/6.3.2/errors"],
        Turn::Answer(|_, a, _| if a.code() == 4004 { a.status = hyper::StatusCode::BAD_REQUEST })),
    Fault::new("no X-M2M-RSC", &["TS-0009/6.3.2/success"],
        Turn::Answer(|r, a, _| if r.method == Method::GET { a.fields.remove("x-m2m-rsc"); })),
    Fault::new("no X-M2M-RI", &["DMR/RET/013_CNT", "TS-0009/6.4.8/returned"],
        Turn::Answer(|r, a, _| if r.method == Method::GET { a.fields.remove("x-m2m-ri"); })),
    Fault::new("the X-M2M-RI of somebody else", &["DMR/RET/013_CNT", "TS-0009/6.4.8/returned"],
        Turn::Answer(|r, a, _| if r.method == Method::GET { a.fields.insert("x-m2m-ri", "other".parse().unwrap()); })),
    Fault::new("no X-M2M-RVI", &["TS-0009/6.4.22/returned"],
        Turn::Answer(|_, a, _| { a.fields.remove("x-m2m-rvi"); })),
    Fault::new("no Content-Location", &["TS-0009/6.4.4/created"],
        Turn::Answer(|_, a, _| { a.fields.remove("content-location"); })),
    Fault::new("JSON called text", &["TS-0009/6.4.2/vendor"],
        Turn::Answer(|r, a, _| if r.method == Method::GET { a.fields.insert("content-type", "text/plain".parse().unwrap()); })),
    Fault::new("no resourceID", &["DMR/RET/001_CNT", "DMR/RET/013_AE"],
        Turn::Answer(|r, a, _| without(r, a, "ri"))),
    Fault::new("no parentID", &["DMR/RET/001_CNT"], Turn::Answer(|r, a, _| without(r, a, "pi"))),
    Fault::new("no creationTime", &["DMR/RET/001_CNT"], Turn::Answer(|r, a, _| without(r, a, "ct"))),
    Fault::new("no lastModifiedTime", &["DMR/RET/001_CNT"], Turn::Answer(|r, a, _| without(r, a, "lt"))),
    Fault::new("an attribute that nobody created", &["DMR/RET/001_CNT", "DMR/RET/004_CNT"],
        Turn::Answer(|r, a, _| if read(r, a) && let Some(map) = a.attributes() { map.insert("extra".into(), json!(1)); })),
    Fault::new("the wrong resource type", &["DMR/RET/001_CNT"], Turn::Answer(|r, a, _| shift(r, a, "ty", 1))),
    Fault::new("modified before it was created", &["DMR/RET/001_CNT"],
        Turn::Answer(|r, a, _| set(r, a, "lt", json!("20000101T000000,000")))),
    Fault::new("lastModifiedTime stands still", &["DMR/UPD/001_CNT/LBL", "DMR/UPD/002_GRP/LBL"],
        Turn::Answer(|r, a, _| if read(r, a) {
            let created = a.attributes().and_then(|map| map.get("ct").cloned()).unwrap_or_default();
            set(r, a, "lt", created);
        })),
    Fault::new("creationTime follows updates", &["DMR/UPD/001_CNT/LBL"],
        Turn::Answer(|r, a, _| if read(r, a) {
            let modified = a.attributes().and_then(|map| map.get("lt").cloned()).unwrap_or_default();
            set(r, a, "ct", modified);
        })),
    Fault::new("a cache that is never refreshed", &["DMR/UPD/001_CNT/LBL", "DMR/UPD/003_CNT/LBL"],
        Turn::Answer(first_seen)),
    Fault::new("one instance too many counted", &["DMR/CRE/014_CNT/CIN", "DMR/DEL/006"],
        Turn::Answer(|r, a, _| shift(r, a, "cni", 1))),
    Fault::new("bytes not counted", &["DMR/CRE/014_CNT/CIN", "DMR/CRE/008"],
        Turn::Answer(|r, a, _| set(r, a, "cbs", json!(0)))),
    Fault::new("the state tag stands still", &["DMR/CRE/009", "DMR/UPD/010"],
        Turn::Answer(|r, a, _| set(r, a, "st", json!(0)))),
    Fault::new("labels in another order", &["TS-0004/8.1/list"],
        Turn::Answer(|r, a, _| if read(r, a)
            && let Some(Json::Array(labels)) = a.attributes().and_then(|map| map.get_mut("lbl")) { labels.reverse(); })),
    Fault::new("numbers as text", &["TS-0004/8.1/number", "DMR/CRE/012_CNT/MNI"],
        Turn::Answer(|r, a, _| set(r, a, "mni", json!("5")))),
    Fault::new("lists of one as text", &["TS-0004/8.1/one"],
        Turn::Answer(|r, a, _| if let Some(Json::Array(one)) = a.attributes().and_then(|map| map.get("lbl").cloned())
            && one.len() == 1 { set(r, a, "lbl", one[0].clone()); })),
    Fault::new("the address of the parent for a created resource", &["DMR/CRE/016_CNT"],
        Turn::Answer(|r, a, _| if r.argument("rcn") == Some("2") && a.code() == 2001 {
            a.content = json!({"m2m:uri": r.path});
        })),
    Fault::new("references without names", &["DMR/RET/024_CNT"],
        Turn::Answer(|_, a, _| for one in references(a).into_iter().flatten() {
            one.as_object_mut().map(|map| map.shift_remove("nm"));
        })),
    Fault::new("the last reference left out", &["DMR/RET/024_CNT", "TS-0004/7.5.2/references"],
        Turn::Answer(|_, a, _| { references(a).and_then(Vec::pop); })),
    Fault::new("one match of a discovery left out", &["DIS/001", "DIS/002"],
        Turn::Answer(|_, a, _| { found(a).and_then(Vec::pop); })),
    Fault::new("a match that is none", &["DIS/001", "DIS/002"],
        Turn::Answer(|_, a, _| if let Some(list) = found(a) { list.push(json!("cse-in/nowhere")); })),
    Fault::new("the answer of one member lost", &["GMG/005_RET", "GMG/006_RET"],
        Turn::Answer(|_, a, _| if let Some(Json::Array(list)) = a.content.get_mut("m2m:agr")
            .and_then(|aggregate| aggregate.get_mut("m2m:rsp")) { list.pop(); })),
    Fault::new("no App-ID of an AE", &["REG/RET/003"], Turn::Answer(|r, a, _| without(r, a, "api"))),
    Fault::new("another kind of CSE", &["REG/RET/005"], Turn::Answer(|r, a, _| shift(r, a, "cst", 1))),
];
