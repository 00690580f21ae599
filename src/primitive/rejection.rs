//! The one way a request is turned down.

use std::borrow::Cow;
use std::fmt;

use super::Status;

/// A status and a sentence for whoever sent the request: which parameter or attribute, what was expected, what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The response status code.
    pub status: Status,
    /// One sentence.
    pub reason: Cow<'static, str>,
}

impl Rejection {
    /// A rejection with any status.
    pub fn new(status: Status, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status, reason: reason.into() }
    }

    /// 4000: the request or an attribute in it is malformed.
    pub fn bad_request(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::BAD_REQUEST, reason)
    }

    /// 4004: there is no such resource.
    pub fn not_found(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::NOT_FOUND, reason)
    }

    /// 4005: this operation is not allowed on this resource.
    pub fn not_allowed(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::OPERATION_NOT_ALLOWED, reason)
    }

    /// 4102: the content is well-formed but not acceptable.
    pub fn unacceptable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::CONTENTS_UNACCEPTABLE, reason)
    }

    /// 4103: the originator has no privilege for this.
    pub fn no_privilege(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::ORIGINATOR_HAS_NO_PRIVILEGE, reason)
    }

    /// 4105: the request conflicts with what is there.
    pub fn conflict(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::CONFLICT, reason)
    }

    /// 5001: the standard has this, this CSE does not.
    pub fn not_implemented(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::NOT_IMPLEMENTED, reason)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.status, self.reason)
    }
}

impl std::error::Error for Rejection {}
