//! All that a step of a request may touch.

use std::sync::Arc;

use super::Core;
use super::group::Trail;
use super::outward::ask::Talk;
use crate::primitive::{Rejection, Request};
use crate::schema::ResourceType;
use crate::store::StoreError;
use crate::tree::{Node, Record, Tally, View};
use crate::value::{Map, SmolStr, Timestamp, Value};

/// Why a request stops before its end. One `?` carries either.
#[derive(Debug)]
pub enum Stop {
    /// The originator learns why.
    Reject(Rejection),
    /// The embedder learns why; the originator hears "internal server error".
    Fail(StoreError),
    /// Somebody else is being asked; the request walks again when the answer is there.
    Wait,
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Reject(rejection)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Fail(error)
    }
}

/// Something that a request did to the tree; the tap and, later, subscriptions read it.
#[derive(Clone, Debug)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The resource as it is now, or was last.
    pub record: Arc<Record>,
    /// The resource as it was before, when it was updated.
    pub before: Option<Arc<Record>>,
}

impl Change {
    /// A change that is no update.
    #[must_use]
    pub const fn new(kind: ChangeKind, record: Arc<Record>) -> Self {
        Self { kind, record, before: None }
    }
}

/// What happened to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was created.
    Created,
    /// Its attributes were changed.
    Updated,
    /// It was deleted, and everything below it.
    Deleted,
    /// It reached its expiration time.
    Expired,
    /// It made room for a newer one.
    Evicted,
}

/// What a step sees and may change: one request, one view of the tree, one instant.
pub struct Context<'a> {
    /// Configuration, types, behaviours.
    pub core: &'a Core,
    /// The tree as this request sees it, with its own changes on top.
    pub view: View<'a>,
    /// The request.
    pub request: &'a Request,
    /// Who asks: CSE-relative where it belongs to this CSE.
    pub originator: SmolStr,
    /// The instant at which all of this happens.
    pub now: Timestamp,
    /// The number of the next resource.
    pub next_node: u64,
    /// What was done so far.
    pub changes: Vec<Change>,
    /// What it needs of others, and what it has to tell them.
    pub(crate) talk: Talk<'a>,
    /// The groups that it came through.
    pub(crate) trail: Trail,
    /// The resource that the request addresses, once it is known.
    pub(crate) target: Option<Arc<Record>>,
}

/// A resource about to be created.
#[derive(Debug)]
pub struct Newborn {
    /// Its type.
    pub resource_type: Arc<ResourceType>,
    /// Its number.
    pub node: Node,
    /// Its parent.
    pub parent: Arc<Record>,
    /// Its resource identifier; a behaviour may choose another than the one made from the number.
    pub resource_id: SmolStr,
    /// Its name; `None` when the originator gave none.
    pub resource_name: Option<SmolStr>,
    /// Who is remembered as its creator.
    pub owner: SmolStr,
    /// When it expires; already cut to what the parent and the configuration allow.
    pub expiration_time: Option<Timestamp>,
    /// Its attributes, without the universal ones.
    pub attributes: Map,
}

impl<'a> Context<'a> {
    /// At the beginning of the road. Whoever asks is found out on the way.
    pub(crate) fn new(core: &'a Core, view: View<'a>, request: &'a Request, now: Timestamp, next_node: u64) -> Self {
        let originator = SmolStr::default();
        Self {
            core,
            view,
            request,
            originator,
            now,
            next_node,
            changes: Vec::new(),
            talk: Talk::default(),
            trail: Trail::default(),
            target: None,
        }
    }

    /// Whether this only reads: it can neither change anything nor ask anybody.
    pub(crate) const fn is_reader(&self) -> bool {
        self.next_node == 0
    }
}

impl Context<'_> {
    /// A number for a new resource.
    pub fn new_node(&mut self) -> Node {
        let node = Node(self.next_node);
        self.next_node = self.next_node.saturating_add(1);
        node
    }

    /// The type of a stored resource.
    ///
    /// # Errors
    /// 5000 when a vendor's schema was taken away since the resource was created.
    pub fn type_of(&self, record: &Record) -> Result<&Arc<ResourceType>, Stop> {
        self.core.type_of(record)
    }

    /// The parent of a resource.
    ///
    /// # Errors
    /// When the store fails; 4004 when the parent is gone.
    pub fn parent_of(&self, record: &Record) -> Result<Arc<Record>, Stop> {
        let parent = self.view.record(record.parent)?;
        parent.ok_or_else(|| Rejection::not_found("the parent resource is gone").into())
    }

    /// The counters of a resource.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tally(&self, record: &Record) -> Result<Tally, Stop> {
        Ok(self.view.tally(record.node)?)
    }

    /// The attributes of the request's content: the inside of `{"m2m:cnt": {…}}`, with the name it stands under.
    ///
    /// # Errors
    /// 4000 when there is no content or not exactly one such member.
    pub fn content(&self) -> Result<(&SmolStr, &Map), Stop> {
        let wrong = || Rejection::bad_request("content (pc): expected one resource, such as {\"m2m:cnt\": {…}}");
        let content = self.request.content.as_ref().ok_or_else(wrong)?;
        let (root, inner) = content.as_map().and_then(Map::single).ok_or_else(wrong)?;
        match inner {
            Value::Map(attributes) => Ok((root, attributes)),
            _ => Err(wrong().into()),
        }
    }
}
