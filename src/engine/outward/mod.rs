//! Everything towards others: asking them in the middle of a request, and telling them.
//!
//! ```text
//! a procedure ─▶ ask ─▶ reach (by which way?) ─▶ post (calls under way) ─▶ Output::Call
//!      ▲                                          │  points   which point of access first
//!      └── askers (requests between two walks) ◀──┤  crowd    how many to one place, and who stands in line
//!          lanes of notifications ◀───────────────┘  poll     whoever cannot be called takes its requests along
//!                                                    links    who is at the other end of which open connection
//! ```
//! This folder knows nothing of what is said: a notification and a question are both requests.

pub(super) mod ask;
pub(super) mod askers;
pub(super) mod call;
pub(super) mod crowd;
pub(super) mod links;
pub(super) mod points;
pub(super) mod poll;
pub(super) mod post;
pub(crate) mod reach;
pub(crate) mod verify;
