//! What the engine wants said to another machine, and what became of it.
//!
//! A [`Call`] is plain data: whoever drives the engine carries it out and brings the [`Answer`] back as
//! [`Input::Answer`](crate::engine::Input::Answer). Nobody has to keep time: the engine gives up by itself when `until` has passed,
//! and takes no notice of an answer that comes later.

use crate::codec::format::Format;
use crate::primitive::{Request, Response};
use crate::value::{SmolStr, Timestamp};

/// The engine's name for a call, handed back with its answer.
pub type CallId = u64;

/// Requests for one place, to be sent one after the other.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name to hand back.
    pub id: CallId,
    /// Where to: a URL whose scheme says which binding carries it. `in-process://name` is a callback of the embedder.
    pub url: SmolStr,
    /// How the content is to be spelled. A binding that has no choice, such as one within the program, takes no notice.
    pub format: Format,
    /// What to say, in this order: the next one only after the one before it was answered with success. Never empty.
    pub requests: Vec<Request>,
    /// When the engine stops waiting.
    pub until: Timestamp,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The responses in the order of the requests, as far as it came: the last one may be unsuccessful, and those before
    /// it are successful.
    pub responses: Vec<Response>,
    /// Why there are fewer responses than requests, if the last response does not say it.
    pub failure: Option<Failure>,
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection came about: the request never left. Otherwise as [`Failure::Unreachable`].
    NotSent(String),
    /// Nobody listens there, or the connection broke. Another point of access, or a later time, may do better.
    Unreachable(String),
    /// No answer in time. The request may have been carried out.
    TimedOut,
    /// The URL or the request cannot be said over any binding that there is. Trying again is no use.
    Impossible(String),
}

impl Answer {
    /// All requests were answered.
    #[must_use]
    pub const fn complete(responses: Vec<Response>) -> Self {
        Self { responses, failure: None }
    }

    /// No request was answered.
    #[must_use]
    pub const fn failed(failure: Failure) -> Self {
        Self { responses: Vec::new(), failure: Some(failure) }
    }
}

impl Failure {
    /// Whether another point of access, or a later time, may do better.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::NotSent(_) | Self::Unreachable(_))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotSent(reason) | Self::Unreachable(reason) | Self::Impossible(reason) => f.write_str(reason),
            Self::TimedOut => f.write_str("no answer in time"),
        }
    }
}
