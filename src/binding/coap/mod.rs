//! The CoAP binding (TS-0008).

pub mod shield;
