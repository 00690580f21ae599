//! A private Mosquitto, and its own clients, which know nothing of this project.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

/// A broker on a port that the system picked. It ends when it is dropped.
pub struct Mosquitto {
    pub port: u16,
    folder: tempfile::TempDir,
    process: Child,
}

/// A client's name and password towards the broker.
pub type Login = (&'static str, &'static str);

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    places.map(|place| place.join("mosquitto")).find(|program| program.is_file())
}

fn skip<T>(reason: &str) -> Option<T> {
    assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
    println!("{reason}");
    None
}

impl Mosquitto {
    /// A broker that lets everybody in. `None`, with a sentence, where there is no Mosquitto.
    pub async fn open() -> Option<Self> {
        Self::with("allow_anonymous true\n", &[]).await
    }

    /// A broker with these lines in its configuration, and these files beside it.
    pub async fn with(lines: &str, files: &[(&str, &str)]) -> Option<Self> {
        let Some(program) = program() else { return skip("skipped: there is no mosquitto") };
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let place = folder.path().display();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let lines = lines.replace("FOLDER", &place.to_string());
        // It would else become a user who may not read what this one wrote.
        let config = format!(
            "listener {port} 127.0.0.1\nuser root\npersistence true\npersistence_location {place}/\nautosave_interval 1\n\
             max_queued_messages 0\nlog_dest none\n{lines}"
        );
        std::fs::write(folder.path().join("mosquitto.conf"), config).unwrap();
        let process = start(&program, &folder);
        let mut broker = Self { port, folder, process };
        if !broker.is_there().await {
            assert!(lines.contains("protocol websockets"), "mosquitto does not listen");
            return skip("skipped: this mosquitto was built without WebSocket");
        }
        Some(broker)
    }

    /// A broker that lets in who knows the password.
    pub async fn guarded(login: Login) -> Option<Self> {
        if program().is_none() {
            return Self::open().await;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwords");
        std::fs::write(&path, "").unwrap();
        let made = Command::new("mosquitto_passwd").arg("-b").arg(&path).args([login.0, login.1]).status();
        assert!(made.await.unwrap().success());
        let passwords = std::fs::read_to_string(&path).unwrap();
        Self::with("allow_anonymous false\npassword_file FOLDER/passwords\n", &[("passwords", &passwords)]).await
    }

    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Ends it as an operator would, and waits for that.
    pub async fn stop(&mut self) {
        let process = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().await.unwrap().success());
        self.process.wait().await.unwrap();
    }

    /// Ends it as a power cut would.
    pub async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts it again with what it had.
    pub async fn start(&mut self) {
        self.process = start(&program().unwrap(), &self.folder);
        assert!(self.is_there().await, "mosquitto does not listen");
    }

    async fn is_there(&mut self) -> bool {
        for _ in 0..500 {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    fn client(&self, program: &str, login: Option<Login>) -> Command {
        let mut command = Command::new(program);
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-q", "1"]).kill_on_drop(true);
        if let Some((name, password)) = login {
            command.args(["-u", name, "-P", password]);
        }
        command
    }

    /// Publishes with these further arguments, and waits until the broker has it.
    pub async fn publish(&self, topic: &str, payload: &[u8], login: Option<Login>, more: &[&str]) {
        let mut command = self.client("mosquitto_pub", login);
        let mut process = command.args(["-t", topic, "-s"]).args(more).stdin(Stdio::piped()).spawn().unwrap();
        process.stdin.take().unwrap().write_all(payload).await.unwrap();
        assert!(process.wait().await.unwrap().success(), "{topic}");
    }

    pub async fn say(&self, topic: &str, payload: &str) {
        self.publish(topic, payload.as_bytes(), None, &[]).await;
    }

    /// Listens to a topic.
    pub async fn listen(&self, topic: &str, login: Option<Login>) -> Ear {
        let mut command = self.client("mosquitto_sub", login);
        // The payload as hexadecimal digits: CBOR is no text. A retained message says that the subscription is there.
        let ready = format!("ready/{}", topic.replace(['+', '#', '/'], "-"));
        if login.is_none() {
            self.publish(&ready, b"x", None, &["-r"]).await;
            command.args(["-t", &ready]);
        }
        let mut process = command.args(["-t", topic, "-F", "%t %x"]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut ear = Ear { lines, _process: process };
        if login.is_none() {
            assert_eq!(ear.hear().await.0, ready);
            // Both topics were in one packet: the broker has the other as well.
        } else {
            // Nobody can tell from outside when a client without further rights has subscribed.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        ear
    }
}

fn start(program: &std::path::Path, folder: &tempfile::TempDir) -> Child {
    let mut command = Command::new(program);
    command.arg("-c").arg(folder.path().join("mosquitto.conf")).kill_on_drop(true);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Somebody who listens.
pub struct Ear {
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Ear {
    /// The next message: topic and payload.
    pub async fn hear(&mut self) -> (String, Vec<u8>) {
        self.hear_within(Duration::from_secs(20)).await.expect("nothing was heard")
    }

    pub async fn hear_within(&mut self, time: Duration) -> Option<(String, Vec<u8>)> {
        let line = tokio::time::timeout(time, self.lines.next_line()).await.ok()?.unwrap().unwrap();
        let (topic, hex) = line.rsplit_once(' ').unwrap();
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        Some((topic.to_owned(), (0..hex.len()).step_by(2).map(byte).collect()))
    }

    /// The next message as JSON.
    pub async fn json(&mut self) -> (String, Value) {
        let (topic, payload) = self.hear().await;
        let text = String::from_utf8(payload).unwrap();
        (topic, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
    }
}
