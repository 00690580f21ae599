//! What was said in a test, so that a person can read it and say it again.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use onem2m_cse::binding::http::mapping::outgoing;
use onem2m_cse::codec::format::Format;
use onem2m_cse::codec::primitive;
use onem2m_cse::primitive::{Request, Response};
use onem2m_cse::schema::Registry;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::ask::to_json;

/// The most entries of a test. Stops a test that talks without end. Beyond: nothing is kept.
const KEPT: usize = 400;

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Milliseconds since the test began.
    pub at: u64,
    /// `true` for a request of the subject: a notification.
    pub from_subject: bool,
    /// The request primitive.
    pub request: Json,
    /// The response primitive; null when there was none.
    pub response: Json,
    /// Why there was no response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// A command line that says the same to the subject, where HTTP is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curl: Option<String>,
}

impl Entry {
    /// A request of ours, and what became of it.
    #[must_use]
    pub fn sent(request: &Request, answer: &Result<Response, String>, curl: Option<String>) -> Self {
        let (response, failure) = match answer {
            Ok(response) => (written(primitive::from_response(response)), None),
            Err(failure) => (Json::Null, Some(failure.clone())),
        };
        let request = written(primitive::from_request(request));
        Self { at: 0, from_subject: false, request, response, failure, curl }
    }

    /// A request of the subject, and our answer.
    #[must_use]
    pub fn came(request: &Request, response: &Response) -> Self {
        let request = written(primitive::from_request(request));
        let response = written(primitive::from_response(response));
        Self { at: 0, from_subject: true, request, response, failure: None, curl: None }
    }
}

fn written(map: onem2m_cse::value::Map) -> Json {
    to_json(&map.into())
}

/// The log of one test. Clones share it.
#[derive(Clone, Debug)]
pub struct Log {
    entries: Arc<Mutex<Vec<Entry>>>,
    begun: Instant,
}

impl Default for Log {
    fn default() -> Self {
        Self { entries: Arc::default(), begun: Instant::now() }
    }
}

impl Log {
    /// Adds an entry, with its time.
    pub fn add(&self, mut entry: Entry) {
        entry.at = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() < KEPT {
            entries.push(entry);
        }
    }

    /// Everything so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The command line that sends a request over HTTP. `None` where it cannot be said there.
#[must_use]
pub fn curl(url: &str, request: &Request, format: Format) -> Option<String> {
    let message = outgoing::request(url, request, format, Registry::shared()).ok()?;
    let mut line = format!("curl -i -X {} {}", message.method(), quoted(&message.uri().to_string()));
    for (name, value) in message.headers() {
        write!(line, " -H {}", quoted(&format!("{name}: {}", value.to_str().ok()?))).ok()?;
    }
    if !message.body().is_empty() {
        match std::str::from_utf8(message.body()) {
            Ok(text) => write!(line, " -d {}", quoted(text)).ok()?,
            Err(_) => line.push_str(" --data-binary @content"),
        }
    }
    Some(line)
}

/// A text as a shell takes it literally.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::{Asking as _, create};
    use crate::kind::CNT;
    use serde_json::json;

    #[test]
    fn a_request_can_be_repeated_by_hand() {
        let request = create("cse/ae", CNT, &json!({"lbl": ["it's"]})).by("Cae").identified("r1");
        let line = curl("http://h:1/cse/ae", &request, Format::Json).unwrap();
        assert!(line.starts_with("curl -i -X POST 'http://h:1/cse/ae'"), "{line}");
        assert!(line.contains("-H 'content-type: application/json;ty=3'"), "{line}");
        assert!(line.contains(r"it'\''s"), "{line}");
    }
}
