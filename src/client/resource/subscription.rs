//! What a subscription can tell, and how much of it.

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
