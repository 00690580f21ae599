//! Faults in what a CSE does with a request.

use hyper::Method;
use serde_json::json;

use super::list::Fault;
use crate::support::proxy::{Asked, Turn};

/// What is asked as if the administrator asked, where only its owner may.
fn as_administrator(asked: &mut Asked, method: &Method) {
    if asked.method == *method && asked.creates() != Some(2) {
        asked.set("x-m2m-origin", "CAdmin");
    }
}

fn drop_attribute(asked: &mut Asked, method: &Method, name: &str) {
    if asked.method == *method
        && let Some(attributes) = asked.attributes()
    {
        attributes.shift_remove(name);
    }
}

fn change_rcn(asked: &mut Asked, from: &str, to: &str) {
    if asked.argument("rcn") == Some(from) {
        asked.drop_argument("rcn");
        asked.query.push(("rcn".into(), to.into()));
    }
}

fn swap_end(asked: &mut Asked, method: &Method, from: &str, to: &str) {
    if asked.method == *method
        && let Some(path) = asked.path.strip_suffix(from)
    {
        asked.path = format!("{path}{to}");
    }
}

/// All of them.
#[rustfmt::skip]
pub const FAULTS: &[Fault] = &[
    Fault::new("everybody may read", &["DMR/RET/003_CNT", "SEC/ACP/012_RET"],
        Turn::Request(|r, _| as_administrator(r, &Method::GET))),
    Fault::new("everybody may change", &["DMR/UPD/006_CNT/LBL"],
        Turn::Request(|r, _| as_administrator(r, &Method::PUT))),
    Fault::new("everybody may delete", &["DMR/DEL/002_CNT"],
        Turn::Request(|r, _| as_administrator(r, &Method::DELETE))),
    Fault::new("everybody may create", &["DMR/CRE/004_CNT"],
        Turn::Request(|r, _| as_administrator(r, &Method::POST))),
    Fault::new("nobody may read but the administrator", &["DMR/RET/001_CNT", "DMR/RET/021_GRP"],
        Turn::Instead(|r| (r.method == Method::GET && r.fields["x-m2m-origin"] != "CAdmin").then_some((4103, 403)))),
    Fault::new("an update that is not carried out", &["DMR/UPD/001_CNT/LBL", "DMR/UPD/014_CNT/MNI"],
        Turn::Instead(|r| (r.method == Method::PUT).then_some((2004, 200)))),
    Fault::new("a deletion that is not carried out", &["DMR/DEL/001_CNT", "DMR/DEL/009"],
        Turn::Instead(|r| (r.method == Method::DELETE).then_some((2002, 200)))),
    Fault::new("the latest instance is the oldest", &["DMR/RET/012"],
        Turn::Request(|r, _| swap_end(r, &Method::GET, "/la", "/ol"))),
    Fault::new("the oldest instance is the latest", &["DMR/RET/010"],
        Turn::Request(|r, _| swap_end(r, &Method::GET, "/ol", "/la"))),
    Fault::new("deleting the latest deletes the oldest", &["DMR/DEL/007"],
        Turn::Request(|r, _| swap_end(r, &Method::DELETE, "/la", "/ol"))),
    Fault::new("deleting the oldest deletes the latest", &["DMR/DEL/009"],
        Turn::Request(|r, _| swap_end(r, &Method::DELETE, "/ol", "/la"))),
    Fault::new("the names of resources are not kept", &["DMR/CRE/002_CNT"],
        Turn::Request(|r, _| drop_attribute(r, &Method::POST, "rn"))),
    Fault::new("labels are not kept", &["DMR/CRE/012_CNT/LBL", "DMR/RET/004_CNT"],
        Turn::Request(|r, _| drop_attribute(r, &Method::POST, "lbl"))),
    Fault::new("maxNrOfInstances is not kept", &["DMR/CRE/012_CNT/MNI", "DMR/CRE/007"],
        Turn::Request(|r, _| drop_attribute(r, &Method::POST, "mni"))),
    Fault::new("maxByteSize is not kept", &["DMR/CRE/013", "DMR/CRE/008"],
        Turn::Request(|r, _| drop_attribute(r, &Method::POST, "mbs"))),
    Fault::new("policies are not kept", &["DMR/UPD/014_CNT/ACPI", "DMR/CRE/012_CNT/ACPI", "SEC/ACP/004_RET"],
        Turn::Request(|r, _| if let Some(map) = r.attributes() && map.shift_remove("acpi").is_some() {
            map.insert("lbl".into(), json!(["instead"]));
        })),
    Fault::new("null removes nothing", &["DMR/UPD/003_CNT/LBL"],
        Turn::Request(|r, _| if r.method == Method::PUT && let Some(map) = r.attributes() {
            map.retain(|_, value| !value.is_null());
        })),
    Fault::new("what is read-only is taken without a word", &["DMR/UPD/007_CNT/CT"],
        Turn::Request(|r, _| drop_attribute(r, &Method::PUT, "ct"))),
    Fault::new("foreign attributes are taken without a word", &["DMR/UPD/009_CNT/EXC"],
        Turn::Request(|r, _| drop_attribute(r, &Method::PUT, "exc"))),
    Fault::new("negative limits are taken without a word", &["DMR/CRE/005_MNI", "TS-0009/6.3.2/errors"],
        Turn::Request(|r, _| if let Some(map) = r.attributes()
            && map.get("mni").is_some_and(|mni| mni.as_i64() < Some(0)) { map.shift_remove("mni"); })),
    Fault::new("a child may be called la", &["DMR/CRE/010"],
        Turn::Request(|r, _| if let Some(map) = r.attributes()
            && map.get("rn") == Some(&json!("la")) { map.shift_remove("rn"); })),
    Fault::new("contents although rcn is 0", &["DMR/CRE/015_CNT", "DMR/UPD/020_CNT", "DMR/DEL/012_CNT"],
        Turn::Request(|r, _| change_rcn(r, "0", "1"))),
    Fault::new("rcn 3 without the address", &["DMR/CRE/017_CNT"], Turn::Request(|r, _| change_rcn(r, "3", "1"))),
    Fault::new("rcn 4 without children", &["DMR/RET/022_CNT", "TS-0004/7.5.2/nested"],
        Turn::Request(|r, _| change_rcn(r, "4", "1"))),
    Fault::new("rcn 5 without references", &["DMR/RET/023_CNT"], Turn::Request(|r, _| change_rcn(r, "5", "1"))),
    Fault::new("rcn 6 is rcn 4", &["DMR/RET/024_CNT"], Turn::Request(|r, _| change_rcn(r, "6", "4"))),
    Fault::new("rcn 8 with attributes", &["DMR/RET/025_CNT"], Turn::Request(|r, _| change_rcn(r, "8", "4"))),
    Fault::new("rcn 9 shows everything", &["DMR/UPD/022_CNT"], Turn::Request(|r, _| change_rcn(r, "9", "1"))),
    Fault::new("an rcn that is not legal is ignored", &["DMR/RET/020_RCN/2", "DMR/UPD/019_RCN/4", "DMR/DEL/011_RCN/2"],
        Turn::Request(|r, _| if !matches!(r.argument("rcn"), Some("0" | "1")) { r.drop_argument("rcn"); })),
    Fault::new("a choice of attributes is ignored", &["DMR/RET/004_CNT", "DMR/RET/006_CNT", "TS-0009/6.2.2.2/atrl"],
        Turn::Request(|r, _| { r.drop_argument("atrl"); })),
    Fault::new("a level is ignored", &["TS-0004/7.3.3.17.14/level"], Turn::Request(|r, _| { r.drop_argument("lvl"); })),
    Fault::new("a limit is ignored", &["TS-0004/7.3.3.17.10/limit"], Turn::Request(|r, _| { r.drop_argument("lim"); })),
    Fault::new("an offset is ignored", &["TS-0004/7.3.3.17.15/offset"],
        Turn::Request(|r, _| { r.drop_argument("ofst"); })),
    Fault::new("a filter by type is ignored", &["TS-0004/7.3.3.17.6/type"],
        Turn::Request(|r, _| { r.drop_argument("ty"); })),
    Fault::new("a filter by label is ignored", &["DIS/002", "DIS/003"], Turn::Request(|r, _| { r.drop_argument("lbl"); })),
    Fault::new("a request that has expired is carried out", &["TS-0004/7.3.2.1/expired"],
        Turn::Request(|r, _| { r.fields.remove("x-m2m-ret"); })),
    Fault::new("a second registration is taken", &["REG/CRE/023"],
        Turn::Request(|r, m| if r.creates() == Some(2) {
            let origin = r.fields["x-m2m-origin"].to_str().unwrap_or_default().to_owned();
            if m.insert(origin.clone(), json!(1)).is_some() { r.set("x-m2m-origin", "C"); drop_attribute(r, &Method::POST, "rn"); }
        })),
    Fault::new("a registration without an App-ID is taken", &["REG/CRE/017_API"],
        Turn::Request(|r, _| if r.creates() == Some(2) && let Some(map) = r.attributes() {
            map.entry("api").or_insert(json!("Nanything"));
        })),
    Fault::new("unstructured identifiers are not known", &["GEN/RET/001_CSR", "GEN/DEL/001_CSR"],
        Turn::Instead(|r| (!r.path.contains('/') && !r.path.starts_with("cse-in")).then_some((4004, 404)))),
    Fault::new("absolute addresses are not known", &["GEN/RET/002_ABS", "TS-0009/6.2.2.1/absolute"],
        Turn::Instead(|r| r.path.starts_with("_/").then_some((4004, 404)))),
];
