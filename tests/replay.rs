//! A run of the program is recorded and happens again; every run that once went wrong does what it should.
#![cfg(all(unix, feature = "server"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test speaks by panicking"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_onem2m-cse"))
}

fn replay(file: &Path, more: &[&str]) -> Output {
    program().arg("replay").arg(file).args(more).output().unwrap()
}

/// A CSE that records, and where it listens.
fn recording(file: &Path, more: &[&str]) -> (Child, String) {
    let mut child = program()
        .args(["--http", "127.0.0.1:0", "--ws=", "--coap=", "--log-level", "warn", "--record"])
        .arg(file)
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let greeting = lines.next().unwrap().unwrap();
    let address = greeting.split("http://").nth(1).unwrap().split(['/', ' ', ',']).next().unwrap().to_owned();
    // Somebody has to read the rest of the greeting, or it cannot be written.
    std::thread::spawn(move || lines.for_each(drop));
    (child, address)
}

fn ask(address: &str, line: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let text = format!(
        "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-M2M-RI: r1\r\nX-M2M-RVI: 3\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn register(address: &str) -> String {
    let headers = "X-M2M-Origin: Cae1\r\nContent-Type: application/json;ty=2\r\n";
    ask(address, "POST /cse-in", headers, r#"{"m2m:ae":{"rn":"Cae1","api":"Na","rr":false,"srv":["3"]}}"#)
}

#[test]
fn what_a_running_cse_did_happens_again_and_a_difference_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("day"), folder.path().join("data"));
    let data = data.to_str().unwrap();
    let (mut child, address) = recording(&file, &["--data", data]);
    assert!(register(&address).contains(" 201 "));
    let own = "X-M2M-Origin: Cae1\r\n";
    assert!(ask(&address, "GET /cse-in/Cae1", own, "").contains(" 200 "));
    assert!(ask(&address, "GET /cse-in?fu=1&ty=2", own, "").contains(" 200 "));
    assert!(ask(&address, "DELETE /cse-in/nowhere", own, "").contains(" 404 "));
    // Killed: what came in and out is in the file all the same.
    child.kill().unwrap();
    child.wait().unwrap();
    let output = replay(&file, &[]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.starts_with("4 requests in"), "{said}");

    // What the first run left is the beginning of the second.
    let second = folder.path().join("second");
    let (mut child, address) = recording(&second, &["--data", data]);
    assert!(register(&address).to_ascii_lowercase().contains("x-m2m-rsc: 4117"), "it has registered already");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(replay(&second, &[]).status.success());

    let printed = replay(&second, &["--print"]).stdout;
    let text = fs::read_to_string(&second).unwrap();
    assert!(String::from_utf8(printed).unwrap().starts_with(&text), "what is printed is what was recorded");
    fs::write(&second, text.replace("\"rsc\":4117", "\"rsc\":2001")).unwrap();
    let output = replay(&second, &[]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("is the first difference") && complaint.contains("\"rsc\":4117"), "{complaint}");
}

#[test]
fn a_recording_never_takes_the_place_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("precious");
    fs::write(&file, "not to be lost").unwrap();
    let output = program().args(["--memory", "--http=", "--ws=", "--coap=", "--record"]).arg(&file).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && complaint.contains("recording into"), "{complaint}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "not to be lost");
}

#[test]
fn every_run_that_once_went_wrong_goes_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "jsonl")) {
        let recording = BufReader::new(fs::File::open(file).unwrap());
        if let Err(stopped) = onem2m_cse::replay::replay(recording) {
            panic!("{}, {stopped}", file.display());
        }
    }
    assert!(!files.is_empty(), "{} is empty", folder.display());
}
