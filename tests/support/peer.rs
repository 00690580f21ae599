//! Programs in other languages that a test talks to. Where one is missing, the test is skipped; with `REQUIRE_SERVICES=1`,
//! it fails.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::authority::Authority;

const PATIENCE: Duration = Duration::from_secs(20);

/// Whether a program is there.
pub async fn installed(program: &str) -> bool {
    let is_there = Command::new(program).arg("version").output().await.is_ok();
    is_there || skipped(&format!("this story needs {program}, which is not installed"))
}

/// A Python that has a module. The system's own has the system's packages, whatever comes before it in the path.
pub async fn python(module: &str) -> Option<&'static str> {
    for program in ["python3", "/usr/bin/python3"] {
        let tried = Command::new(program).args(["-c", &format!("import {module}")]).output().await;
        if tried.is_ok_and(|output| output.status.success()) {
            return Some(program);
        }
    }
    skipped(&format!("this story needs Python with {module}, which is not installed"));
    None
}

fn skipped(reason: &str) -> bool {
    assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
    eprintln!("skipped: {reason}");
    false
}

/// What a program says on both its outputs: `Ok` when it ends well. It has nothing to read.
pub async fn output<S: AsRef<OsStr>>(program: &str, args: &[S]) -> Result<String, String> {
    let running = Command::new(program).args(args).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(PATIENCE, running).await.expect("an end in time").unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).trim_end().to_owned();
    if output.status.success() { Ok(said) } else { Err(said) }
}

/// `secure.py`, while it runs.
pub struct Peer {
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Peer {
    /// In one of its modes, with the certificate of that holder.
    pub async fn start(python: &str, mode: &str, authority: &Authority, holder: &str, more: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/secure.py");
        let files = ["ca.pem".to_owned(), format!("{holder}.pem"), format!("{holder}.key")];
        let mut command = Command::new(python);
        command.args([script, mode]).args(files.map(|name| authority.name(&name))).args(more);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { lines, _child: child }
    }

    /// The next line that it prints.
    pub async fn line(&mut self) -> String {
        let line = timeout(PATIENCE, self.lines.next_line()).await.expect("a line in time").unwrap();
        line.expect("another line")
    }
}
