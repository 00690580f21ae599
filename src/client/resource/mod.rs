//! Resources: as a CSE shows them ([`Resource`]), and as a program asks for them ([`Draft`]).

mod draft;
mod policy;
mod subscription;
mod types;

pub use draft::{Draft, Other};
pub use policy::Operations;
pub use subscription::{EventType, NotificationContent};
pub use types::{AccessControlPolicy, Ae, Container, ContentInstance, Group, PollingChannel, Schedule, Subscription};

use crate::primitive::Response;
use crate::value::{Address, Attr, FromValue, Map, Scope, SmolStr, Timestamp, Value};

const RESOURCE_ID: Attr<SmolStr> = Attr::new("ri");

/// A resource as a CSE showed it: its type's name on the wire, its attributes, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    root: SmolStr,
    attributes: Map,
    address: SmolStr,
}

impl Resource {
    /// A resource from its parts. `address` is where further requests to it go.
    #[must_use]
    pub fn new(root: impl Into<SmolStr>, attributes: Map, address: impl Into<SmolStr>) -> Self {
        Self { root: root.into(), attributes, address: address.into() }
    }

    /// The resource in a content, `{"m2m:cnt": {…}}`, that was asked for at `target`.
    #[must_use]
    pub fn in_content(content: &Value, target: &str) -> Option<Self> {
        let (root, inner) = content.as_map()?.iter().find(|(_, value)| value.as_map().is_some())?;
        let attributes = inner.as_map()?.clone();
        let address = RESOURCE_ID.get(&attributes).map_or_else(|| target.into(), |id| beside(target, &id));
        Some(Self::new(root.clone(), attributes, address))
    }

    pub(super) fn created(response: &Response, root: &str, parent: &str) -> Self {
        let place = || response.created.clone().map_or_else(|| SmolStr::from(parent), |id| beside(parent, &id));
        Self::in_content(&response.value(), parent).unwrap_or_else(|| Self::new(root, Map::new(), place()))
    }

    pub(super) fn updated(response: &Response, root: &str, target: &str) -> Self {
        Self::in_content(&response.value(), target).unwrap_or_else(|| Self::new(root, Map::new(), target))
    }

    /// Where it is: what further requests take as their target.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where a child of that name is. `la` and `ol` are the latest and the oldest instance of a container.
    #[must_use]
    pub fn child(&self, name: &str) -> SmolStr {
        format!("{}/{name}", self.address).into()
    }

    /// The type's name on the wire: `m2m:cnt`.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// All attributes, by their short names.
    #[must_use]
    pub const fn attributes(&self) -> &Map {
        &self.attributes
    }

    /// An attribute by its typed name, if it is there and of that kind.
    #[must_use]
    pub fn get<T: FromValue>(&self, attribute: &Attr<T>) -> Option<T> {
        attribute.get(&self.attributes)
    }

    /// An attribute by its short name.
    #[must_use]
    pub fn value(&self, short: &str) -> Option<&Value> {
        self.attributes.get(short)
    }

    /// A text by its short name.
    #[must_use]
    pub fn text(&self, short: &str) -> Option<&str> {
        self.value(short)?.as_text()
    }

    /// A whole number by its short name.
    #[must_use]
    pub fn number(&self, short: &str) -> Option<i64> {
        self.value(short)?.as_int()
    }

    /// `ri`.
    #[must_use]
    pub fn resource_id(&self) -> Option<&str> {
        self.text("ri")
    }

    /// `rn`.
    #[must_use]
    pub fn resource_name(&self) -> Option<&str> {
        self.text("rn")
    }

    /// `pi`.
    #[must_use]
    pub fn parent_id(&self) -> Option<&str> {
        self.text("pi")
    }

    /// `ty`.
    #[must_use]
    pub fn resource_type(&self) -> Option<u32> {
        self.get(&Attr::new("ty"))
    }

    /// `lbl`, or none.
    #[must_use]
    pub fn labels(&self) -> Vec<SmolStr> {
        self.get(&Attr::new("lbl")).unwrap_or_default()
    }

    /// `ct`.
    #[must_use]
    pub fn creation_time(&self) -> Option<Timestamp> {
        self.get(&Attr::new("ct"))
    }

    /// `lt`.
    #[must_use]
    pub fn last_modified_time(&self) -> Option<Timestamp> {
        self.get(&Attr::new("lt"))
    }

    /// `et`.
    #[must_use]
    pub fn expiration_time(&self) -> Option<Timestamp> {
        self.get(&Attr::new("et"))
    }

    /// The child resources that came along, when they were asked for (result content 4 or 8).
    #[must_use]
    pub fn children(&self) -> Vec<Self> {
        let roots = self.attributes.iter().filter(|(name, _)| name.contains(':'));
        let each = roots.flat_map(|(root, value)| {
            let items = value.as_list().unwrap_or(std::slice::from_ref(value));
            items.iter().map(move |item| (root, item))
        });
        each.filter_map(|(root, item)| {
            Self::in_content(&Map::from_iter([(root.clone(), item.clone())]).into(), &self.address)
        })
        .collect()
    }
}

/// A resource is a target where one is wanted.
impl From<&Resource> for SmolStr {
    fn from(resource: &Resource) -> Self {
        resource.address.clone()
    }
}

/// An identifier that a CSE gave, as it is to be said to whoever was asked for `target`: identifiers are relative to the CSE
/// that the resource is on.
fn beside(target: &str, id: &str) -> SmolStr {
    let cse = match Address::parse(target).map(|address| address.scope) {
        _ if id.starts_with('/') => None,
        Ok(Scope::SpRelative { cse_id }) => Some(cse_id),
        Ok(Scope::Absolute { sp_id, cse_id }) => Some(format!("{sp_id}{cse_id}").into()),
        Ok(Scope::CseRelative) | Err(_) => None,
    };
    cse.map_or_else(|| id.into(), |cse| format!("{cse}/{id}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;

    fn resource(text: &str, target: &str) -> Option<Resource> {
        Resource::in_content(&json::decode(text.as_bytes(), 32).unwrap(), target)
    }

    #[test]
    fn a_resource_is_addressed_where_it_was_found() {
        let text = r#"{"m2m:cnt":{"ri":"cnt-5","rn":"c","ty":3,"lbl":["a","b"]}}"#;
        for (target, address) in [
            ("cse-in/ae/c", "cnt-5"),
            ("/id-mn/cse-mn/ae/c", "/id-mn/cnt-5"),
            ("//sp.example/id-mn/-/c", "//sp.example/id-mn/cnt-5"),
        ] {
            let found = resource(text, target).unwrap();
            assert_eq!((found.address(), found.child("la").as_str()), (address, &*format!("{address}/la")));
        }
        let found = resource(text, "x").unwrap();
        assert_eq!((found.resource_type(), found.labels().len(), found.text("con")), (Some(3), 2, None));
        assert!(resource(r#"{"m2m:uri":"cse-in/x"}"#, "x").is_none());
        assert!(resource("7", "x").is_none());
    }

    #[test]
    fn children_that_came_along_are_resources_too() {
        let text = r#"{"m2m:cnt":{"ri":"cnt-5","m2m:cin":[{"ri":"cin-6"},{"ri":"cin-7"}],"m2m:sub":{"ri":"sub-8"}}}"#;
        let children = resource(text, "/id-mn/c").unwrap().children();
        let told: Vec<(&str, &str)> = children.iter().map(|child| (child.root(), child.address())).collect();
        assert_eq!(told, [("m2m:cin", "/id-mn/cin-6"), ("m2m:cin", "/id-mn/cin-7"), ("m2m:sub", "/id-mn/sub-8")]);
    }
}
