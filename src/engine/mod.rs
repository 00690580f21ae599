//! One request, one change-set, one outcome (TS-0004 7.2.2, 7.3).
//!
//! The [`Engine`] reads no clock, opens no socket and spawns nothing: what comes in is an [`Input`] and the time, what goes
//! out is a list of [`Output`]s. Whoever drives it carries these out and comes back at [`Engine::next_due`]:
//!
//! ```text
//!   Input::Request ─▶ ┌────────┐ ─▶ Output::Reply      to whoever asked, after the commit
//!   Input::Answer  ─▶ │ Engine │ ─▶ Output::Call       to somebody else, who is asked or told something
//!   Input::Due     ─▶ │        │ ─▶ Output::Changed    to whoever watches
//!       next_due() ◀─ └────────┘
//! ```
//! RETRIEVEs need not queue behind writes: a [`Reader`] answers them on any thread.

mod addresses;
pub(crate) mod authorise;
mod boot;
mod candidates;
mod channel;
mod content_query;
mod context;
mod core;
mod create;
mod delete;
mod discover;
mod due;
mod filter;
pub(crate) mod group;
mod labels_query;
mod notify;
mod order;
pub(crate) mod outward;
mod pipeline;
pub(crate) mod references;
pub(crate) mod representation;
mod reset;
mod resolve;
mod result;
mod retrieve;
mod round;
pub mod rules;
mod search;
mod update;
mod validate;
mod waiting;
mod writer;

#[cfg(test)]
mod tests;

pub use context::{Change, ChangeKind, Context, Newborn, Stop};
pub use core::{Core, Reader};
pub(crate) use delete::remove;
pub(crate) use due::{arm_age, purge};
pub(crate) use order::forget as forget_order;
pub use outward::call::{Answer, Call, CallId, Failure};
#[cfg(feature = "tokio")]
pub(crate) use outward::links::SCHEME as LINK_SCHEME;
pub use outward::points::PointsOfAccess;
pub(crate) use outward::post::Post;

pub(crate) use outward::{reach, verify};
pub(crate) use update::replace;
pub use validate::allowed as result_content_allowed;
pub use writer::{Engine, Input, Output, Ticket};
