//! A oneM2M Common Services Entity as a library.

#[cfg(feature = "tokio")]
pub mod binding;
pub mod codec;
pub mod primitive;
pub mod store;
pub mod value;
