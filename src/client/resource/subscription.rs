//! What a subscription can tell, and how much of it.

use super::Subscription;
use crate::value::{Map, Value};

/// An event (`m2m:notificationEventType`, TS-0004 6.3.4.2.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// 1: the resource was changed.
    Updated,
    /// 2: the resource was deleted.
    Deleted,
    /// 3: a direct child was created: of a container, an instance came.
    ChildCreated,
    /// 4: a direct child was deleted.
    ChildDeleted,
    /// 5: somebody wants to read the latest instance of an empty container.
    RetrievedWhileEmpty,
    /// 7: the resource is to be changed, and the change waits for the answer to the notification.
    BlockingUpdate,
    /// Any other, by its number.
    Other(u32),
}

impl EventType {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Updated => 1,
            Self::Deleted => 2,
            Self::ChildCreated => 3,
            Self::ChildDeleted => 4,
            Self::RetrievedWhileEmpty => 5,
            Self::BlockingUpdate => 7,
            Self::Other(number) => number,
        }
    }
}

/// How much of a resource is told (`m2m:notificationContentType`, TS-0004 6.3.4.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationContent {
    /// 1: all attributes.
    AllAttributes,
    /// 2: those that were changed.
    ModifiedAttributes,
    /// 3: its identifier.
    ResourceId,
}

impl NotificationContent {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::AllAttributes => 1,
            Self::ModifiedAttributes => 2,
            Self::ResourceId => 3,
        }
    }
}

impl Subscription {
    /// A subscription to changes of the resource itself, until [`Subscription::events`] says what else.
    pub const fn new() -> Self {
        Self { attributes: Map::new() }
    }

    /// `enc/net`: what is told.
    pub fn events(self, events: impl IntoIterator<Item = EventType>) -> Self {
        let numbers: Vec<Value> = events.into_iter().map(|event| event.number().into()).collect();
        self.criterion("net", numbers)
    }

    pub(in crate::client) fn has_event(&self, event: EventType) -> bool {
        let criteria = self.attributes.get("enc").and_then(Value::as_map);
        let events = criteria.and_then(|criteria| criteria.get("net")).and_then(Value::as_list).unwrap_or_default();
        events.contains(&event.number().into())
    }

    /// `enc/chty`: which types of children are told of, by their numbers. Default: all.
    pub fn child_types(self, types: impl IntoIterator<Item = u32>) -> Self {
        let numbers: Vec<Value> = types.into_iter().map(Value::from).collect();
        self.criterion("chty", numbers)
    }

    /// Another event notification criterion (`enc`), by its short name.
    pub fn criterion(mut self, short: &str, value: impl Into<Value>) -> Self {
        if self.attributes.get("enc").and_then(Value::as_map).is_none() {
            self.attributes.set("enc", Map::new());
        }
        if let Some(Value::Map(criteria)) = self.attributes.get_mut("enc") {
            criteria.set(short, value);
        }
        self
    }

    /// `nct`: how much is told of a resource.
    pub fn notification_content(self, content: NotificationContent) -> Self {
        self.with("nct", content.number())
    }
}

impl Default for Subscription {
    fn default() -> Self {
        Self::new()
    }
}
