//! A oneM2M Common Services Entity as a library.

#[cfg(feature = "tokio")]
pub mod binding;
pub mod codec;
pub mod config;
#[cfg(feature = "tokio")]
pub mod cse;
pub mod engine;
pub mod error;
pub mod primitive;
pub mod resource;
pub mod runtime;
pub mod schema;
pub mod store;
pub mod tree;
pub mod value;

pub use config::CseConfig;
#[cfg(feature = "tokio")]
pub use cse::{Cse, CseBuilder};
pub use error::Error;
