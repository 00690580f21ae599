//! Deeds about groups, polling channels and request resources, and how results come back.

use onem2m_cse::primitive::Operation;
use serde_json::json;

use super::Deed;
use super::ask::{Ask, originator, place};
use super::made::attributes;
use crate::model::{Attributes, Manner};

/// How many kinds of deeds there are.
pub const KINDS: u8 = 36;

/// Who may be in a group. The AE has two spellings, and one is never there.
const MEMBERS: [&str; 8] = [
    "cse-in/Cae0/c0",
    "cse-in/Cae0/c1",
    "cse-in/Cae1/c0",
    "cse-in/Cae0",
    "Cae0",
    "cse-in/Cae0/c0/c0",
    "cse-in/Cae0/c0",
    "cse-in/nowhere",
];

fn members(byte: u8) -> Vec<&'static str> {
    MEMBERS.into_iter().enumerate().filter(|(place, _)| byte >> place & 1 == 1).map(|(_, id)| id).collect()
}

fn home(at: u8) -> String {
    if at >= 0xF0 { "cse-in".into() } else { place(at & !6, 9) }
}

/// The request that a deed is, if it is about these.
pub fn ask([kind, who, at, a, b, c]: Deed, _now: i64, orders: &[&String]) -> Option<Ask> {
    let from = originator(who, at);
    let ask = |operation, to: String, ty, attributes| Ask::new(operation, from, to, ty, attributes);
    let group = format!("{}/g0", home(at));
    Some(match kind % KINDS {
        24 | 25 => ask(Operation::Create, home(at), 9, group_of([a, b, c])),
        26 | 27 | 34 | 35 => fan_out(from, &group, [a, b]),
        28 if c & 3 == 0 => ask(Operation::Delete, group, 0, Attributes::new()),
        28 => ask(Operation::Update, group, 9, change_of([a, b])),
        29 if c & 3 == 0 => ask(Operation::Delete, format!("{}/pch", place(at & !6, 9)), 0, Attributes::new()),
        29 => {
            let mut map = attributes(json!({"rn": if c & 31 == 1 { "other" } else { "pch" }}));
            if a & 3 == 0 {
                map.insert("rqag".into(), true.into());
            }
            ask(Operation::Create, place(at & !6, 9), 15, map)
        }
        30 | 31 => {
            let mut poll = ask(Operation::Retrieve, format!("{}/pch/pcu", place(at & !6, 9)), 0, Attributes::new());
            poll.polls = Some([2, 8, 20, 55][usize::from(a & 3)]);
            poll
        }
        32 => {
            let path = orders.get(usize::from(at) % orders.len().max(1))?;
            let operation = if a & 3 == 0 { Operation::Delete } else { Operation::Retrieve };
            ask(operation, (*path).clone(), 0, Attributes::new())
        }
        _ => return None,
    })
}

fn group_of([a, b, c]: [u8; 3]) -> Attributes {
    let most = [9, 3, 6, 9][usize::from(b & 3)];
    let mut map = attributes(json!({"rn": "g0", "mnm": most, "mid": members(a)}));
    let ty = [None, Some(3), Some(0), None, Some(2), Some(3), Some(4), None][usize::from(b >> 2 & 7)];
    if let Some(ty) = ty {
        map.insert("mt".into(), ty.into());
        if b >> 5 & 3 != 0 {
            map.insert("csy".into(), (b >> 5 & 3).into());
        }
    }
    match c % 16 {
        0 => drop(map.insert("macp".into(), json!(["cse-in/Cae0/p0"]))),
        1 => drop(map.insert("acpi".into(), json!(["cse-in/Cae0/p0"]))),
        2 => drop(map.insert("cr".into(), json!(null))),
        _ => {}
    }
    map
}

fn change_of([a, b]: [u8; 2]) -> Attributes {
    attributes(match b % 8 {
        0 => json!({"mnm": 1}),
        1 => json!({"mnm": 9, "lbl": ["a"]}),
        2 => json!({"macp": ["cse-in/Cae0/p0"]}),
        3 => json!({"mid": members(a), "mnm": 4}),
        4 => json!({"mid": []}),
        _ => json!({"mid": members(a)}),
    })
}

fn fan_out(from: &'static str, group: &str, [a, b]: [u8; 2]) -> Ask {
    let to = format!("{group}/fopt{}", ["", "", "", "/c0", "/la", "", "", "/nowhere"][usize::from(b & 7)]);
    let ask = |operation, ty, attributes| Ask::new(operation, from, to.clone(), ty, attributes);
    match a % 16 {
        0..=3 => ask(Operation::Retrieve, 0, Attributes::new()),
        4..=7 => ask(Operation::Create, 4, attributes(json!({"con": if a & 16 == 0 { "abc" } else { "d" }}))),
        8 | 9 => ask(Operation::Create, 3, attributes(json!({"rn": if a & 16 == 0 { "c0" } else { "c1" }, "mni": 2}))),
        10..=13 => ask(Operation::Update, 3, attributes(json!({"lbl": ["b", "c"]}))),
        _ if b & 0x30 == 0 => ask(Operation::Delete, 0, Attributes::new()),
        _ => ask(Operation::Retrieve, 0, Attributes::new()),
    }
}

/// How the result comes back: most of the time as the answer.
pub fn manner(which: u8, c: u8) -> Manner {
    let later = i64::from(c >> 4 & 7) * 1_500_000;
    let kept = (c & 3 == 0).then_some(later + 50_000_000);
    let tells = (c & 4 == 0).then(|| "http://results".to_owned());
    match which {
        4 => Manner { response_type: 1, kept, ..Manner::default() },
        5 => Manner { response_type: 2, tells, kept, ..Manner::default() },
        6 => Manner { response_type: 1 + (c & 1), tells: tells.filter(|_| c & 1 == 1), after: later, kept },
        7 => Manner { response_type: 4, tells, after: later, kept: None },
        _ => Manner::default(),
    }
}
