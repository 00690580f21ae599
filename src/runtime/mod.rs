//! Carries out what the engine puts out, and keeps time for it.
//!
//! [`tokio`] is for programs with a tokio runtime: one writer thread per CSE, readers wherever requests arrive. Without
//! any feature a program drives the [`Engine`](crate::engine::Engine) itself; `examples/embedded.rs` is that loop.

#[cfg(feature = "tokio")]
mod asking;
#[cfg(feature = "tokio")]
pub(crate) mod callers;
#[cfg(feature = "tokio")]
mod calls;
#[cfg(feature = "tokio")]
mod letterbox;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "tokio")]
mod work;

#[cfg(all(test, feature = "http"))]
mod tests;
