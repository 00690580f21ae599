//! An application that speaks CoAP in another language: libcoap's command-line client.
//!
//! It throws away responses with critical options that it does not know, and those of oneM2M are critical. But it writes
//! down what it received, and that is what is looked at here.

use std::net::SocketAddr;

use tokio::process::Command;

pub struct Libcoap {
    program: &'static str,
    address: SocketAddr,
}

/// The last message that came, as libcoap writes it down.
#[derive(Debug)]
pub struct Heard {
    /// `ACK`, `NON` or `CON`.
    pub kind: String,
    /// `2.05`.
    pub code: String,
    /// `Content-Format:application/json, 283:\x72\x31`.
    pub options: String,
    /// The payload, or its bytes in hexadecimal digits.
    pub payload: String,
    /// All that it wrote.
    pub log: String,
}

impl Libcoap {
    /// `None` when it is not installed.
    pub async fn find(address: SocketAddr) -> Option<Self> {
        for program in ["coap-client-notls", "coap-client"] {
            // Without arguments it says how it is used.
            if Command::new(program).output().await.is_ok() {
                return Some(Self { program, address });
            }
        }
        let reason = "this story needs libcoap's client (libcoap3-bin), which is not installed";
        assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
        eprintln!("skipped: {reason}");
        None
    }

    /// Sends a request of the AE, and waits for so many seconds.
    pub async fn ask_for(&self, seconds: u32, method: &str, path: &str, more: &[&str]) -> Heard {
        let (url, seconds) = (format!("coap://{}/{path}", self.address), seconds.to_string());
        let mut command = Command::new(self.program);
        command.args(["-v", "7", "-B", &seconds, "-m", method, "-O", "279,Clamp", "-O", "283,r1", "-O", "271,3"]);
        let output = command.args(more).arg(url).output().await.unwrap();
        Heard::read(&String::from_utf8_lossy(&output.stdout))
    }

    /// The same, two seconds long.
    pub async fn ask(&self, method: &str, path: &str, more: &[&str]) -> Heard {
        self.ask_for(2, method, path, more).await
    }
}

impl Heard {
    fn read(log: &str) -> Self {
        let mut heard = Self {
            kind: String::new(),
            code: String::new(),
            options: String::new(),
            payload: String::new(),
            log: log.to_owned(),
        };
        let mut lines = log.lines();
        while let Some(line) = lines.next() {
            if !line.contains(" : received ") {
                continue;
            }
            let Some(message) = lines.next().filter(|line| !line.contains("c:0.00")) else { continue };
            let word = |name: &str| {
                let behind = message.split_once(name).map_or("", |(_, rest)| rest);
                behind.split(' ').next().unwrap_or_default().to_owned()
            };
            heard.kind = word(" t:");
            heard.code = word(" c:");
            let (options, payload) = message.split_once(" ] :: ").unwrap_or((message, ""));
            heard.options =
                options.split_once(" [ ").map_or("", |(_, options)| options).trim_end_matches(" ]").to_owned();
            heard.payload = match payload.starts_with("binary data") {
                true => lines.next().unwrap_or_default().trim_matches(['<', '>']).to_owned(),
                false => payload.trim_matches('\'').to_owned(),
            };
        }
        heard
    }

    /// The response status code.
    pub fn status(&self) -> u16 {
        let digits = self.options.split_once("307:").map_or("", |(_, rest)| rest).replace("\\x", "");
        let digits: String = digits.chars().take(4).collect();
        u16::from_str_radix(&digits, 16).unwrap_or(0)
    }
}
