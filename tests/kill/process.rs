//! The program as a child process. Only what was started here is ended here.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The program, without arguments.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_onem2m-cse"))
}

/// A child process that ends with the test.
pub struct Spawned(Child);

/// A CSE that said where it listens.
pub struct Running {
    process: Spawned,
    /// Host and port.
    pub address: String,
    /// Kept open: what the program prints later has somewhere to go.
    _stdout: BufReader<std::process::ChildStdout>,
}

impl Running {
    /// Starts the program on a data directory, and does not wait for it.
    pub fn spawn(data: &Path) -> Spawned {
        let mut command = program();
        command.args(["--config", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kill/cse.toml")]);
        command.args(["--http", "127.0.0.1:0", "--log-level", "error", "--data"]).arg(data);
        Spawned(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Starts the program and waits until it is ready.
    pub fn start(data: &Path) -> Self {
        let mut process = Self::spawn(data);
        let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Some((_, url)) = line.split_once(" is ready: http://") else {
            panic!("the CSE does not start: {line}{}", process.complaint());
        };
        let address = url.trim().to_owned();
        Self { process, address, _stdout: stdout }
    }

    /// SIGKILL, now.
    pub fn kill(mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }

    /// SIGTERM; the program has to end by itself and be content.
    pub fn terminate(mut self) {
        let signal = ["-c", "kill -TERM \"$0\"", &self.process.0.id().to_string()].map(str::to_owned);
        assert!(Command::new("sh").args(signal).status().unwrap().success());
        let status = self.process.wait();
        assert!(status.success(), "{status}: {}", self.process.complaint());
    }
}

impl Spawned {
    /// SIGKILL after a while.
    pub fn kill_after(mut self, time: Duration) {
        thread::sleep(time);
        let ended = self.0.try_wait().unwrap();
        assert!(ended.is_none(), "the CSE does not start: {}", self.complaint());
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits for the program to turn the command down; answers what it said.
    pub fn refused(mut self) -> String {
        assert!(!self.wait().success());
        self.complaint()
    }

    fn wait(&mut self) -> std::process::ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "the program does not end");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// What an ended program wrote to standard error.
    fn complaint(&mut self) -> String {
        let _ = self.0.kill();
        let mut text = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The directory is in order, says the program. Answers what else it says.
pub fn check(data: &Path) -> String {
    let output = program().args(["check", "--data"]).arg(data).output().unwrap();
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complaint}");
    said.into_owned()
}
