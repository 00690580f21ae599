//! What a part of the tree should look like: a model that knows what each operation means.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

/// Containers by path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree(pub BTreeMap<String, Container>);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    pub id: Id,
    pub most: Option<usize>,
    pub labels: Vec<String>,
    /// In the order of their creation.
    pub instances: Vec<Instance>,
}

/// Its content is unlike any other's, so it says which instance this is.
#[derive(Clone, PartialEq)]
pub struct Instance {
    pub id: Id,
    pub content: String,
}

/// Its name and size are enough to recognise it in the story of a failure.
impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, filling) = self.content.split_once(' ').unwrap_or((&self.content, ""));
        write!(f, "{} {name}+{}", self.id.0, filling.len())
    }
}

/// A resource identifier, once it is known. Nothing is compared by it: a creation without an answer is as good.
#[derive(Clone, Debug, Default)]
pub struct Id(pub String);

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_empty() || other.0.is_empty() || self.0 == other.0
    }
}

/// Something that a client asks for.
#[derive(Clone, Debug)]
pub enum Deed {
    Container {
        path: String,
        most: Option<usize>,
    },
    Instance {
        path: String,
        content: String,
    },
    Update {
        path: String,
        labels: Vec<String>,
        most: Option<usize>,
    },
    /// A container and all below it.
    DeleteContainer {
        path: String,
    },
    DeleteInstance {
        path: String,
        id: String,
    },
}

impl Deed {
    /// Method, path, type and body.
    pub fn request(&self) -> (&'static str, String, Option<u32>, Option<Value>) {
        match self {
            Self::Container { path, most } => {
                let (parent, name) = path.rsplit_once('/').unwrap();
                let mut container = json!({ "rn": name });
                set_most(&mut container, *most);
                ("POST", parent.into(), Some(3), Some(json!({ "m2m:cnt": container })))
            }
            Self::Instance { path, content } => {
                ("POST", path.clone(), Some(4), Some(json!({ "m2m:cin": { "con": content } })))
            }
            Self::Update { path, labels, most } => {
                let mut change = json!({ "lbl": labels });
                set_most(&mut change, *most);
                ("PUT", path.clone(), None, Some(json!({ "m2m:cnt": change })))
            }
            Self::DeleteContainer { path } => ("DELETE", path.clone(), None, None),
            Self::DeleteInstance { id, .. } => ("DELETE", format!("/{id}"), None, None),
        }
    }

    /// The response status code of success.
    pub fn expected(&self) -> u16 {
        match self {
            Self::Container { .. } | Self::Instance { .. } => 2001,
            Self::Update { .. } => 2004,
            Self::DeleteContainer { .. } | Self::DeleteInstance { .. } => 2002,
        }
    }
}

fn set_most(attributes: &mut Value, most: Option<usize>) {
    if let Some(most) = most {
        attributes["mni"] = most.into();
    }
}

impl Tree {
    /// Carries a deed out; `id` is the identifier of what it creates. Answers the identifiers of what is gone.
    pub fn apply(&mut self, deed: &Deed, id: &str) -> Vec<String> {
        let id = Id(id.into());
        match deed {
            Deed::Container { path, most } => {
                self.0.insert(path.clone(), Container { id, most: *most, ..Container::default() });
                Vec::new()
            }
            Deed::Instance { path, content } => {
                let container = self.0.get_mut(path).unwrap();
                container.instances.push(Instance { id, content: content.clone() });
                container.make_room()
            }
            Deed::Update { path, labels, most } => {
                let container = self.0.get_mut(path).unwrap();
                container.labels.clone_from(labels);
                container.most = most.or(container.most);
                container.make_room()
            }
            Deed::DeleteContainer { path } => {
                let below = format!("{path}/");
                let gone = |name: &String| name == path || name.starts_with(&below);
                let of = |container: &Container| {
                    let instances = container.instances.iter().map(|instance| instance.id.0.clone());
                    instances.chain([container.id.0.clone()]).collect::<Vec<_>>()
                };
                let ids = self.0.iter().filter(|(name, _)| gone(name)).flat_map(|(_, container)| of(container));
                let ids = ids.collect();
                self.0.retain(|name, _| !gone(name));
                ids
            }
            Deed::DeleteInstance { path, id } => {
                self.0.get_mut(path).unwrap().instances.retain(|instance| instance.id.0 != *id);
                vec![id.clone()]
            }
        }
    }
}

impl Container {
    /// The oldest go when there are too many.
    fn make_room(&mut self) -> Vec<String> {
        let surplus = self.most.map_or(0, |most| self.instances.len().saturating_sub(most));
        self.instances.drain(..surplus).map(|instance| instance.id.0).collect()
    }
}
