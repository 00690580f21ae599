//! Being told: how notifications reach the program, and what becomes of them there.
//!
//! ```text
//!  connection (keep) ──┐
//!  listener ───────────┼─▶ Inbox ─▶ a queue for each subscription ─▶ Notifications::next
//!  polling channel ────┘     │ says yes when asked (vrq), unfolds, finds the subscription, drops what comes twice
//! ```

mod door;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod inbox;
mod keep;
mod listener;
mod notification;
mod poll;
mod queue;
mod stream;
mod ways;

pub(super) use inbox::Inbox;
pub use listener::Listener;
pub use notification::Notification;
pub use stream::Notifications;
pub(super) use ways::Ways;
