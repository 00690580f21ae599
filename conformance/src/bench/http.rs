//! HTTP as it stands on the wire, for what a oneM2M primitive cannot say.

use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Bench;
use crate::log::Entry;
use crate::subject::PATIENCE;
use crate::verdict::{Outcome, Stop, ensure, not_applicable};

/// The most bytes of an answer. Stops a subject that never ends. Beyond: the test fails.
const LARGEST: u64 = 1 << 20;

/// A message that is written by hand.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// `GET`.
    pub method: &'static str,
    /// Path and query, with the slash.
    pub target: String,
    /// Header fields.
    pub fields: Vec<(&'static str, String)>,
    /// The content.
    pub body: String,
}

impl Wire {
    /// A request by an originator, with the header fields that every request has.
    #[must_use]
    pub fn new(method: &'static str, to: &str, originator: &str) -> Self {
        let fields = vec![
            ("X-M2M-Origin", originator.to_owned()),
            ("X-M2M-RI", "wire".to_owned()),
            ("X-M2M-RVI", "3".to_owned()),
            ("Accept", "application/json".to_owned()),
        ];
        Self { method, target: format!("/{to}"), fields, body: String::new() }
    }

    /// With a header field; instead of one of that name, if there is one. Without it, when the value is empty.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if !value.is_empty() {
            self.fields.push((name, value.to_owned()));
        }
        self
    }

    /// With a content, in JSON unless it says otherwise, and the type of what is created.
    #[must_use]
    pub fn content(mut self, body: &str, kind: Option<u32>) -> Self {
        self.body = body.to_owned();
        let media = kind.map_or("application/json".to_owned(), |kind| format!("application/json;ty={kind}"));
        self.with("Content-Type", &media)
    }

    fn text(&self, host: &str) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n", self.method, self.target);
        for (name, value) in &self.fields {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{}", self.body.len(), self.body));
        text
    }
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub struct Returned {
    /// The status of HTTP.
    pub status: u16,
    /// Header fields; names in small letters.
    pub fields: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

impl Returned {
    /// A header field, or empty.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The content as JSON, or null.
    #[must_use]
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// HTTP status and response status code have to be these (TS-0009 6.3.2, 6.4.17).
    ///
    /// # Errors
    /// Fail, when one is another.
    pub fn is(&self, http: u16, code: u32) -> Outcome {
        ensure(self.field("x-m2m-rsc") == code.to_string(), || {
            format!("X-M2M-RSC: expected {code}, got {:?} (HTTP {})", self.field("x-m2m-rsc"), self.status)
        })?;
        ensure(self.status == http, || format!("Status-Code: expected {http} for {code}, got {}", self.status))
    }
}

impl Bench {
    /// Sends a message that is written by hand.
    ///
    /// # Errors
    /// Not applicable, when the subject is not asked over plain HTTP; fail, when no answer comes that can be read.
    pub async fn wire(&self, message: &Wire) -> Result<Returned, Stop> {
        let Some(host) = self.subject().address.strip_prefix("http://") else {
            return not_applicable("this is about HTTP without TLS");
        };
        let text = message.text(host);
        let answer = timeout(PATIENCE, exchange(host, &text)).await;
        let answer = answer.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        let (response, failure) = match &answer {
            Ok(bytes) => (json!({"http": String::from_utf8_lossy(bytes)}), None),
            Err(failure) => (Json::Null, Some(failure.clone())),
        };
        let request = json!({"http": text});
        self.log().add(Entry { at: 0, from_subject: false, request, response, failure, curl: None });
        let said = || format!("{} {}", message.method, message.target);
        let bytes = answer.map_err(|e| Stop::Fail(format!("{}: expected an answer; {e}", said())))?;
        read(&bytes).ok_or_else(|| Stop::Fail(format!("{}: expected an answer of HTTP/1.1", said())))
    }
}

pub(super) async fn exchange(host: &str, text: &str) -> Result<Vec<u8>, String> {
    let said = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(host).await.map_err(said)?;
    stream.write_all(text.as_bytes()).await.map_err(said)?;
    let mut bytes = Vec::new();
    stream.take(LARGEST).read_to_end(&mut bytes).await.map_err(said)?;
    Ok(bytes)
}

impl Returned {
    /// What an answer says; `None` when it is none of HTTP/1.1.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        read(bytes)
    }
}

pub(super) fn read(bytes: &[u8]) -> Option<Returned> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = bytes.split_at(end);
    let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let fields = lines.filter_map(|line| line.split_once(':'));
    let fields = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    Some(Returned { status, fields, body: body.get(4..).unwrap_or_default().to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        let returned = read(b"HTTP/1.1 404 Not Found\r\nX-M2M-RSC: 4004\r\n\r\n{}").unwrap();
        assert_eq!((returned.status, returned.field("x-m2m-rsc"), returned.json()), (404, "4004", json!({})));
        assert!(read(b"nonsense").is_none());
    }

    #[test]
    fn a_field_is_replaced_or_taken_away() {
        let wire = Wire::new("GET", "cse", "C").with("X-M2M-RI", "").with("Accept", "text/plain");
        let text = wire.text("h");
        assert!(!text.contains("X-M2M-RI:") && text.contains("Accept: text/plain\r\n"), "{text}");
    }
}
