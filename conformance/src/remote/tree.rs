//! What a remote CSE of the tester has: resources of any type, as they were sent.

use onem2m_cse::primitive::{Content, Operation, Rejection, Request, Response, Status};
use onem2m_cse::value::Timestamp;
use serde_json::{Map, Value as Json, json};

use crate::ask::{inside, to_json, value};

/// The resources, the CSEBase first.
#[derive(Debug)]
pub struct Tree {
    /// The CSE-ID without its slash.
    name: String,
    base: String,
    resources: Vec<Resource>,
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
        Self { name: name.to_owned(), base: base.to_owned(), resources: vec![resource] }
    }

    /// Adds a resource below the CSEBase; its path, without the CSE-ID.
    pub fn plant(&mut self, root: &str, name: &str, attributes: Json) -> String {
        let mut attributes = attributes.as_object().cloned().unwrap_or_default();
        attributes.insert("rn".into(), json!(name));
        attributes.insert("ri".into(), json!(name));
        let path = format!("{}/{name}", self.base);
        self.resources.push(Resource { root: root.to_owned(), path: path.clone(), ri: name.to_owned(), attributes });
        path
    }

    /// Carries a request out.
    pub fn answer(&mut self, request: &Request) -> Response {
        let place = self.relative(&request.to);
        let found = self.resources.iter().position(|resource| resource.path == place || resource.ri == place);
        let target = found.and_then(|number| self.resources.get_mut(number));
        let (Some(number), Some(target)) = (found, target) else {
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
                let gone = self.resources.remove(number).path;
                self.resources.retain(|resource| !resource.path.starts_with(&format!("{gone}/")));
                Response::new(Status::DELETED, request)
            }
            Operation::Notify => Response::new(Status::OK, request),
        }
    }

    fn create(&mut self, request: &Request, content: &Json, parent: &str, pi: &str) -> Response {
        let now = Timestamp::now().to_string();
        let ri = format!("{}r{}", self.name, self.resources.len());
        let mut attributes = inside(content).as_object().cloned().unwrap_or_default();
        let name = attributes.get("rn").and_then(Json::as_str).unwrap_or(&ri).to_owned();
        let given = json!({"rn": name, "ty": request.resource_type, "ri": ri, "pi": pi, "ct": now, "lt": now});
        attributes.extend(given.as_object().cloned().unwrap_or_default());
        let root = content.as_object().and_then(|content| content.keys().next()).cloned().unwrap_or_default();
        let made = Resource { root, path: format!("{parent}/{name}"), ri, attributes };
        let response = shown(&made, Status::CREATED, request);
        self.resources.push(made);
        response
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
