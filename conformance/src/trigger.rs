//! How a subject is brought to send something: by an upper tester, by a command, or by hand.

use std::io::Write as _;
use std::process::Stdio;

use onem2m_cse::codec::json as text;
use onem2m_cse::codec::primitive::{from_request, wrap_request};
use onem2m_cse::primitive::{Operation, ReleaseVersion, Request};
use onem2m_cse::value::Value;
use serde_json::json;
use tokio::process::{Child, Command};

use crate::bench::post;
use crate::wanted::Wanted;

/// The way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The request that is wanted is sent to an upper tester (TS-0019), at this URL.
    UpperTester(String),
    /// This command is run, with what is wanted in its environment.
    Command(String),
    /// A person is asked, on the terminal.
    Hand,
}

impl Trigger {
    /// From its words: a URL, a command, or nothing for a person.
    #[must_use]
    pub fn new(words: &str) -> Self {
        match words.trim() {
            "" => Self::Hand,
            url if url.starts_with("http://") => Self::UpperTester(url.to_owned()),
            command => Self::Command(command.to_owned()),
        }
    }

    /// Pulls it. A command that is still running comes back, and ends when it is dropped.
    ///
    /// # Errors
    /// A sentence, when it cannot be pulled.
    pub async fn pull(&self, wanted: &Wanted, purpose: &str, registrar: &str) -> Result<Option<Child>, String> {
        let mut request = wanted.proposal();
        request.request_identifier = "trigger".into();
        request.release_version_indicator = ReleaseVersion::R3;
        match self {
            Self::UpperTester(url) => {
                let body = |value: &Value| String::from_utf8_lossy(&text::encode(value)).into_owned();
                // TS-0004 8.4.2 has no root around a primitive in JSON; some upper testers want one.
                let bare = post(url, &body(&from_request(&request).into())).await;
                if bare.is_err() {
                    post(url, &body(&wrap_request(&request))).await?;
                }
                Ok(None)
            }
            Self::Command(command) => {
                let mut child = shell(command);
                child.envs(words(wanted, &request, purpose, registrar)).stdin(Stdio::null()).kill_on_drop(true);
                child.spawn().map(Some).map_err(|error| format!("{command}: {error}"))
            }
            Self::Hand => {
                let mut out = std::io::stderr();
                let said = writeln!(out, "\n{purpose}\n  have the subject send a {}", wanted.sentence());
                said.map(|()| None).map_err(|error| error.to_string())
            }
        }
    }
}

fn shell(command: &str) -> Command {
    let (program, switch) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(program);
    child.arg(switch).arg(command);
    child
}

/// What a command finds in its environment.
fn words(wanted: &Wanted, request: &Request, purpose: &str, registrar: &str) -> Vec<(&'static str, String)> {
    let operation = wanted.operation.name().to_lowercase();
    vec![
        ("ONEM2M_PURPOSE", purpose.to_owned()),
        ("ONEM2M_DO", format!("{operation}-{}", wanted.kind.long)),
        ("ONEM2M_OPERATION", operation),
        ("ONEM2M_TYPE", wanted.kind.number.to_string()),
        ("ONEM2M_TO", wanted.to.clone()),
        ("ONEM2M_FROM", request.originator.as_deref().unwrap_or_default().to_owned()),
        ("ONEM2M_ATTRIBUTES", wanted.carries.join(" ")),
        ("ONEM2M_CONTENT", content(wanted)),
        ("ONEM2M_REQUEST", String::from_utf8_lossy(&text::encode(&from_request(request).into())).into_owned()),
        ("ONEM2M_REGISTRAR", registrar.to_owned()),
    ]
}

/// The resource with its root, or nothing.
fn content(wanted: &Wanted) -> String {
    let has_content = matches!(wanted.operation, Operation::Create | Operation::Update);
    if has_content { json!({wanted.kind.root: wanted.content}).to_string() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_is_a_url_a_command_or_a_person() {
        assert_eq!(Trigger::new("http://h:1/ut"), Trigger::UpperTester("http://h:1/ut".into()));
        assert_eq!(Trigger::new("./my-ae --once"), Trigger::Command("./my-ae --once".into()));
        assert_eq!(Trigger::new(" "), Trigger::Hand);
    }
}
