//! What came into an engine and what came out, as a file of readable lines, and the same run again.
//!
//! An engine reads no clock and opens no socket: with the same inputs at the same instants it does the same. A
//! [`Recorder`] writes down both sides of it, one JSON object to a line, and [`replay`] drives a new engine with what
//! went in and stops where something else comes out. `docs/fuzzing.md` describes the lines.
//!
//! ```
//! let recording: &[u8] = br#"{"replay":1,"at":"20261121T013000"}
//! {"at":"20261121T013001"}
//! {"request":1,"primitive":{"op":2,"to":"nowhere","fr":"CAdmin","rqi":"r1","rvi":"3"}}
//! {"reply":1,"primitive":{"rsc":4004,"rqi":"r1","pc":{"m2m:dbg":"no resource at nowhere"},"to":"CAdmin","rvi":"3"}}
//! "#;
//! let replayed = onem2m_cse::replay::replay(recording)?;
//! assert_eq!((replayed.rounds, replayed.requests), (1, 1));
//! # Ok::<(), onem2m_cse::replay::Stopped>(())
//! ```

mod head;
mod inputs;
mod lines;
mod outputs;
mod player;
mod recorder;
mod text;

#[cfg(test)]
mod tests;

pub use head::Head;
pub use lines::Step;
pub use player::{Player, Replayed, Stopped, perform, replay};
pub use recorder::{DEFAULT_BYTES, Recorder};
