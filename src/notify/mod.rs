//! From a change to a delivered notification (TS-0001 10.2.10, TS-0004 7.5.1).
//!
//! ```text
//! a change ─▶ event ─▶ terms of each subscription ─▶ compose ─▶ lane        in the change-set of its cause
//!                                                                 │
//!            deleted when answered ◀─ answered ◀─ call ◀─ look_at ┘         after the commit, again and again
//! ```
//! A notification is a row in the store from the moment of its cause until it was answered or given up, and every one
//! that is given up is counted. Each target of each subscription has a [lane](crate::tree::Lane) of its own: order is
//! kept within it, and a dead target delays nobody else.

mod answered;
mod compose;
mod deliver;
mod event;
mod lanes;
mod schedule;
mod tell;
pub mod terms;
mod upkeep;

pub use answered::answered;
pub use compose::{sp_relative, verification};
pub use deliver::{look_at, put_off};
pub use lanes::{abandon, fit, reset_counts};
pub use schedule::SCHEDULE;
pub use tell::{accessed, created, deleting, earlier, found_empty, subscriptions, terms, updated};
pub use upkeep::{
    associations_changed, entity_changed, look_again, result, statistics, subscription_gone, terms_changed,
};

/// The type of a subscription.
pub const SUBSCRIPTION: u32 = 23;
/// The type of a group.
const GROUP: u32 = 9;

/// `m2m:eventCat` 2: at once, whatever the schedule says.
const IMMEDIATE: u32 = 2;
/// `m2m:eventCat` 4: only the latest matters.
const LATEST: u32 = 4;
