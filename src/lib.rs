//! A oneM2M Common Services Entity as a library.

pub mod codec;
pub mod primitive;
pub mod schema;
pub mod store;
pub mod value;
