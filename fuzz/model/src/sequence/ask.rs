//! From a deed to a request: originators, places and attributes out of small sets, so that names collide and resources
//! are met again.

use onem2m_cse::codec::json;
use onem2m_cse::primitive::{FilterCriteria, Operation, ReleaseVersion, Request, ResponseType};
use onem2m_cse::value::AbsRelTimestamp;
use serde_json::json;

use super::made::{changes, made};
use super::{Deed, groups};
use crate::model::{Act, Asked, Attributes, Manner, root_of};

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
    /// How the result is to come back.
    pub manner: Manner,
    /// This is a long poll of so many seconds.
    pub polls: Option<i64>,
}

/// As a rule whoever owns the place.
pub(super) fn originator(who: u8, at: u8) -> &'static str {
    match (who & 15, at & 1) {
        (0, _) => "CAdmin",
        (1, _) => "Cother",
        (2 | 3, 0) | (4.., 1) => "Cae1",
        _ => "Cae0",
    }
}

const LABELS: [&str; 3] = ["a", "b", "none"];
const TYPES: [u32; 8] = [1, 2, 3, 4, 23, 9, 15, 17];

/// `cse-in/Cae0/c1/c0`, or below it an instance, a policy, a subscription, `la`, `ol`.
pub(super) fn place(byte: u8, end: u8) -> String {
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
        10 => path.push_str("/g0"),
        11 => path.push_str("/pch"),
        _ => {}
    }
    path
}

impl Ask {
    /// A request of whoever owns something, as a rule.
    pub(super) fn new(operation: Operation, from: &'static str, to: String, ty: u32, attributes: Attributes) -> Self {
        Self { operation, from, to, ty, attributes, discovers: None, manner: Manner::default(), polls: None }
    }

    /// The request that a deed is; `None` when it is none. `orders` are the request resources that there are.
    pub fn of(deed: Deed, now: i64, orders: &[&String]) -> Option<Self> {
        let [kind, .., c] = deed;
        let mut ask = Self::plain(deed, now).or_else(|| groups::ask(deed, now, orders))?;
        // TS-0004 7.4.12.2.2: requests about requests, and long polls, are waited for.
        if ask.discovers.is_none() && ask.polls.is_none() && !ask.to.contains("/req-") {
            ask.manner = groups::manner(kind / groups::KINDS, c);
        }
        Some(ask)
    }

    fn plain([kind, who, at, a, b, c]: Deed, now: i64) -> Option<Self> {
        let from = originator(who, at);
        let ask = |operation, to: String, ty, attributes| Self::new(operation, from, to, ty, attributes);
        let create = |ty: u32, to: String, name: Option<&str>| {
            let mut map = made(ty, from, [a, b, c], now);
            if let Some(name) = name {
                map.insert("rn".into(), name.into());
            }
            ask(Operation::Create, to, ty, map)
        };
        let odd = c == 77;
        Some(match kind % groups::KINDS {
            0 | 1 => {
                let from = if who & 1 == 0 { "Cae0" } else { "Cae1" };
                let map = made(2, from, [a, b | 2, if c & 31 == 0 { 0 } else { 9 }], now);
                Self::new(Operation::Create, from, "cse-in".into(), 2, map)
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
            33 => create(23, place(at & !6 | 2, 9), [Some("s0"), None][usize::from(who >> 4 & 1)]),
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
                let ty = (b & 1 == 0).then(|| TYPES[usize::from(b >> 1) % 8]);
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
            let content = json!({ root_of(self.ty): self.attributes }).to_string();
            request.content = json::decode(content.as_bytes(), 32).ok();
        }
        let manner = &self.manner;
        request.response_type = ResponseType::from_number(manner.response_type.into());
        request.notification_uris = manner.tells.iter().map(|target| vec![target.as_str().into()]).next();
        let after = |micros: i64| AbsRelTimestamp::After(micros / 1000);
        request.operation_execution_time = (manner.after > 0).then(|| after(manner.after));
        request.result_persistence = manner.kept.map(after);
        request.request_expiration_timestamp = self.polls.map(|seconds| after(seconds * 1_000_000));
        if let Some((label, ty)) = self.discovers {
            let mut criteria = FilterCriteria::discovery();
            criteria.labels.extend(label.map(Into::into));
            criteria.resource_type.extend(ty);
            request.filter_criteria = Some(Box::new(criteria));
        }
        request
    }

    /// As the model gets it.
    pub fn asked(&self, welcome: bool, chosen: Vec<String>) -> Asked {
        let act = match self.operation {
            Operation::Create => Act::Create,
            Operation::Update => Act::Update,
            Operation::Delete => Act::Delete,
            _ => Act::Retrieve,
        };
        let (from, to) = (self.from.to_owned(), self.to.clone());
        Asked { act, from, to, ty: self.ty, attributes: self.attributes.clone(), welcome, chosen }
    }
}
