//! What the fuzz targets do, and the model that the engine is held against. Builds on stable; `docs/fuzzing.md` is the
//! guide.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "tests speak by panicking"
)]

pub mod fixture;
pub mod model;
pub mod sequence;
pub mod targets;
