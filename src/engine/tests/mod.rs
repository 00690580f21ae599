//! Stories about the engine, told to a world with a memory store and a clock that one can turn.

mod world;

mod access;
mod basics;

use world::{World, json};
