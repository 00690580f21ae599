//! The examples do what their first comment says. `cargo test` builds them; here they are run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test speaks by panicking")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where `cargo test` puts the examples: beside the folder that this test lies in.
fn example(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let built = here.parent().and_then(|deps| deps.parent()).unwrap().join("examples").join(name);
    let built = built.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        built.exists(),
        "{} is not built; run `cargo test` without --test, or `cargo build --examples`",
        built.display()
    );
    built
}

/// Runs an example to its end; answers what it printed.
fn run(name: &str) -> String {
    let output = Command::new(example(name)).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}

#[test]
fn embedded_answers_three_requests_and_lets_an_instance_grow_old() {
    let printed = run("embedded");
    let lines: Vec<&str> = printed.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        ["1: 2001", "Created Csensor", "2: 2001", "Created cnt-4", "3: 2001", "Created cin-5", "Expired cin-5"]
    );
}

#[cfg(feature = "suite")]
#[test]
fn own_store_is_a_store() {
    assert_eq!(run("own_store"), "a store\n");
}

#[cfg(feature = "tokio")]
#[test]
fn vendor_type_is_created_and_guarded_twice() {
    let printed = run("vendor_type");
    let codes: Vec<&str> = printed.lines().filter_map(|line| line.split_once(' ')).map(|(code, _)| code).collect();
    assert_eq!(codes, ["2001", "4000", "4102", "2004"], "{printed}");
    assert!(printed.contains(r#""opng":50,"movs":1"#), "{printed}");
}

#[cfg(feature = "tokio")]
#[test]
fn told_is_told_in_order_and_agrees_or_not() {
    let printed = run("told");
    assert_eq!(printed, "vrq: told\n21.0: told\n21.5: told\n22.0: told\noff: 4127\non: 2004\n");
}

/// It listens on the port that everybody uses for such things, so it is only run where that port is free.
#[cfg(feature = "http")]
#[test]
fn hello_listens() {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};

    if TcpListener::bind(("127.0.0.1", 8080)).is_err() {
        eprintln!("skipped: port 8080 is taken");
        return;
    }
    let mut child = Command::new(example("hello")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    if line.is_empty() {
        let complaint = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
        assert!(complaint.contains("in use"), "{complaint}");
        eprintln!("skipped: somebody took port 8080 first");
        return;
    }
    let answer = TcpStream::connect(("127.0.0.1", 8080)).and_then(|mut peer| {
        let head =
            "GET /cse-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 1\r\n\r\n";
        peer.write_all(head.as_bytes())?;
        let mut answer = String::new();
        peer.read_to_string(&mut answer)?;
        Ok(answer)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(line, "listening: http://127.0.0.1:8080/cse-in\n");
    assert!(answer.unwrap().contains(r#""m2m:cb":{"rn":"cse-in""#));
}

#[cfg(all(feature = "client", feature = "http", feature = "ws"))]
#[test]
fn guide_comes_to_its_end() {
    let printed = run("guide");
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "registered as Csensor",
            "the latest: 21.5",
            "no humidity",
            "found cse-in/sensor/temps",
            "2 members answered",
            "told of 22.0",
            "Clamp is told: true",
            "Cdoor is told: true",
            "Cbell is told: true",
            "the change was made: false",
            "created reading-17",
            "it is there already",
            "2000 OK",
        ]
    );
}

/// What a reader of the guide sees is what runs; where certificates are needed, an example of the library's documentation.
#[test]
fn the_guide_shows_nothing_but_its_example() {
    let (guide, program) = (include_str!("../docs/client.md"), include_str!("../examples/guide.rs"));
    let program = format!("{program}{}", include_str!("../src/client/builder.rs").replace("    /// ", ""));
    let pieces: Vec<&str> =
        guide.split("```rust\n").skip(1).map(|piece| piece.split("```").next().unwrap_or_default()).collect();
    assert!(pieces.len() > 10, "{}", pieces.len());
    for piece in pieces {
        assert!(program.contains(piece), "not in examples/guide.rs:\n{piece}");
    }
}

/// The three applications at a CSE of ours, each a program of its own.
#[cfg(all(feature = "client", feature = "http", feature = "ws"))]
#[test]
fn sensor_actuator_and_dashboard_work_together() {
    use std::io::{BufRead, BufReader};
    use std::process::Child;

    use onem2m_cse::binding::http::HttpConfig;
    use onem2m_cse::binding::ws::WsConfig;
    use onem2m_cse::{Cse, CseConfig};

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let anywhere = || vec!["127.0.0.1:0".parse().unwrap()];
    let builder = Cse::builder(CseConfig::default())
        .bind(HttpConfig { addresses: anywhere(), ..HttpConfig::default() })
        .bind(WsConfig { addresses: anywhere(), ..WsConfig::default() });
    let cse = runtime.block_on(builder.start()).unwrap();
    let (web, socket) = (cse.addresses()[0].clone(), cse.addresses()[1].clone());
    let run = |name: &str, url: &str, count: &str| {
        let output = Command::new(example(name)).args([url, count]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{name}: {printed}{}", String::from_utf8_lossy(&output.stderr));
        printed
    };
    // Until it has said so, it does not listen.
    let begin = |name: &str, url: &str, ready: &str| -> (Child, BufReader<std::process::ChildStdout>) {
        let mut child = Command::new(example(name)).args([url, "2"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with(ready) {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "{name} ended early");
        }
        (child, lines)
    };
    assert_eq!(run("sensor", &web, "1"), "registered as Csensor\nsaid 20.0\n");
    let heaters = [begin("actuator", &socket, "listening as Cheater")];
    let dashboard = begin("dashboard", &web, "following 1");
    assert_eq!(run("sensor", &web, "2"), "registered as Csensor\nsaid 20.0\nsaid 20.5\n");
    let finish = |(mut child, lines): (Child, BufReader<std::process::ChildStdout>)| {
        let lines: Vec<String> = lines.lines().map(Result::unwrap).collect();
        assert!(child.wait().unwrap().success(), "{lines:?}");
        lines
    };
    for heater in heaters {
        assert_eq!(finish(heater), ["20.0: on", "20.5: off"]);
    }
    assert_eq!(finish(dashboard), ["cse-in/sensor/temps: 20.0", "cse-in/sensor/temps: 20.5"]);
    runtime.block_on(cse.stop());
}
