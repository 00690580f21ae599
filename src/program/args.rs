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
       onem2m-cse replay FILE [--print]     run a recording again; stop at the first difference
       onem2m-cse cert dev DIR [CLIENT]...  make certificates for trying out TLS and DTLS, for
                                            clients too: Cmeter, /id-mn

Options:
  --config FILE         read this TOML file first
  --http ADDR           listen for HTTP here; may be repeated; empty for nowhere
                                                                [default: 127.0.0.1:8080]
  --ws ADDR             listen for WebSocket here; may be repeated; empty for nowhere
                                                                [default: 127.0.0.1:8180]
  --coap ADDR           listen for CoAP here; may be repeated; empty for nowhere
                                                                [default: 127.0.0.1:5683]
  --coaps ADDR          listen for CoAP over DTLS here; may be repeated; needs --tls or keys in
                        the file                                [default: nowhere]
  --mqtt URL            serve over this broker: mqtt://host:1883, mqtts://host:8883, or over
                        WebSocket, ws://host/path, wss://host/path
                                                                [default: no broker]
  --tls CERT KEY        speak TLS on --http and --ws, with this certificate and key (PEM)
  --tls-client-roots FILE  ask clients for certificates that these roots vouch for (PEM)
  --tls-roots FILE      trust these roots too when calling others (PEM)
  --allow-plaintext     talk with other machines without TLS
  --data DIR            keep resources here                     [default: ./cse-data]
  --memory              keep resources in memory only
  --cse-id ID           CSE-ID                                  [default: /id-in]
  --cse-name NAME       resource name of the CSEBase            [default: cse-in]
  --sp-id ID            M2M-SP-ID                               [default: //acme.example.com]
  --admin ORIGINATOR    administrator of a new CSE              [default: CAdmin]
  --upper-tester        answer a test system's commands on /__ut__ (they can erase the CSE)
  --record FILE         write all that happens into this new file, content in clear text
  --log text|json       form of the log                         [default: text]
  --log-level LEVEL     error, warn, info, debug, trace         [default: info]
  -h, --help            print this
  -V, --version         print the version

Each option also has an environment variable: --cse-id is ONEM2M_CSE_ID, --http is ONEM2M_HTTP,
--data is ONEM2M_DATA, and so on. The command line wins over the environment, which wins over the file.
";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Command {
    #[default]
    Run,
    ConfigCheck,
    ConfigDefault,
    Check,
    /// What, and whether to print what happens instead of comparing it.
    Replay(PathBuf, bool),
    /// Where to, and for whom beside the CSE.
    CertDev(PathBuf, Vec<String>),
    Help,
    Version,
}

/// What was said on the command line; nothing is filled in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Args {
    pub command: Command,
    pub config: Option<PathBuf>,
    /// `Some` and empty: nowhere. So with the others.
    pub http: Option<Vec<SocketAddr>>,
    pub ws: Option<Vec<SocketAddr>>,
    pub coap: Option<Vec<SocketAddr>>,
    pub coaps: Option<Vec<SocketAddr>>,
    pub mqtt: Option<String>,
    /// Certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    pub tls_client_roots: Option<PathBuf>,
    pub tls_roots: Option<PathBuf>,
    pub allow_plaintext: bool,
    pub data: Option<PathBuf>,
    pub memory: bool,
    pub cse_id: Option<String>,
    pub cse_name: Option<String>,
    pub sp_id: Option<String>,
    pub admin: Option<String>,
    pub upper_tester: bool,
    pub record: Option<PathBuf>,
    pub print: bool,
    pub log: Option<String>,
    pub log_level: Option<String>,
}

pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Args, String> {
    let mut parser = lexopt::Parser::from_args(words);
    read(&mut parser).map_err(|error| format!("{error}; see --help"))
}

fn read(parser: &mut lexopt::Parser) -> Result<Args, lexopt::Error> {
    let mut args = Args::default();
    let mut words = Vec::new();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => args.command = Command::Help,
            Short('V') | Long("version") => args.command = Command::Version,
            Long("config") => args.config = Some(parser.value()?.into()),
            Long("http") => listen(&mut args.http, parser.value()?)?,
            Long("ws") => listen(&mut args.ws, parser.value()?)?,
            Long("coap") => listen(&mut args.coap, parser.value()?)?,
            Long("coaps") => listen(&mut args.coaps, parser.value()?)?,
            Long("mqtt") => args.mqtt = Some(parser.value()?.string()?),
            Long("tls") => {
                let certificates = parser.value()?.into();
                let key = parser.value().map_err(|_| "--tls: expected two files, a certificate and its key")?;
                args.tls = Some((certificates, key.into()));
            }
            Long("tls-client-roots") => args.tls_client_roots = Some(parser.value()?.into()),
            Long("tls-roots") => args.tls_roots = Some(parser.value()?.into()),
            Long("allow-plaintext") => args.allow_plaintext = true,
            Long("data") => args.data = Some(parser.value()?.into()),
            Long("memory") => args.memory = true,
            Long("cse-id") => args.cse_id = Some(parser.value()?.string()?),
            Long("cse-name") => args.cse_name = Some(parser.value()?.string()?),
            Long("sp-id") => args.sp_id = Some(parser.value()?.string()?),
            Long("admin") => args.admin = Some(parser.value()?.string()?),
            Long("upper-tester") => args.upper_tester = true,
            Long("record") => args.record = Some(parser.value()?.into()),
            Long("print") => args.print = true,
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
        ["replay", file] => Command::Replay(file.into(), std::mem::take(&mut args.print)),
        ["replay", ..] => return Err("expected replay FILE".into()),
        ["cert", "dev", directory, clients @ ..] => {
            Command::CertDev(directory.into(), clients.iter().map(|&client| client.to_owned()).collect())
        }
        ["cert", ..] => return Err("expected cert dev DIR".into()),
        other => return Err(format!("unknown command \"{}\"", other.join(" ")).into()),
    };
    if args.print {
        return Err("--print belongs to replay".into());
    }
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
        let clients = vec!["Ca".to_owned(), "/id-mn".to_owned()];
        assert_eq!(of("cert dev tls Ca /id-mn").unwrap().command, Command::CertDev("tls".into(), clients));
        let args = of("--tls a.pem a.key --coap= --coaps 127.0.0.1:0 --mqtt mqtt://localhost").unwrap();
        assert_eq!(of("replay x --print").unwrap().command, Command::Replay("x".into(), true));
        assert_eq!(args.tls, Some(("a.pem".into(), "a.key".into())));
        assert_eq!((args.coap, args.coaps.map(|coaps| coaps.len())), (Some(vec![]), Some(1)));
    }

    #[test]
    fn mistakes_point_to_the_help() {
        for line in ["--htpp x", "--http x", "serve", "--data", "--tls one.pem", "cert", "replay", "--print"] {
            assert!(of(line).unwrap_err().ends_with("see --help"), "{line}");
        }
    }
}
