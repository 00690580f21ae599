//! The program in circumstances that are not the best.
#![cfg(all(unix, feature = "server"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
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

/// Nobody asked for WebSocket: a port that is taken is done without. Somebody asked: it is not.
#[test]
fn websocket_is_done_without_unless_it_was_asked_for() {
    // Whoever has the port, somebody has it.
    let _taken = TcpListener::bind("127.0.0.1:8180");
    let mut child = program()
        .args(["--memory", "--log-level", "warn", "--http", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let greeting: Vec<String> = lines.by_ref().take(2).map(Result::unwrap).collect();
    child.kill().unwrap();
    let complaint = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(greeting[0].contains("is ready: http://127.0.0.1:") && greeting[1] == "WebSocket: none", "{greeting:?}");
    assert!(complaint.contains("not listening for WebSocket"), "{complaint}");
    let asked = ["--memory", "--http", "127.0.0.1:0", "--ws", "127.0.0.1:8180"];
    let output = program().args(asked).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && complaint.contains("cannot listen on 127.0.0.1:8180"), "{complaint}");
}
