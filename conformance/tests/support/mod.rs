//! What the tests of this package share.
#![allow(dead_code, reason = "each test uses a part of it")]

pub mod ae;
pub mod ae_faults;
pub mod broker;
pub mod cse;
pub mod docs;
pub mod mn;
pub mod proxy;
pub mod suite;
