//! Logs: readable lines, or JSON for machines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error.
pub fn start(json: bool, level: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(level)
        .map_err(|error| format!("log level: expected error, warn, info, debug or trace, got {level:?} ({error})"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json {
        builder.json().try_init()
    } else {
        builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init()
    };
    started.map_err(|error| format!("cannot start logging: {error}"))
}
