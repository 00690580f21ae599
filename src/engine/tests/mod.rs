//! Stories about the engine, told to a world with a memory store and a clock that one can turn.

mod forest;
mod ledger;
mod oracle;
mod world;

mod access;
mod basics;
mod container;
mod damaged_lanes;
mod deliveries;
mod discovery;
mod leaks;
mod outside;
mod paging;
mod policies;
mod registration;
mod resets;
mod result_content;
mod sequences;
mod subscriptions;
mod validation;
mod validity;
mod waiting;

use world::{World, addresses, criteria, json};
