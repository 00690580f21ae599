//! From a deed to a request: originators, places and attributes out of small sets, so that names collide and resources
//! are met again.

use onem2m_cse::codec::json;
use onem2m_cse::primitive::{FilterCriteria, Operation, ReleaseVersion, Request};
use serde_json::{Value as Json, json};

use super::Deed;
use crate::model::{Attributes, text};

/// A request, and what the model needs to know of it.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The operation.
    pub operation: Operation,
    /// Who.
    pub from: &'static str,
    /// Where.
    pub to: String,
    /// The type of the content.
    pub ty: u32,
    /// The inside of the content.
    pub attributes: Attributes,
    /// Label and type to be discovered.
    pub discovers: Option<(Option<&'static str>, Option<u32>)>,
}

/// As a rule whoever owns the place.
fn originator(who: u8, at: u8) -> &'static str {
    match (who & 15, at & 1) {
        (0, _) => "CAdmin",
        (1, _) => "Cother",
        (2 | 3, 0) | (4.., 1) => "Cae1",
        _ => "Cae0",
    }
}

const LABELS: [&str; 3] = ["a", "b", "none"];
const ROOTS: [(u32, &str); 5] = [(1, "acp"), (2, "ae"), (3, "cnt"), (4, "cin"), (23, "sub")];

/// `cse-in/Cae0/c1/c0`, or below it an instance, a policy, a subscription, `la`, `ol`.
fn place(byte: u8, end: u8) -> String {
    if byte >= 0xF8 {
        return "cse-in".into();
    }
    let mut path = format!("cse-in/Cae{}", byte & 1);
    for level in 0..[0, 1, 1, 2][usize::from((byte >> 1) & 3)] {
        // The first of them more often than not.
        path.push_str(if (byte >> (3 + 2 * level)) & 3 == 3 { "/c1" } else { "/c0" });
    }
    match end % 24 {
        0 | 1 => path.push_str("/la"),
        2 => path.push_str("/ol"),
        3 => path.push_str("/i0"),
        4 => path.push_str("/p0"),
        5 => path.push_str("/s0"),
        6 => path.push_str("/nowhere"),
        _ => {}
    }
    path
}

fn attributes(value: Json) -> Attributes {
    let Json::Object(map) = value else { unreachable!("an object") };
    map
}

/// What a resource of that type is made with.
fn made(ty: u32, from: &str, [a, b, c]: [u8; 3], now: i64) -> Attributes {
    let mut map = match ty {
        1 => attributes(json!({
            "pv": {"acr": [rule(a)]},
            "pvs": {"acr": [{"acor": [from], "acop": 63}]},
        })),
        2 => attributes(json!({"api": "Na", "rr": true, "srv": ["3"], "poa": [format!("http://{from}")], "rn": from})),
        3 => match a % 24 {
            0 | 13 => attributes(json!({"mni": 2})),
            1 => attributes(json!({"mbs": 5})),
            2 => attributes(json!({"mia": 20})),
            3 => attributes(json!({"disr": true})),
            4 => attributes(json!({"mni": 0})),
            5 => attributes(json!({"acpi": ["cse-in/Cae0/p0"]})),
            6 => attributes(json!({"cr": null})),
            7 => attributes(json!({"mni": 1, "mbs": 3})),
            8 => attributes(json!({"acpi": ["cse-in/Cae0/p0", "cse-in/Cae1/p0"]})),
            _ => Attributes::new(),
        },
        4 => match a % 6 {
            0 => attributes(json!({"con": "abc"})),
            1 => attributes(json!({"con": {"a": 1}})),
            2 => attributes(json!({"con": ""})),
            3 => attributes(json!({"con": "too long for some", "cnf": "text/plain:0"})),
            4 => attributes(json!({"con": "ä", "cr": null})),
            _ => attributes(json!({"con": 5})),
        },
        _ => {
            let target = if a & 1 == 0 && from.starts_with("Cae") { from.to_owned() } else { "http://outside".into() };
            let net: Vec<u8> = (1..=4).filter(|net| b >> net & 1 == 1 || (b & 31 == 0 && *net == 3)).collect();
            let net = if net.is_empty() { vec![3] } else { net };
            attributes(json!({"nu": [target], "enc": {"net": net}, "nct": 1}))
        }
    };
    match b % 8 {
        0 if ty != 23 => drop(map.insert("lbl".into(), json!(["a", "b"]))),
        1 if ty != 23 => drop(map.insert("lbl".into(), json!(["b"]))),
        _ => {}
    }
    match c % 64 {
        0 | 7 => drop(map.insert("et".into(), text(now + 30_000_000))),
        1 | 11 => drop(map.insert("et".into(), text(now + 95_000_000))),
        2 => drop(map.insert("et".into(), text(now - 1_000_000))),
        3 => drop(map.insert("zzz".into(), json!(1))),
        _ => {}
    }
    map
}

fn rule(a: u8) -> Json {
    let who = [json!(["Cae1"]), json!(["all"]), json!(["Cae0", "Cother"]), json!(["Cae*"])];
    let what = [63, 2, 34, 35, 1, 12, 47, 32];
    json!({"acor": who[usize::from(a & 3)], "acop": what[usize::from(a >> 2 & 7)]})
}

fn changes(ty: u32, [a, _, c]: [u8; 3], now: i64) -> Attributes {
    let mut map = match (ty, a % 10) {
        (1, _) => attributes(json!({"pv": {"acr": [rule(a)]}})),
        (_, 0) => return attributes(json!({"acpi": ["cse-in/Cae0/p0"]})),
        (_, 1) => return attributes(json!({"acpi": null})),
        (_, 2) => attributes(json!({"lbl": null})),
        (3, 3) => attributes(json!({"mni": 1})),
        (3, 4) => attributes(json!({"mni": null, "mbs": 4})),
        (3, 5) => attributes(json!({"disr": true})),
        (_, 6) => attributes(json!({"lbl": ["a"]})),
        (_, 7) => attributes(json!({"et": null})),
        _ => attributes(json!({"lbl": ["b", "c"]})),
    };
    match c % 16 {
        0 => drop(map.insert("et".into(), text(now + 40_000_000))),
        1 => drop(map.insert("et".into(), text(now - 1))),
        2 => drop(map.insert("zzz".into(), json!(1))),
        3 => drop(map.insert("et".into(), text(now + 5_000_000))),
        _ => {}
    }
    map
}

impl Ask {
    /// The request that a deed is; `None` when it is none.
    pub fn of([kind, who, at, a, b, c]: Deed, now: i64) -> Option<Self> {
        let from = originator(who, at);
        let ask = |operation, to: String, ty, attributes| Self { operation, from, to, ty, attributes, discovers: None };
        let create = |ty: u32, to: String, name: Option<&str>| {
            let mut map = made(ty, from, [a, b, c], now);
            if let Some(name) = name {
                map.insert("rn".into(), name.into());
            }
            ask(Operation::Create, to, ty, map)
        };
        let odd = c == 77;
        Some(match kind % 24 {
            0 | 1 => {
                let from = if who & 1 == 0 { "Cae0" } else { "Cae1" };
                let map = made(2, from, [a, b | 2, if c & 31 == 0 { 0 } else { 9 }], now);
                Self {
                    operation: Operation::Create,
                    from,
                    to: "cse-in".into(),
                    ty: 2,
                    attributes: map,
                    discovers: None,
                }
            }
            2..=4 => create(
                3,
                place(if who & 64 == 0 { at & !6 } else { at }, if odd { 0 } else { 9 }),
                [Some("c0"), Some("c1"), None, Some("c0")][usize::from(who >> 4 & 3)],
            ),
            5..=8 => create(4, place(at | 2, 9), [None, Some("i0"), None, None][usize::from(who >> 4 & 3)]),
            9 => create(1, place(at & !6, 9), Some("p0")),
            10 | 11 => create(
                23,
                place(at, if odd { 3 } else { 9 }),
                [Some("s0"), None, Some("s0"), None][usize::from(who >> 4 & 3)],
            ),
            12..=14 => {
                let to = place(at, [9, 4, 9, 9, 9, 0, 9, 3][usize::from(b & 7)]);
                let last = to.rsplit('/').next().unwrap_or_default();
                let ty = match last.as_bytes() {
                    [b'C', ..] => 2,
                    [b'p', ..] => 1,
                    [b'i' | b'l', ..] => 4,
                    b"cse-in" => return None,
                    _ => 3,
                };
                ask(Operation::Update, to, ty, changes(ty, [a, b, c], now))
            }
            15 if at < 0xF8 => ask(Operation::Delete, place(at, b), 0, Attributes::new()),
            16..=18 if at < 0xF8 => ask(Operation::Retrieve, place(at, b), 0, Attributes::new()),
            19 => {
                let label = (a & 4 == 0).then(|| LABELS[usize::from(a % 3)]);
                let ty = (b & 1 == 0).then(|| ROOTS[usize::from(b >> 1) % 5].0);
                let mut discovery = ask(Operation::Retrieve, "cse-in".into(), 0, Attributes::new());
                discovery.discovers = Some((label, ty));
                discovery
            }
            _ => return None,
        })
    }

    /// As the engine gets it.
    pub fn request(&self, number: u64) -> Request {
        let mut request = Request::new(self.operation, &*self.to).from(self.from).identified(format!("r{number}"));
        request.release_version_indicator = ReleaseVersion::R4;
        if self.operation == Operation::Create {
            request.resource_type = Some(self.ty);
        }
        if matches!(self.operation, Operation::Create | Operation::Update) {
            let short = ROOTS.iter().find(|(ty, _)| *ty == self.ty).map_or("x", |(_, short)| short);
            let content = json!({ format!("m2m:{short}"): self.attributes }).to_string();
            request.content = json::decode(content.as_bytes(), 32).ok();
        }
        if let Some((label, ty)) = self.discovers {
            let mut criteria = FilterCriteria::discovery();
            criteria.labels.extend(label.map(Into::into));
            criteria.resource_type.extend(ty);
            request.filter_criteria = Some(Box::new(criteria));
        }
        request
    }
}
