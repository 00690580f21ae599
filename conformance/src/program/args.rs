//! What the command line says.

use std::path::PathBuf;
use std::str::FromStr;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask what it is.
    Probe,
    /// Show what there is.
    List,
    /// Test.
    Run,
    /// Test an AE.
    Client,
    /// Compare two reports.
    Compare(PathBuf, PathBuf),
    /// Explain.
    Help,
}

/// The command line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as the options, which help.txt explains")]
pub struct Args {
    pub command: Command,
    pub target: Option<String>,
    pub pics: Option<PathBuf>,
    pub originator: Option<String>,
    pub binding: Option<String>,
    pub format: String,
    pub profile: Option<String>,
    pub release: Option<String>,
    pub listen: Option<String>,
    pub listen_host: Option<String>,
    pub sp_id: Option<String>,
    pub name: Option<String>,
    pub only: Vec<String>,
    pub jobs: usize,
    pub limit: u64,
    pub exceptions: Option<PathBuf>,
    pub json: Option<PathBuf>,
    pub junit: Option<PathBuf>,
    pub html: Option<PathBuf>,
    pub trigger: Option<String>,
    pub wait: Option<u64>,
    pub quiet: bool,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            command: Command::Help,
            target: None,
            pics: None,
            originator: None,
            binding: None,
            format: "json".into(),
            profile: None,
            release: None,
            listen: None,
            listen_host: None,
            sp_id: None,
            name: None,
            only: Vec::new(),
            jobs: 4,
            limit: 20,
            exceptions: None,
            json: None,
            junit: None,
            html: None,
            trigger: None,
            wait: None,
            quiet: false,
        }
    }
}

impl Args {
    /// Reads a command line.
    ///
    /// # Errors
    /// A sentence that names the option.
    pub fn parse(mut parser: lexopt::Parser) -> Result<Self, String> {
        let mut args = Self::default();
        let mut words: Vec<String> = Vec::new();
        let mut help = false;
        while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
            match argument {
                Short('h') | Long("help") => help = true,
                Long("quiet") => args.quiet = true,
                Long(name) => {
                    let name = name.to_owned();
                    args.option(&name, &mut parser)?;
                }
                Value(word) => words.push(word.string().map_err(|error| error.to_string())?),
                other => return Err(other.unexpected().to_string()),
            }
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        args.command = match words.as_slice() {
            _ if help => Command::Help,
            ["probe"] => Command::Probe,
            ["list"] => Command::List,
            ["run"] => Command::Run,
            ["client"] => Command::Client,
            ["compare", a, b] => Command::Compare(a.into(), b.into()),
            // `onem2m-conformance --target URL` tests.
            [] if args.target.is_some() || args.pics.is_some() => Command::Run,
            [] | ["help"] => Command::Help,
            other => return Err(format!("expected probe, list, run, client or compare A B, got {}", other.join(" "))),
        };
        Ok(args)
    }

    fn option(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<(), String> {
        const NAMES: &[&str] = &[
            "target",
            "pics",
            "originator",
            "binding",
            "format",
            "profile",
            "release",
            "listen",
            "listen-host",
            "sp-id",
            "name",
            "only",
            "jobs",
            "limit",
            "exceptions",
            "json",
            "junit",
            "html",
            "trigger",
            "wait",
        ];
        if !NAMES.contains(&name) {
            return Err(format!("--{name}: no such option"));
        }
        let text = parser.value().and_then(|value| value.string()).map_err(|error| error.to_string())?;
        match name {
            "target" => self.target = Some(text),
            "pics" => self.pics = Some(text.into()),
            "originator" => self.originator = Some(text),
            "binding" => self.binding = Some(text),
            "format" => self.format = text,
            "profile" => self.profile = Some(text),
            "release" => self.release = Some(text),
            "listen" => self.listen = Some(text),
            "listen-host" => self.listen_host = Some(text),
            "sp-id" => self.sp_id = Some(text),
            "name" => self.name = Some(text),
            "only" => self.only.push(text),
            "jobs" => self.jobs = number(name, &text)?,
            "limit" => self.limit = number(name, &text)?,
            "exceptions" => self.exceptions = Some(text.into()),
            "json" => self.json = Some(text.into()),
            "trigger" => self.trigger = Some(text),
            "wait" => self.wait = Some(number(name, &text)?),
            "junit" => self.junit = Some(text.into()),
            _ => self.html = Some(text.into()),
        }
        Ok(())
    }
}

fn number<N: FromStr>(name: &str, text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("--{name}: expected a number, got {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(lexopt::Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn a_target_alone_is_a_run() {
        let args = parse("--target http://h:1 --only DMR --only GEN --jobs 2").unwrap();
        assert_eq!((args.command, args.jobs), (Command::Run, 2));
        assert_eq!(args.only, ["DMR", "GEN"]);
    }

    #[test]
    fn mistakes_are_named() {
        assert!(parse("run --jobs many").unwrap_err().contains("--jobs"));
        assert!(parse("run --colour").unwrap_err().contains("--colour"));
        assert!(parse("test").unwrap_err().contains("test"));
    }
}
