//! Requests that are acknowledged and carried out later (TS-0004 7.3.2.2 to 7.3.2.5).

use serde_json::{Value as Json, json};

use super::{Act, Asked, Attributes, Instant, LIFE, Model, Outcome, code, text};

/// How long a result is kept when nobody says how long.
const KEPT: Instant = 3_600_000_000;

/// When something is taken up again.
const AGAIN: Instant = 60_000_000;

/// How the result gets back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// `rt`: 1 it is fetched, 2 somebody is told, 3 it is waited for, 4 as the CSE likes. 0 for nothing said.
    pub response_type: u8,
    /// `nu` of the response type; nothing for the originator.
    pub tells: Option<String>,
    /// `oet`: it is to be done so many microseconds from now.
    pub after: Instant,
    /// `rp`: the result is kept so many microseconds.
    pub kept: Option<Instant>,
}

impl Manner {
    /// Whether the result is waited for. A request that could be done later or at once is done later, if it says when.
    #[must_use]
    pub const fn blocks(&self) -> bool {
        match self.response_type {
            1 | 2 => false,
            4 => self.after == 0,
            _ => true,
        }
    }
}

/// What is still to be done.
#[derive(Clone, Debug)]
pub struct Order {
    /// What.
    pub asked: Asked,
    /// When.
    pub due: Instant,
    /// When it was taken up, if it waits for somebody else since then.
    pub taken_up: Option<Instant>,
    /// Who is told what came of it.
    pub tells: Option<String>,
    /// The identifier of the request.
    pub identifier: String,
}

impl Model {
    /// The code of the acknowledgement. `ri` is the identifier of the request resource, `mi` its meta information, which
    /// is not modelled.
    pub fn accept(
        &mut self,
        asked: &Asked,
        manner: &Manner,
        identifier: &str,
        ri: &str,
        mi: &Json,
        now: Instant,
    ) -> u16 {
        let tells = match (manner.response_type, &manner.tells) {
            (2, None) => Some(asked.from.clone()),
            (2 | 4, tells) => tells.clone(),
            _ => None,
        };
        let due = now + manner.after;
        let expires = (due + manner.kept.unwrap_or(KEPT)).min(now + LIFE);
        let operation = match asked.act {
            Act::Create => 1,
            Act::Retrieve => 2,
            Act::Update => 3,
            Act::Delete => 4,
        };
        let mut attributes = json!({
            "lbl": [asked.from], "op": operation, "tg": asked.to, "org": asked.from, "rid": identifier, "mi": mi,
            "rs": 3, "ors": {"rsc": code::ACCEPTED, "rqi": identifier}, "rn": ri, "ri": ri, "ty": 17, "pi": "id-in",
            "ct": text(now), "lt": text(now), "et": text(expires),
        });
        if let Some(root) = root(asked) {
            attributes["pc"] = json!({root: asked.attributes});
        }
        let path = format!("cse-in/{ri}");
        self.put(&path, 17, &asked.from, attributes, Some(expires));
        self.tell("cse-in", &path, 3, None);
        let asynch = tells.is_some();
        let order = Order { asked: asked.clone(), due, taken_up: None, tells, identifier: identifier.to_owned() };
        self.orders.insert(path, order);
        if asynch { code::ACCEPTED_ASYNCH } else { code::ACCEPTED_SYNCH }
    }

    /// The CSE ended and began: what was under way is taken up again, a minute after it was first.
    pub fn restarted(&mut self) {
        for order in self.orders.values_mut() {
            order.due = order.taken_up.take().map_or(order.due, |at| at + AGAIN);
        }
    }

    /// Does what was acknowledged. `said` is the result as the CSE keeps it, which the caller has compared.
    pub fn settle(&mut self, path: &str, asked: &Asked, said: &Json, now: Instant) -> Outcome {
        let outcome = self.perform(asked, now);
        let Some(order) = self.orders.remove(path) else { return outcome };
        if let Some(node) = self.nodes.get_mut(path) {
            let before = node.attributes.clone();
            let status = if outcome.code < 3000 { 1 } else { 2 };
            node.attributes.insert("rs".into(), status.into());
            node.attributes.insert("ors".into(), said.clone());
            node.attributes.insert("lt".into(), text(now));
            self.tell(path, path, 1, Some((&before, &Attributes::new())));
        }
        if let Some(target) = order.tells {
            let open = self.is_there(&target);
            self.results.insert(order.identifier, (outcome.code, target, open));
        }
        outcome
    }
}

fn root(asked: &Asked) -> Option<&'static str> {
    (!matches!(asked.act, Act::Retrieve | Act::Delete)).then(|| root_of(asked.ty))
}

/// The root of the content of that type.
#[must_use]
pub const fn root_of(ty: u32) -> &'static str {
    match ty {
        1 => "m2m:acp",
        2 => "m2m:ae",
        3 => "m2m:cnt",
        4 => "m2m:cin",
        9 => "m2m:grp",
        15 => "m2m:pch",
        17 => "m2m:req",
        23 => "m2m:sub",
        _ => "m2m:x",
    }
}
