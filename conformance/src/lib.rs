//! Conformance tests that run on any oneM2M CSE, from outside.
//!
//! ```text
//!  catalogue.csv ─▶ plan ─▶ runner ─▶ test ─▶ bench ─▶ subject ─▶ carrier ─▶ the CSE under test
//!  exceptions.toml   │                         │                              │
//!  PICS ─────────────┘                         └◀── mailbox ◀── listener ◀────┘ notifications
//!                                                       │
//!                                  items ─▶ report: table, JSON, JUnit, HTML, comparison
//! ```
//!
//! The catalogue is data; each test in [`tests`] is bound to identifiers of it. Every identifier appears in the report:
//! passed, failed, inconclusive, not applicable, or not asked and why.

pub mod ask;
pub mod bench;
pub mod carrier;
pub mod catalogue;
pub mod exceptions;
pub mod kind;
pub mod listener;
pub mod log;
pub mod mqtt;
pub mod pics;
pub mod plan;
pub mod probe;
pub mod program;
pub mod remote;
pub mod report;
pub mod runner;
pub mod sample;
pub mod subject;
pub mod suite;
pub mod tests;
pub mod trigger;
pub mod variant;
pub mod verdict;
pub mod wanted;
