//! A oneM2M Common Services Entity as a library.

pub mod codec;
pub mod config;
pub mod engine;
pub mod error;
pub mod primitive;
pub mod resource;
pub mod schema;
pub mod store;
pub mod tree;
pub mod value;

pub use config::CseConfig;
pub use error::Error;
