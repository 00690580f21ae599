//! The command line around the library. It decides nothing that an embedder could not decide the same way.

mod args;
#[allow(dead_code, reason = "no command names it yet")]
mod cert;
mod file;
mod logs;
mod run;
mod settings;
mod verify;

use std::process::ExitCode;

use args::{Args, Command};

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let args = match args::parse(std::env::args_os().skip(1)) {
        Ok(args) => args,
        Err(reason) => return fail(&reason, 2),
    };
    let outcome = match args.command {
        Command::Help => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Command::Version => {
            println!("onem2m-cse {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Command::ConfigDefault => {
            print!("{}", file::DEFAULT);
            return ExitCode::SUCCESS;
        }
        Command::ConfigCheck => settings(&args).map(|settings| {
            println!("The configuration is in order.\n\n{settings}");
        }),
        Command::Check => settings(&args).and_then(|settings| verify::verify(&settings)),
        Command::Run => settings(&args).and_then(|settings| run::run(&settings)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&reason, 1),
    }
}

/// The configuration file, then the environment, then the command line: the later wins.
fn settings(args: &Args) -> Result<settings::Settings, String> {
    settings::gather(args, |name| std::env::var(name).ok())
}

fn fail(reason: &str, code: u8) -> ExitCode {
    eprintln!("onem2m-cse: {reason}");
    ExitCode::from(code)
}
