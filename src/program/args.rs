//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};

pub const HELP: &str = "\
A oneM2M CSE.

Usage: onem2m-cse [OPTIONS]                 run a CSE
       onem2m-cse config check [OPTIONS]    say what would be run, and whether it can be
       onem2m-cse config default            print a configuration file with every default
       onem2m-cse check [--data DIR]        read a data directory and report what is wrong with it
       onem2m-cse request URL OPERATION TO  send a request to a CSE; request --help tells more

Options:
  --config FILE         read this TOML file first
  --http ADDR           listen for HTTP here; may be repeated   [default: 127.0.0.1:8080]
  --ws ADDR             listen for WebSocket here; may be repeated; empty for nowhere
                                                                [default: 127.0.0.1:8180]
  --allow-plaintext     let other machines use HTTP and WebSocket without TLS
  --data DIR            keep resources here                     [default: ./cse-data]
  --memory              keep resources in memory only
  --cse-id ID           CSE-ID                                  [default: /id-in]
  --cse-name NAME       resource name of the CSEBase            [default: cse-in]
  --sp-id ID            M2M-SP-ID                               [default: //acme.example.com]
  --admin ORIGINATOR    administrator of a new CSE              [default: CAdmin]
  --upper-tester        answer a test system's commands on /__ut__ (they can erase the CSE)
  --log text|json       form of the log                         [default: text]
  --log-level LEVEL     error, warn, info, debug, trace         [default: info]
  -h, --help            print this
  -V, --version         print the version

Each option also has an environment variable: --cse-id is ONEM2M_CSE_ID, --http is ONEM2M_HTTP,
--data is ONEM2M_DATA, and so on. The command line wins over the environment, which wins over the file.
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Run,
    ConfigCheck,
    ConfigDefault,
    Check,
    Help,
    Version,
}

/// What was said on the command line; nothing is filled in.
#[derive(Debug, PartialEq, Eq)]
pub struct Args {
    pub command: Command,
    pub config: Option<PathBuf>,
    /// `Some` and empty: nowhere. So with the others.
    pub http: Option<Vec<SocketAddr>>,
    pub ws: Option<Vec<SocketAddr>>,
    pub allow_plaintext: bool,
    pub data: Option<PathBuf>,
    pub memory: bool,
    pub cse_id: Option<String>,
    pub cse_name: Option<String>,
    pub sp_id: Option<String>,
    pub admin: Option<String>,
    pub upper_tester: bool,
    pub log: Option<String>,
    pub log_level: Option<String>,
}

impl Args {
    fn new() -> Self {
        Self {
            command: Command::Run,
            config: None,
            http: None,
            ws: None,
            allow_plaintext: false,
            data: None,
            memory: false,
            cse_id: None,
            cse_name: None,
            sp_id: None,
            admin: None,
            upper_tester: false,
            log: None,
            log_level: None,
        }
    }
}

pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Args, String> {
    let mut parser = lexopt::Parser::from_args(words);
    read(&mut parser).map_err(|error| format!("{error}; see --help"))
}

fn read(parser: &mut lexopt::Parser) -> Result<Args, lexopt::Error> {
    let mut args = Args::new();
    let mut words = Vec::new();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => args.command = Command::Help,
            Short('V') | Long("version") => args.command = Command::Version,
            Long("config") => args.config = Some(parser.value()?.into()),
            Long("http") => listen(&mut args.http, parser.value()?)?,
            Long("ws") => listen(&mut args.ws, parser.value()?)?,
            Long("allow-plaintext") => args.allow_plaintext = true,
            Long("data") => args.data = Some(parser.value()?.into()),
            Long("memory") => args.memory = true,
            Long("cse-id") => args.cse_id = Some(parser.value()?.string()?),
            Long("cse-name") => args.cse_name = Some(parser.value()?.string()?),
            Long("sp-id") => args.sp_id = Some(parser.value()?.string()?),
            Long("admin") => args.admin = Some(parser.value()?.string()?),
            Long("upper-tester") => args.upper_tester = true,
            Long("log") => args.log = Some(parser.value()?.string()?),
            Long("log-level") => args.log_level = Some(parser.value()?.string()?),
            Value(word) => words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let command = match words.as_slice() {
        [] => Command::Run,
        ["config", "check"] => Command::ConfigCheck,
        ["config", "default"] => Command::ConfigDefault,
        ["check"] => Command::Check,
        other => return Err(format!("unknown command \"{}\"", other.join(" ")).into()),
    };
    if args.command == Command::Run {
        args.command = command;
    }
    Ok(args)
}

/// One more address; an empty one adds nothing.
fn listen(addresses: &mut Option<Vec<SocketAddr>>, address: OsString) -> Result<(), lexopt::Error> {
    let addresses = addresses.get_or_insert_default();
    if !address.is_empty() {
        addresses.push(address.parse()?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Args, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn options_and_commands_are_told_apart() {
        assert_eq!(of("").unwrap().command, Command::Run);
        assert_eq!(of("config check --memory").unwrap().command, Command::ConfigCheck);
        let args = of("--http 127.0.0.1:0 --http [::1]:0 --data /tmp/x --cse-id=/id-mn").unwrap();
        assert_eq!((args.http.map(|http| http.len()), args.cse_id.as_deref()), (Some(2), Some("/id-mn")));
        assert_eq!(of("check --help").unwrap().command, Command::Help);
    }

    #[test]
    fn mistakes_point_to_the_help() {
        for line in ["--htpp x", "--http x", "serve", "--data"] {
            assert!(of(line).unwrap_err().ends_with("see --help"), "{line}");
        }
    }
}
