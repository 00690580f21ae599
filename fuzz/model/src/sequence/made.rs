//! What resources are made with, and what becomes of them: attributes out of small sets.

use serde_json::{Value as Json, json};

use crate::model::{Attributes, text};

/// An object.
pub fn attributes(value: Json) -> Attributes {
    let Json::Object(map) = value else { unreachable!("an object") };
    map
}

/// What a resource of that type is made with.
pub fn made(ty: u32, from: &str, [a, b, c]: [u8; 3], now: i64) -> Attributes {
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
            let content = match c >> 4 & 3 {
                0 => 3,
                1 if net == [1] => 2,
                _ => 1,
            };
            // Over a polling channel, several are acknowledged together: when each counts cannot be told from outside.
            let called = target.contains("://");
            let mut map = attributes(json!({"nu": [target], "enc": {"net": net}, "nct": content}));
            match c & 15 {
                0 | 5 if called => drop(map.insert("exc".into(), json!(2))),
                1 | 6 => drop(map.insert("bn".into(), json!({"num": 2, "dur": "PT20S"}))),
                _ => {}
            }
            map
        }
    };
    match b % 8 {
        0 if ty != 23 => drop(map.insert("lbl".into(), json!(["a", "b"]))),
        1 if ty != 23 => drop(map.insert("lbl".into(), json!(["b"]))),
        _ => {}
    }
    match c % 64 {
        _ if ty == 23 => {}
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

/// What is to become of one.
pub fn changes(ty: u32, [a, _, c]: [u8; 3], now: i64) -> Attributes {
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
