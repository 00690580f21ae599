//! A recording as text.

use std::io::{BufRead, Read as _};

use super::player::Stopped;
use crate::codec::json;
use crate::value::{Map, Value};

/// The longest line. A longer one is an error.
const LINE: u64 = 64 << 20;

/// How deep a line may nest: content, within a primitive, within an answer.
const DEPTH: usize = 64;

/// The lines of a recording, one after the other.
pub(super) struct Lines<'a, R> {
    recording: &'a mut R,
    number: u64,
}

impl<'r, R: BufRead> Lines<'r, R> {
    pub(super) const fn of(recording: &'r mut R) -> Self {
        Self { recording, number: 0 }
    }

    /// The next line that says anything, with its number; `None` at the end.
    ///
    /// # Errors
    /// When it is no object.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Map)>, Stopped> {
        loop {
            self.number = self.number.saturating_add(1);
            let line = self.number;
            let unreadable = |reason: String| Stopped::Unreadable { line, reason };
            let mut text = Vec::new();
            self.recording
                .by_ref()
                .take(LINE)
                .read_until(b'\n', &mut text)
                .map_err(|error| unreadable(error.to_string()))?;
            if text.is_empty() {
                return Ok(None);
            }
            let whole = text.last() == Some(&b'\n');
            if text.trim_ascii().is_empty() {
                continue;
            }
            match json::decode(&text, DEPTH) {
                Ok(Value::Map(map)) => return Ok(Some((line, map))),
                Ok(other) => return Err(unreadable(format!("expected an object, got {}", other.kind()))),
                // The program was killed in the middle of a line.
                Err(_) if !whole && self.number > 1 => return Ok(None),
                Err(error) => return Err(unreadable(format!("malformed JSON: {error}"))),
            }
        }
    }
}
