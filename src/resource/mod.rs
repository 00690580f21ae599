//! What a resource type *does* (TS-0004 7.4). What it holds stands in `schemas/`; a type without a file here does nothing
//! of its own.

mod access_control_policy;
mod ae;
mod behaviour;
mod container;
mod content_instance;
mod cse_base;
mod group;
mod polling_channel;
mod request;
mod schedule;
mod subscription;
mod table;

pub use behaviour::Behaviour;
pub(crate) use request::RequestStatus;
pub use table::Behaviours;
