//! What a resource type may hold, as data (the tables of TS-0001 9.6 and TS-0004 7.4).
//!
//! ```text
//! schemas/**/*.toml ──read──► Registry ──► ResourceType ──► Attribute ──► DataType
//! a vendor's file  ──extend_toml──┘              │
//!                          content of a request ─┴─check::create, check::update─► clean attributes, or Rejection
//! ```
//!
//! One reader loads our files and a vendor's. Past [`check`] nobody looks at the kind of a value again.

pub mod check;
mod complex;
mod data_type;
mod document;
mod enumeration;
mod geometry;
mod read;
mod read_type;
mod registry;
mod resource_type;
mod simple;
mod standard;
mod syntax;
#[cfg(test)]
mod tests;

pub use complex::{Complex, Member};
pub use data_type::{DataType, ListType, Path};
pub use document::SchemaError;
pub use enumeration::Enumeration;
pub use registry::Registry;
pub use resource_type::{Announce, Attribute, Multiplicity, Optionality, ResourceType, VirtualChild};
pub use simple::Simple;
pub use standard::FILES as STANDARD_FILES;
