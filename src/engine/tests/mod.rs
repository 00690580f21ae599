//! Stories about the engine, told to a world with a memory store and a clock that one can turn.

mod forest;
mod oracle;
mod world;

mod access;
mod basics;
mod container;
mod discovery;
mod leaks;
mod paging;
mod policies;
mod result_content;
mod sequences;
mod validation;
mod waiting;

use world::{World, addresses, criteria, json};
