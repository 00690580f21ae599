//! What a CSE should do, as simply as it can be said: a tree in a `BTreeMap`, everything looked up by walking all of it.
//!
//! It is written from the clauses and shares no code with the engine; all that it borrows is the reading and writing of
//! instants. It knows AEs, containers, instances, policies, subscriptions, groups, polling channels and requests that are
//! acknowledged first, and of these what sequences make use of.

pub mod access;
mod change;
mod channels;
mod create;
mod groups;
mod leave;
mod look;
mod orders;
mod perform;
mod tell;

use std::collections::BTreeMap;

pub use orders::{Manner, Order, root_of};
use serde_json::{Map, Value as Json, json};

/// An object.
pub type Attributes = Map<String, Json>;

/// Microseconds since 1970.
pub type Instant = i64;

/// TS-0004 6.6: the codes that occur.
pub mod code {
    #![allow(missing_docs, reason = "the names are the standard's")]
    pub const ACCEPTED: u16 = 1000;
    pub const ACCEPTED_SYNCH: u16 = 1001;
    pub const ACCEPTED_ASYNCH: u16 = 1002;
    pub const OK: u16 = 2000;
    pub const CREATED: u16 = 2001;
    pub const DELETED: u16 = 2002;
    pub const UPDATED: u16 = 2004;
    pub const BAD_REQUEST: u16 = 4000;
    pub const NOT_FOUND: u16 = 4004;
    pub const NOT_ALLOWED: u16 = 4005;
    pub const NO_PRIVILEGE: u16 = 4103;
    pub const CONFLICT: u16 = 4105;
    pub const INVALID_CHILD: u16 = 4108;
    pub const NO_MEMBERS: u16 = 4109;
    pub const INCONSISTENT: u16 = 4110;
    pub const ALREADY_REGISTERED: u16 = 4117;
    pub const FAILED: u16 = 5000;
    pub const RECEIVER_NO_PRIVILEGE: u16 = 5105;
    pub const NOT_SUBSCRIBABLE: u16 = 5203;
    pub const VERIFICATION_FAILED: u16 = 5204;
    pub const NOT_ACCEPTABLE: u16 = 5207;
    pub const NOT_TO_BE_RECALLED: u16 = 5220;
    pub const TOO_MANY_MEMBERS: u16 = 6010;
}

/// A resource.
#[derive(Clone, Debug)]
pub struct Node {
    /// It came so many-th.
    pub number: u64,
    /// `ty`.
    pub ty: u32,
    /// Whoever created it.
    pub owner: String,
    /// What rests, without what is computed.
    pub attributes: Attributes,
    /// `et`.
    pub expires: Option<Instant>,
    /// `st` of a container.
    pub state_tag: u64,
}

impl Node {
    /// `ri`; empty for what the CSE made by itself.
    #[must_use]
    pub fn id(&self) -> &str {
        self.attributes.get("ri").and_then(Json::as_str).unwrap_or_default()
    }
}

/// What somebody who subscribed is to hear: the event type and the representation.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// `net`.
    pub net: u64,
    /// `rep`.
    pub rep: Json,
}

/// The tree, by path.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// All resources.
    pub nodes: BTreeMap<String, Node>,
    /// What each subscription that was ever made should have told, by its identifier.
    pub told: BTreeMap<String, Vec<Told>>,
    /// What was acknowledged and is still to be done, by the path of the request resource that stands for it.
    pub orders: BTreeMap<String, Order>,
    /// Results that somebody is to be told, by the identifier of the request: the code, whom, and whether that one is there
    /// and has not heard it yet.
    pub results: BTreeMap<String, (u16, String, bool)>,
    count: u64,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the standard's")]
pub enum Act {
    Create,
    Retrieve,
    Update,
    Delete,
}

/// A request, as far as the model needs to know.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What.
    pub act: Act,
    /// Who.
    pub from: String,
    /// Where, as a path from the CSEBase.
    pub to: String,
    /// `ty`.
    pub ty: u32,
    /// What is inside the root of the content.
    pub attributes: Attributes,
    /// Whether whoever a subscription names has been asked and is willing.
    pub welcome: bool,
    /// The identifiers that the CSE has chosen: one, or one for each member of a group; 5000 for a member that it failed.
    pub chosen: Vec<String>,
}

/// What comes of a request.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The status code.
    pub code: u16,
    /// The representation that is shown; `None` where none is compared.
    pub shown: Option<Json>,
    /// What each member of a group says, in their order, if there was a group.
    pub members: Vec<(String, Self)>,
}

/// Five years, the longest life.
const LIFE: Instant = 157_680_000_000_000;

impl Model {
    /// An empty tree: the CSEBase and the administrator's policy.
    #[must_use]
    pub fn new() -> Self {
        let mut model = Self::default();
        model.put("cse-in", 5, "", json!({"ri": "id-in"}), None);
        let rule = json!({"acr": [{"acor": ["CAdmin"], "acop": 63}]});
        model.put("cse-in/acpAdministration", 1, "CAdmin", json!({"pv": rule, "pvs": rule}), None);
        model
    }

    pub(super) fn put(&mut self, path: &str, ty: u32, owner: &str, attributes: Json, expires: Option<Instant>) {
        self.count += 1;
        let Json::Object(attributes) = attributes else { unreachable!("an object") };
        let node = Node { number: self.count, ty, owner: owner.to_owned(), attributes, expires, state_tag: 0 };
        self.nodes.insert(path.to_owned(), node);
    }

    /// The children of that path, as they came.
    #[must_use]
    pub fn children(&self, path: &str) -> Vec<(&String, &Node)> {
        let mut children: Vec<_> = self.nodes.iter().filter(|(at, _)| parent(at) == Some(path)).collect();
        children.sort_by_key(|(_, node)| node.number);
        children
    }

    /// All that lies below that path and can be had, as it came.
    #[must_use]
    pub fn below(&self, path: &str) -> Vec<(&String, &Node)> {
        let prefix = format!("{path}/");
        let mut below: Vec<_> =
            self.nodes.iter().filter(|(at, _)| at.starts_with(&prefix) && !self.hidden(at)).collect();
        below.sort_by_key(|(_, node)| node.number);
        below
    }

    pub(super) fn instances(&self, path: &str) -> Vec<(String, u64)> {
        let instances = self.children(path).into_iter().filter(|(_, node)| node.ty == 4);
        instances.map(|(path, node)| (path.clone(), node.attributes["cs"].as_u64().unwrap())).collect()
    }

    /// The path of the resource of that identifier.
    #[must_use]
    pub fn path_of(&self, id: &str) -> Option<&String> {
        self.nodes.iter().find(|(_, node)| node.id() == id).map(|(path, _)| path)
    }

    /// What a RETRIEVE shows.
    #[must_use]
    pub fn shown(&self, path: &str) -> Attributes {
        let node = &self.nodes[path];
        let mut shown = node.attributes.clone();
        if node.ty == 3 {
            let instances = self.instances(path);
            shown.insert("st".into(), node.state_tag.into());
            shown.insert("cni".into(), instances.len().into());
            shown.insert("cbs".into(), instances.iter().map(|(_, size)| size).sum::<u64>().into());
        }
        shown
    }
}

/// The path above.
#[must_use]
pub fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

/// An instant as the standard writes it.
#[must_use]
pub fn text(at: Instant) -> Json {
    onem2m_cse::value::Timestamp::from_micros(at).to_string().into()
}

fn instant(value: Option<&Json>) -> Option<Instant> {
    onem2m_cse::value::Timestamp::parse(value?.as_str()?).map(|at| at.as_micros())
}

/// A list of texts in a node.
#[must_use]
pub fn list(node: &Node, name: &str) -> Vec<String> {
    list_of(&node.attributes, name)
}

fn list_of(attributes: &Attributes, name: &str) -> Vec<String> {
    let items = attributes.get(name).and_then(Json::as_array);
    items.into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

fn size(attributes: &Attributes) -> u64 {
    match &attributes["con"] {
        Json::String(text) => text.len() as u64,
        other => other.to_string().len() as u64,
    }
}
