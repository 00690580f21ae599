//! What a remote CSE of the tester has: resources of any type, as they were sent.

use onem2m_cse::primitive::{Content, Operation, Rejection, Request, Response, Status};
use onem2m_cse::value::Timestamp;
use serde_json::{Map, Value as Json, json};

use crate::ask::{inside, to_json, value};
use crate::kind::{AE, AEA};

/// The resources, the CSEBase first.
#[derive(Debug)]
pub struct Tree {
    /// The CSE-ID without its slash.
    name: String,
    base: String,
    resources: Vec<Resource>,
    /// Resources ever made, so that no identifier comes twice.
    made: usize,
}

#[derive(Debug)]
struct Resource {
    root: String,
    /// Without the CSE-ID: `cse/name`.
    path: String,
    ri: String,
    attributes: Map<String, Json>,
}

impl Tree {
    /// With a CSEBase and nothing else.
    pub fn new(name: &str, base: &str, attributes: &Json) -> Self {
        let attributes = attributes.as_object().cloned().unwrap_or_default();
        let resource = Resource { root: "m2m:cb".into(), path: base.to_owned(), ri: name.to_owned(), attributes };
        Self { name: name.to_owned(), base: base.to_owned(), resources: vec![resource], made: 0 }
    }

    /// Adds a resource below the CSEBase; its path, without the CSE-ID.
    pub fn plant(&mut self, root: &str, name: &str, attributes: Json) -> String {
        let base = self.base.clone();
        self.plant_below(&base, root, name, name, attributes)
    }

    /// Adds a resource below another, with a name and an identifier; its path, without the CSE-ID.
    pub fn plant_below(&mut self, parent: &str, root: &str, name: &str, ri: &str, attributes: Json) -> String {
        let mut attributes = attributes.as_object().cloned().unwrap_or_default();
        attributes.insert("rn".into(), json!(name));
        attributes.insert("ri".into(), json!(ri));
        let path = format!("{parent}/{name}");
        self.resources.push(Resource { root: root.to_owned(), path: path.clone(), ri: ri.to_owned(), attributes });
        path
    }

    /// The path of what an address means, without the CSE-ID. `…/la` and `…/ol` stay what they are.
    pub fn path_of(&self, to: &str) -> Option<String> {
        let place = self.relative(to);
        let (parent, last) = place.rsplit_once('/').unwrap_or(("", &place));
        if matches!(last, "la" | "ol") {
            return self.find(parent).map(|parent| format!("{}/{last}", parent.path));
        }
        self.find(&place).map(|found| found.path.clone())
    }

    /// What was made last, of that root, below a path: its path and its attributes.
    pub fn newest_below(&self, parent: &str, root: &str) -> Option<(String, Json)> {
        let below = |resource: &&Resource| {
            resource.root == root && resource.path.rsplit_once('/').is_some_and(|(above, _)| above == parent)
        };
        let found = self.resources.iter().rev().find(below)?;
        Some((found.path.clone(), found.attributes.clone().into()))
    }

    /// The attributes of a resource, or null.
    pub fn look(&self, path: &str) -> Json {
        self.find(path).map_or(Json::Null, |found| found.attributes.clone().into())
    }

    /// Takes a resource away, and what is below it.
    pub fn remove(&mut self, path: &str) {
        let below = format!("{path}/");
        self.resources.retain(|resource| resource.path != path && !resource.path.starts_with(&below));
    }

    /// Changes an attribute of a resource, if there is one at that path.
    pub fn change(&mut self, path: &str, name: &str, value: Json) {
        if let Some(found) = self.resources.iter_mut().find(|resource| resource.path == path) {
            found.attributes.insert(name.to_owned(), value);
        }
    }

    fn find(&self, place: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.path == place || resource.ri == place)
    }

    /// The position of what an address means; of `la` and `ol` the instance.
    fn position(&self, to: &str) -> Option<usize> {
        let path = self.path_of(to)?;
        if let Some(there) = self.resources.iter().position(|resource| resource.path == path) {
            return Some(there);
        }
        let (parent, last) = path.rsplit_once('/')?;
        let is_instance = |resource: &Resource| {
            resource.root == "m2m:cin" && resource.path.rsplit_once('/').is_some_and(|(above, _)| above == parent)
        };
        match last {
            "ol" => self.resources.iter().position(is_instance),
            _ => self.resources.iter().rposition(is_instance),
        }
    }

    /// Carries a request out.
    pub fn answer(&mut self, request: &Request) -> Response {
        let found = self.position(&request.to);
        let target = found.and_then(|number| self.resources.get_mut(number));
        let Some(target) = target else {
            let nothing = Rejection::new(Status::NOT_FOUND, format!("{}: the tester has no such resource", request.to));
            return Response::rejected(&nothing, request);
        };
        let content = request.content.as_ref().map(to_json).unwrap_or_default();
        match request.operation {
            Operation::Create => {
                let (path, ri) = (target.path.clone(), target.ri.clone());
                self.create(request, &content, &path, &ri)
            }
            Operation::Retrieve => shown(target, Status::OK, request),
            Operation::Update => {
                target.attributes.extend(inside(&content).as_object().cloned().unwrap_or_default());
                target.attributes.retain(|_, value| !value.is_null());
                target.attributes.insert("lt".into(), json!(Timestamp::now().to_string()));
                shown(target, Status::UPDATED, request)
            }
            Operation::Delete => {
                let gone = target.path.clone();
                self.remove(&gone);
                Response::new(Status::DELETED, request)
            }
            Operation::Notify => Response::new(Status::OK, request),
        }
    }

    fn create(&mut self, request: &Request, content: &Json, parent: &str, pi: &str) -> Response {
        let now = Timestamp::now().to_string();
        self.made = self.made.saturating_add(1);
        let mut ri = format!("{}r{}", self.name, self.made);
        let mut attributes = inside(content).as_object().cloned().unwrap_or_default();
        if request.resource_type == Some(AE.number) {
            // TS-0001 10.2.2.2: the AE keeps the AE-ID-stem that it proposes; otherwise it is given one.
            let proposed = request.originator.as_deref().filter(|stem| stem.len() > 1 && stem.starts_with(['C', 'S']));
            ri = proposed.map_or_else(|| format!("C{ri}"), str::to_owned);
            attributes.insert("aei".into(), json!(ri));
        }
        if request.resource_type == Some(AEA.number) {
            ri = self.announce(request, &mut attributes);
        }
        let name = attributes.get("rn").and_then(Json::as_str).unwrap_or(&ri).to_owned();
        let given = json!({"rn": name, "ty": request.resource_type, "ri": ri, "pi": pi, "ct": now, "lt": now});
        attributes.extend(given.as_object().cloned().unwrap_or_default());
        let root = content.as_object().and_then(|content| content.keys().next()).cloned().unwrap_or_default();
        let made = Resource { root, path: format!("{parent}/{name}"), ri, attributes };
        let response = shown(&made, Status::CREATED, request);
        self.resources.push(made);
        response
    }

    /// TS-0001 10.2.2.2, steps 006a and 007a: the IN-CSE gives an AE its AE-ID-stem when the originator says none, and the
    /// link names it from then on.
    fn announce(&self, request: &Request, attributes: &mut Map<String, Json>) -> String {
        let stem = request.originator.as_deref().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        if stem != "S" {
            return stem.to_owned();
        }
        let given = format!("S{}r{}", self.name, self.made);
        let link = attributes.get("lnk").and_then(Json::as_str).and_then(|link| link.strip_suffix("/S"));
        if let Some(link) = link.map(|link| format!("{link}/{given}")) {
            attributes.insert("lnk".into(), json!(link));
        }
        given
    }

    /// The part of an address behind the CSE-ID; the CSE-ID alone is the base.
    fn relative(&self, to: &str) -> String {
        let parts: Vec<&str> = to.split('/').filter(|part| !part.is_empty()).collect();
        let behind = parts.iter().position(|part| *part == self.name).map_or(0, |at| at.saturating_add(1));
        match parts.get(behind..).unwrap_or_default() {
            [] => self.name.clone(),
            // TS-0004 6.2.4: a dash stands for the name of the CSEBase.
            ["-"] => self.base.clone(),
            ["-", rest @ ..] => format!("{}/{}", self.base, rest.join("/")),
            rest => rest.join("/"),
        }
    }
}

fn shown(resource: &Resource, status: Status, request: &Request) -> Response {
    let mut response = Response::new(status, request);
    response.content = Some(Content::Value(value(&json!({resource.root.as_str(): resource.attributes}))));
    response
}
