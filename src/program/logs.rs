//! Logs: readable lines, or JSON for machines.

use std::io::IsTerminal;

use tracing_subscriber::filter::LevelFilter;

/// Starts logging to standard error.
pub fn start(json: bool, level: &str) -> Result<(), String> {
    let filter: LevelFilter =
        level.parse().map_err(|_| format!("log level: expected error, warn, info, debug or trace, got {level:?}"))?;
    let builder = tracing_subscriber::fmt().with_max_level(filter).with_writer(std::io::stderr);
    let started = if json {
        builder.json().try_init()
    } else {
        builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init()
    };
    started.map_err(|error| format!("cannot start logging: {error}"))
}
