//! What is asked, and how its answer is wanted.

/// The five operations (`m2m:operation`, TS-0004 6.3.4.2.5). DISCOVERY is a RETRIEVE with a filter usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// 1: add a child to the target.
    Create,
    /// 2: read the target.
    Retrieve,
    /// 3: change the target.
    Update,
    /// 4: remove the target and everything below it.
    Delete,
    /// 5: tell the target something.
    Notify,
}

impl Operation {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Create => 1,
            Self::Retrieve => 2,
            Self::Update => 3,
            Self::Delete => 4,
            Self::Notify => 5,
        }
    }

    /// The operation of that number.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            1 => Self::Create,
            2 => Self::Retrieve,
            3 => Self::Update,
            4 => Self::Delete,
            5 => Self::Notify,
            _ => return None,
        })
    }

    /// The name in capitals, for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Retrieve => "RETRIEVE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Notify => "NOTIFY",
        }
    }

    /// Whether the request can change the tree, and so has to pass the writer.
    #[must_use]
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Retrieve)
    }
}

/// How the originator wants its answer (`m2m:responseType`, TS-0004 6.3.4.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseType {
    /// 1: a reference now, the result by RETRIEVE of a `<request>` resource.
    NonBlockingSynch,
    /// 2: a reference now, the result by notification.
    NonBlockingAsynch,
    /// 3: the result, in the response. The default.
    Blocking,
    /// 4: whatever suits the receiver.
    FlexBlocking,
    /// 5: no response at all.
    NoResponse,
}

impl ResponseType {
    /// The response type of that number.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            1 => Self::NonBlockingSynch,
            2 => Self::NonBlockingAsynch,
            3 => Self::Blocking,
            4 => Self::FlexBlocking,
            5 => Self::NoResponse,
            _ => return None,
        })
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::NonBlockingSynch => 1,
            Self::NonBlockingAsynch => 2,
            Self::Blocking => 3,
            Self::FlexBlocking => 4,
            Self::NoResponse => 5,
        }
    }
}
