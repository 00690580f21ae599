//! A oneM2M Common Services Entity as a library.

pub mod store;
