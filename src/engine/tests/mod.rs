//! Stories about the engine, told to a world with a memory store and a clock that one can turn.

mod forest;
mod ledger;
mod oracle;
mod world;

mod access;
mod basics;
mod connections;
mod container;
mod damaged_lanes;
mod deliveries;
mod discovery;
mod groups;
mod groups_asking;
mod groups_crowd;
mod groups_fan_out;
mod groups_nested;
mod leaks;
mod litter;
mod notify_ae;
mod orders;
mod orders_in_time;
mod outside;
mod paging;
mod policies;
mod polling;
mod registration;
mod resets;
mod result_content;
mod results_told;
mod sequences;
mod subscriptions;
mod validation;
mod validity;
mod waiting;

use world::{World, addresses, criteria, json};
mod wire;
