//! What a CSE should do, as simply as it can be said: a tree in a `BTreeMap`, everything looked up by walking all of it.
//!
//! It is written from the clauses and shares no code with the engine; all that it borrows is the reading and writing of
//! instants. It knows AEs, containers, instances, policies and subscriptions, and of these what sequences make use of.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::access;

/// An object.
pub type Attributes = Map<String, Json>;

/// Microseconds since 1970.
pub type Instant = i64;

/// TS-0004 6.6: the codes that occur.
pub mod code {
    #![allow(missing_docs, reason = "the names are the standard's")]
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
    pub const ALREADY_REGISTERED: u16 = 4117;
    pub const NOT_SUBSCRIBABLE: u16 = 5203;
    pub const VERIFICATION_FAILED: u16 = 5204;
    pub const NOT_ACCEPTABLE: u16 = 5207;
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
    count: u64,
}

/// A request, as far as the model needs to know.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Who.
    pub from: &'a str,
    /// Where, as a path from the CSEBase.
    pub to: &'a str,
    /// `ty`.
    pub ty: u32,
    /// What is inside the root of the content.
    pub attributes: Attributes,
    /// Whether whoever a subscription names has been asked and is willing.
    pub welcome: bool,
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

    fn put(&mut self, path: &str, ty: u32, owner: &str, attributes: Json, expires: Option<Instant>) {
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

    fn instances(&self, path: &str) -> Vec<(String, u64)> {
        let instances = self.children(path).into_iter().filter(|(_, node)| node.ty == 4);
        instances.map(|(path, node)| (path.clone(), node.attributes["cs"].as_u64().unwrap())).collect()
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

    /// The path that an address with `la` or `ol` at its end means; otherwise itself.
    fn resolve(&self, asked: &Asked<'_>, privilege: u8) -> Result<String, u16> {
        let (parent_path, last) = asked.to.rsplit_once('/').unwrap_or(("", asked.to));
        let holds = |path: &str| self.nodes.get(path).is_some_and(|node| node.ty == 3);
        if !matches!(last, "la" | "ol") || !holds(parent_path) {
            return if self.nodes.contains_key(asked.to) { Ok(asked.to.to_owned()) } else { Err(code::NOT_FOUND) };
        }
        let mut instances = self.instances(parent_path).into_iter();
        match if last == "la" { instances.next_back() } else { instances.next() } {
            Some((path, _)) => Ok(path),
            None if !access::may(self, asked.from, privilege, parent_path) => Err(code::NO_PRIVILEGE),
            None if self.disabled(parent_path) => Err(code::NOT_ALLOWED),
            None => Err(code::NOT_FOUND),
        }
    }

    fn disabled(&self, container: &str) -> bool {
        self.nodes[container].attributes.get("disr") == Some(&Json::Bool(true))
    }

    /// Whether an instance cannot be had because its container says so.
    fn hidden(&self, path: &str) -> bool {
        self.nodes[path].ty == 4 && parent(path).is_some_and(|parent| self.disabled(parent))
    }

    /// RETRIEVE: the path of what is shown.
    ///
    /// # Errors
    /// The status code.
    pub fn retrieve(&self, asked: &Asked<'_>) -> Result<String, u16> {
        let path = self.resolve(asked, access::RETRIEVE)?;
        if !access::may(self, asked.from, access::RETRIEVE, &path) {
            return Err(code::NO_PRIVILEGE);
        }
        if self.hidden(&path) { Err(code::NOT_ALLOWED) } else { Ok(path) }
    }

    /// DISCOVERY below the CSEBase by label and type: paths in the order of creation.
    #[must_use]
    pub fn discover(&self, from: &str, label: Option<&str>, ty: Option<u32>) -> Vec<String> {
        let labelled = |node: &Node| label.is_none_or(|label| list(node, "lbl").iter().any(|own| own == label));
        let mut found: Vec<_> = self.nodes.iter().filter(|(path, _)| *path != "cse-in").collect();
        found.retain(|(path, node)| {
            labelled(node)
                && ty.is_none_or(|ty| ty == node.ty)
                && access::may(self, from, access::DISCOVERY, path)
                && !self.hidden(path)
        });
        found.sort_by_key(|(_, node)| node.number);
        found.into_iter().map(|(path, _)| path.clone()).collect()
    }

    /// Whether this CREATE would be turned down before anybody is asked, or needs nobody's consent.
    ///
    /// # Errors
    /// The status code.
    pub fn may_create(&self, asked: &Asked<'_>, now: Instant) -> Result<(), u16> {
        let target = asked.to;
        let Some(above) = self.nodes.get(target) else {
            let holder = target.strip_suffix("/la").or(target.strip_suffix("/ol"));
            let is_virtual = holder.is_some_and(|path| self.nodes.get(path).is_some_and(|node| node.ty == 3));
            return Err(if is_virtual { code::NOT_ALLOWED } else { code::NOT_FOUND });
        };
        if asked.ty != 2 && !access::may_create(self, asked.from, asked.ty, target) {
            return Err(code::NO_PRIVILEGE);
        }
        let holds: &[u32] = match above.ty {
            5 => &[1, 2, 3, 23],
            2 => &[1, 3, 23],
            3 => &[3, 4, 23],
            1 => &[23],
            _ => &[],
        };
        if !holds.contains(&asked.ty) {
            return Err(if asked.ty == 23 { code::NOT_SUBSCRIBABLE } else { code::INVALID_CHILD });
        }
        let a = &asked.attributes;
        if a.contains_key("zzz") || instant(a.get("et")).is_some_and(|at| at <= now) {
            return Err(code::BAD_REQUEST);
        }
        let name = a.get("rn").and_then(Json::as_str);
        let taken = name.is_some_and(|name| self.nodes.contains_key(&format!("{target}/{name}")));
        match asked.ty {
            2 if self.nodes.values().any(|node| node.ty == 2 && node.owner == asked.from) => {
                return Err(code::ALREADY_REGISTERED);
            }
            4 if above.attributes.get("mbs").and_then(Json::as_u64).is_some_and(|most| size(a) > most) => {
                return Err(code::NOT_ACCEPTABLE);
            }
            23 if !access::may(self, asked.from, access::RETRIEVE, target) => return Err(code::NO_PRIVILEGE),
            _ => {}
        }
        if asked.ty == 23 && taken {
            return Err(code::CONFLICT);
        }
        if asked.ty == 23 && !asked.welcome {
            return Err(code::VERIFICATION_FAILED);
        }
        if !list_of(a, "acpi").iter().all(|id| self.nodes.get(id).is_some_and(|node| node.ty == 1)) {
            return Err(code::BAD_REQUEST);
        }
        // A name that is taken may be free once the oldest instance has made room.
        if taken && !(asked.ty == 4 && self.would_make_room(target, &format!("{target}/{}", name.unwrap()), size(a))) {
            return Err(code::CONFLICT);
        }
        Ok(())
    }

    fn would_make_room(&self, container: &str, gone: &str, bytes: u64) -> bool {
        let mut other = self.clone();
        other.make_room(container, 1, bytes);
        !other.nodes.contains_key(gone)
    }

    /// CREATE. `ri` and `rn` are what the CSE has chosen where nobody else did.
    ///
    /// # Errors
    /// The status code.
    pub fn create(&mut self, asked: &Asked<'_>, now: Instant, ri: &str) -> Result<String, u16> {
        self.may_create(asked, now)?;
        let mut attributes = asked.attributes.clone();
        let name = attributes.get("rn").and_then(Json::as_str).unwrap_or(ri).to_owned();
        let path = format!("{}/{name}", asked.to);
        let above = self.nodes[asked.to].clone();
        let most = above.expires.map_or(now + LIFE, |parents| parents.min(now + LIFE));
        let mut expires = instant(attributes.get("et")).map_or(most, |wish| wish.min(most));
        if asked.ty == 4 {
            let bytes = size(&attributes);
            self.make_room(asked.to, 1, bytes);
            let container = self.nodes.get_mut(asked.to).unwrap();
            container.state_tag += 1;
            attributes.insert("cs".into(), bytes.into());
            attributes.insert("st".into(), container.state_tag.into());
            if let Some(age) = above.attributes.get("mia").and_then(Json::as_i64) {
                expires = expires.min(now + age * 1_000_000);
            }
        }
        if asked.ty == 2 {
            attributes.insert("aei".into(), asked.from.into());
        }
        let universal = [("rn", name.into()), ("ty", asked.ty.into()), ("ri", ri.into())];
        for (name, value) in universal {
            attributes.insert(name.into(), value);
        }
        attributes.insert("pi".into(), above.id().into());
        attributes.insert("ct".into(), text(now));
        attributes.insert("lt".into(), text(now));
        attributes.insert("et".into(), text(expires));
        if attributes.get("cr") == Some(&Json::Null) {
            attributes.insert("cr".into(), asked.from.into());
        }
        self.put(&path, asked.ty, asked.from, Json::Object(attributes), Some(expires));
        if asked.ty == 23 {
            self.told.insert(ri.to_owned(), Vec::new());
        }
        self.tell(asked.to, &path, 3);
        if asked.ty == 4 {
            self.make_room(asked.to, 0, 0);
        }
        Ok(path)
    }

    /// UPDATE.
    ///
    /// # Errors
    /// The status code.
    pub fn update(&mut self, asked: &Asked<'_>, now: Instant) -> Result<String, u16> {
        let path = asked.to;
        let Some(node) = self.nodes.get(path).cloned() else {
            let holder = path.strip_suffix("/la").or(path.strip_suffix("/ol"));
            let is_virtual = holder.is_some_and(|path| self.nodes.get(path).is_some_and(|node| node.ty == 3));
            return Err(if is_virtual { code::NOT_ALLOWED } else { code::NOT_FOUND });
        };
        if node.ty == 4 {
            return Err(code::NOT_ALLOWED);
        }
        if node.ty != asked.ty {
            return Err(code::BAD_REQUEST);
        }
        let a = &asked.attributes;
        let may = if a.contains_key("acpi") {
            access::may_change_policies(self, asked.from, path)
        } else {
            access::may(self, asked.from, access::UPDATE, path)
        };
        if !may {
            return Err(code::NO_PRIVILEGE);
        }
        if a.contains_key("zzz") {
            return Err(code::BAD_REQUEST);
        }
        let mut expires = node.expires;
        if let Some(wish) = a.get("et") {
            let parents = self.nodes[parent(path).unwrap()].expires;
            let most = parents.map_or(now + LIFE, |parents| parents.min(now + LIFE));
            let next = instant(Some(wish)).unwrap_or(most);
            let children = self.children(path);
            let outlived = |next| children.iter().any(|(_, child)| child.expires.is_some_and(|at| at > next));
            if next <= now || (node.expires.is_some_and(|at| next.min(most) < at) && outlived(next.min(most))) {
                return Err(code::BAD_REQUEST);
            }
            expires = Some(next.min(most));
        }
        if !list_of(a, "acpi").iter().all(|id| self.nodes.get(id).is_some_and(|node| node.ty == 1)) {
            return Err(code::BAD_REQUEST);
        }
        let node = self.nodes.get_mut(path).unwrap();
        for (name, value) in a {
            if value.is_null() {
                node.attributes.remove(name)
            } else {
                node.attributes.insert(name.clone(), value.clone())
            };
        }
        node.expires = expires;
        node.attributes.insert("et".into(), text(expires.unwrap()));
        node.attributes.insert("lt".into(), text(now));
        if node.ty == 3 {
            node.state_tag += 1;
            self.make_room(path, 0, 0);
        }
        self.tell(path, path, 1);
        Ok(path.to_owned())
    }

    /// DELETE: the path of what went.
    ///
    /// # Errors
    /// The status code.
    pub fn delete(&mut self, asked: &Asked<'_>) -> Result<String, u16> {
        let path = self.resolve(asked, access::DELETE)?;
        if !access::may(self, asked.from, access::DELETE, &path) {
            return Err(code::NO_PRIVILEGE);
        }
        if self.hidden(&path) {
            return Err(code::NOT_ALLOWED);
        }
        self.remove(&path);
        Ok(path)
    }

    /// Whether the subscription of that identifier is there, and whoever it is to tell.
    #[must_use]
    pub fn reaches(&self, id: &str) -> bool {
        let Some(node) = self.nodes.values().find(|node| node.ty == 23 && node.id() == id) else { return false };
        let targets = list(node, "nu");
        let registered = |name: &String| self.nodes.values().any(|node| node.ty == 2 && node.owner == *name);
        targets.iter().all(|target| target.contains("://") || registered(target))
    }

    /// Whatever has expired goes, the earliest first.
    pub fn expire(&mut self, now: Instant) {
        loop {
            let due = self.nodes.iter().filter(|(_, node)| node.expires.is_some_and(|at| at <= now));
            let Some(path) = due.min_by_key(|(_, node)| (node.expires, node.number)).map(|(path, _)| path.clone())
            else {
                return;
            };
            self.remove(&path);
        }
    }

    fn remove(&mut self, path: &str) {
        self.tell(path, path, 2);
        self.tell(parent(path).unwrap_or_default(), path, 4);
        let below = format!("{path}/");
        self.nodes.retain(|at, _| at != path && !at.starts_with(&below));
    }

    /// TS-0004 7.4.7.2.1: the oldest go, without a word, until so many more of so many bytes fit.
    fn make_room(&mut self, container: &str, more: u64, bytes: u64) {
        let limit = |name: &str| self.nodes[container].attributes.get(name).and_then(Json::as_u64).unwrap_or(u64::MAX);
        let (most, most_bytes) = (limit("mni"), limit("mbs"));
        loop {
            let instances = self.instances(container);
            let size: u64 = instances.iter().map(|(_, size)| size).sum();
            let fits = instances.len() as u64 + more <= most && size.saturating_add(bytes) <= most_bytes;
            let Some((oldest, _)) = instances.first().filter(|_| !fits) else { return };
            self.nodes.remove(oldest);
        }
    }

    /// Whoever subscribed to `subscribed` and wants to hear of that kind of event is told of `path`.
    fn tell(&mut self, subscribed: &str, path: &str, net: u64) {
        if self.nodes.get(subscribed).is_none_or(|node| node.ty == 23) {
            return;
        }
        let subscriptions = self.children(subscribed).into_iter().filter(|(at, node)| node.ty == 23 && *at != path);
        let wants = |node: &&Node| node.attributes["enc"]["net"].as_array().unwrap().contains(&net.into());
        let wanting: Vec<String> =
            subscriptions.map(|(_, node)| node).filter(wants).map(|node| node.id().to_owned()).collect();
        let told = Told { net, rep: Json::Object(self.shown(path)) };
        for id in wanting {
            self.told.entry(id).or_default().push(told.clone());
        }
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
