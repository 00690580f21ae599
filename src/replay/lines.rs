//! The kinds of lines, and the small words in them.

use super::inputs;
use crate::engine::Input;
use crate::value::{Map, Timestamp, Value};

/// What a line wants done.
#[derive(Debug)]
pub enum Step {
    /// `at`: whatever follows happens now, all of it with one commit.
    At(Timestamp),
    /// `request`, `answer`, `gone`, `connected`, `disconnected`, `due`.
    Input(Input),
    /// `restart`: the engine is dropped, and another one opens its store.
    Restart,
    /// `reset`: the tree is emptied, as an upper tester may ask (TS-0019).
    Reset,
    /// `dismiss`: whoever waits at a polling channel is sent away.
    Dismiss,
    /// `long-poll`: long polls last so many seconds from now on; 0 for what the configuration says.
    LongPoll(u64),
    /// `reply`, `call`: what came out.
    Output,
    /// `note`: for the reader.
    Note,
    /// `end`: the recording ends here by intent.
    End,
}

impl Step {
    /// Reads a line after the head.
    ///
    /// # Errors
    /// What was expected instead.
    pub(super) fn read(line: &Map) -> Result<Self, String> {
        let Some((name, value)) = line.iter().next() else { return Err("expected a line with something in it".into()) };
        let number =
            || u64::try_from(integer(name, value)?).map_err(|_| format!("{name}: expected no negative number"));
        Ok(match name.as_str() {
            "at" => Self::At(at(line)?),
            "request" => Self::Input(inputs::request(number()?, line)?),
            "answer" => Self::Input(inputs::answer(number()?, line)?),
            "gone" => Self::Input(Input::Gone(number()?)),
            "connected" => Self::Input(inputs::connected(number()?, line)?),
            "disconnected" => Self::Input(inputs::disconnected(number()?)),
            "due" => Self::Input(Input::Due),
            "restart" => Self::Restart,
            "reset" => Self::Reset,
            "dismiss" => Self::Dismiss,
            "long-poll" => Self::LongPoll(number()?),
            "reply" | "call" => Self::Output,
            "note" => Self::Note,
            "end" => Self::End,
            other => return Err(format!("{other:?}: no such line")),
        })
    }
}

/// The instant of a line.
pub(super) fn at(line: &Map) -> Result<Timestamp, String> {
    let text = line.get("at").and_then(Value::as_text);
    text.and_then(Timestamp::parse).ok_or_else(|| "at: expected an instant, such as 20261121T013000,000000".into())
}

pub(super) fn integer(name: &str, value: &Value) -> Result<i64, String> {
    value.as_int().ok_or_else(|| format!("{name}: expected a whole number, got {}", value.excerpt()))
}

pub(super) fn members<'a>(name: &str, value: &'a Value) -> Result<&'a Map, String> {
    value.as_map().ok_or_else(|| format!("{name}: expected an object, got {}", value.excerpt()))
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Hexadecimal digits as bytes.
pub(super) fn unhex(name: &str, value: &Value) -> Result<Vec<u8>, String> {
    let wrong = || format!("{name}: expected pairs of hexadecimal digits");
    let text = value.as_text().filter(|text| text.is_ascii()).ok_or_else(wrong)?;
    let pair = |at: usize| text.get(at..at.saturating_add(2)).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..text.len()).step_by(2).map(|at| pair(at).ok_or_else(wrong)).collect()
}
