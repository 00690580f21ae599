//! The command line.

use std::process::ExitCode;

mod args;
mod commands;
mod progress;

pub use args::{Args, Command};

/// Reads the command line and does what it says. 0: all is well. 1: something failed that nobody has explained. 2: it could
/// not be asked.
pub async fn main() -> ExitCode {
    let args = match Args::parse(lexopt::Parser::from_env()) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("{error}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    match commands::run(args).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
