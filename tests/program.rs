//! The program in circumstances that are not the best.
#![cfg(all(unix, feature = "server"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test speaks by panicking")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_onem2m-cse"))
}

#[test]
fn a_directory_without_a_cse_is_not_given_one_by_being_checked() {
    let folder = tempfile::tempdir().unwrap();
    let output = program().args(["check", "--data"]).arg(folder.path()).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && complaint.contains("there is no CSE in"), "{complaint}");
    assert!(complaint.contains(folder.path().to_str().unwrap()), "{complaint}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    fs::write(folder.path().join("FORMAT"), "somebody else's").unwrap();
    assert!(!program().args(["check", "--data"]).arg(folder.path()).status().unwrap().success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn nobody_has_to_listen_to_the_greeting() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut child = program()
        .args(["--memory", "--log-level", "error", "--http", &port])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let begun = Instant::now();
    while TcpStream::connect(&port).is_err() && begun.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(5));
    }
    // It greets once it listens; a moment later it is still there.
    thread::sleep(Duration::from_millis(200));
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    let complaint = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert_eq!(ended, None, "{complaint}");
}
