//! The command line around the library. It decides nothing that an embedder could not decide the same way.

mod args;
mod broker;
mod cert;
mod file;
mod greet;
mod hexadecimal;
mod if_possible;
mod logs;
mod replay;
mod request;
mod run;
mod settings;
mod verify;

use std::process::ExitCode;

use args::{Args, Command};

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1).peekable();
    if words.next_if(|word| word == "request").is_some() {
        return request::main(words);
    }
    let args = match args::parse(words) {
        Ok(args) => args,
        Err(reason) => return fail(&reason, 2),
    };
    let outcome = match &args.command {
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
            broker::warn(&settings);
        }),
        Command::CertDev(directory, clients) => cert::dev(directory, clients).map(|done| println!("{done}")),
        Command::Check => settings(&args).and_then(|settings| verify::verify(&settings)),
        Command::Replay(file, print) => replay::replay(file, *print),
        Command::Run => settings(&args).and_then(|settings| run::run(&settings, args.record.as_deref())),
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
