//! Why something did not go well, and whose doing it is.

use thiserror::Error;

use crate::engine::Failure;
use crate::primitive::{Response, Status};
use crate::value::{Map, Value};

/// Why there is no result.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The CSE answered, and said no.
    #[error("refused with {status:?}: {reason}")]
    Refused {
        /// The response status code.
        status: Status,
        /// What the CSE says about it (`m2m:dbg`), or nothing.
        reason: String,
        /// The whole response.
        response: Box<Response>,
    },
    /// No connection came about. The request was not carried out.
    #[error("not reached: {0}")]
    NotReached(String),
    /// The connection broke, or somebody answered who is no CSE. The request may have been carried out.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// No answer in time. The request may have been carried out.
    #[error("no answer in time")]
    TimedOut,
    /// The request cannot be sent like this: trying again is no use.
    #[error("{0}")]
    Impossible(String),
    /// The CSE says that it went well, but not what was asked for.
    #[error("an answer without what was asked for: {0}")]
    Unexpected(String),
}

impl ClientError {
    /// The response status code, when the CSE answered.
    #[must_use]
    pub const fn status(&self) -> Option<Status> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the request may have been carried out, although there is no answer that says so.
    #[must_use]
    pub const fn may_have_been_carried_out(&self) -> bool {
        matches!(self, Self::Broken(_) | Self::TimedOut)
    }

    /// A response as a result: a success, or [`ClientError::Refused`].
    ///
    /// # Errors
    /// When the response is not a success.
    pub fn check(response: Response) -> Result<Response, Self> {
        if response.status.is_success() {
            return Ok(response);
        }
        let reason = sentence(&response.value()).unwrap_or_default().to_owned();
        Err(Self::Refused { status: response.status, reason, response: Box::new(response) })
    }
}

/// The sentence of `m2m:dbg` (TS-0004 7.5.2).
fn sentence(content: &Value) -> Option<&str> {
    content.as_map().and_then(|map: &Map| map.get("m2m:dbg"))?.as_text()
}

impl From<Failure> for ClientError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotSent(reason) => Self::NotReached(reason),
            Failure::Unreachable(reason) => Self::Broken(reason),
            Failure::TimedOut => Self::TimedOut,
            Failure::Impossible(reason) => Self::Impossible(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::{Rejection, Request};

    #[test]
    fn a_refusal_tells_the_code_and_the_sentence() {
        let request = Request::retrieve("cse-in/x");
        assert!(ClientError::check(Response::new(Status::OK, &request)).is_ok());
        let refused = Response::rejected(&Rejection::not_found("there is no cse-in/x"), &request);
        let error = ClientError::check(refused).unwrap_err();
        assert_eq!(error.to_string(), "refused with 4004 NOT_FOUND: there is no cse-in/x");
        assert_eq!(error.status(), Some(Status::NOT_FOUND));
        assert!(!error.may_have_been_carried_out());
        assert!(ClientError::from(Failure::TimedOut).may_have_been_carried_out());
    }
}
