//! Writes down what happens.

use std::io::{self, Write};

use super::head::Head;
use super::{inputs, outputs};
use crate::engine::{Input, Output};
use crate::value::{Map, Timestamp, Value};

/// Stops a recording from filling the disk. Beyond: it ends with a line that says so; the CSE goes on. Default: 256 MiB.
pub const DEFAULT_BYTES: u64 = 256 << 20;

/// Writes a recording. What goes in is written before the engine sees it, so that what brings a program down is in the
/// file. A recording is of use from its beginning only, so it is not rotated: it ends when it is full.
pub struct Recorder {
    out: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    left: u64,
    over: bool,
    long_poll: u64,
}

impl Recorder {
    /// Begins a recording of at most so many bytes, and a line.
    ///
    /// # Errors
    /// When it cannot be written, or does not even hold its beginning.
    pub fn new(out: Box<dyn Write + Send>, most: u64, head: &Head) -> io::Result<Self> {
        let mut recorder =
            Self { out, buffer: Vec::new(), left: most, over: false, long_poll: head.config.limits.long_poll };
        for line in head.lines() {
            recorder.line(line);
            if recorder.buffer.len() > 1 << 16 {
                recorder.write()?;
            }
        }
        recorder.write()?;
        if recorder.over {
            return Err(io::Error::other(format!("what the store holds already takes more than {most} bytes")));
        }
        Ok(recorder)
    }

    /// What is about to go in, all of it with one commit. `long_poll` is how long long polls last at that time.
    pub fn inputs(&mut self, now: Timestamp, long_poll: u64, inputs: &[Input]) {
        if self.over {
            return;
        }
        if long_poll != self.long_poll {
            self.long_poll = long_poll;
            self.line(Map::from_iter([("long-poll", long_poll)]));
        }
        self.at(now);
        for input in inputs {
            self.line(inputs::line(input));
        }
        self.flush();
    }

    /// What came of it.
    pub fn outputs(&mut self, outputs: &[Output]) {
        if self.over {
            return;
        }
        for line in outputs.iter().filter_map(outputs::line) {
            self.line(line);
        }
        self.flush();
    }

    /// The engine is dropped and another one opens its store.
    pub fn restart(&mut self, now: Timestamp) {
        self.word(now, "restart");
    }

    /// The tree is about to be emptied.
    pub fn reset(&mut self, now: Timestamp) {
        self.word(now, "reset");
    }

    /// Whoever waits at a polling channel is about to be sent away.
    pub fn dismiss(&mut self, now: Timestamp) {
        self.word(now, "dismiss");
    }

    /// A word for the reader, which a replay passes over.
    pub fn note(&mut self, note: &str) {
        if !self.over {
            self.line(Map::from_iter([("note", note)]));
            self.flush();
        }
    }

    /// Ends the recording.
    pub fn end(&mut self) {
        if !self.over {
            self.line(Map::from_iter([("end", "stopped")]));
            self.flush();
            self.over = true;
        }
    }

    /// Whether nothing is written any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.over
    }

    fn word(&mut self, now: Timestamp, word: &str) {
        if !self.over {
            self.at(now);
            self.line(Map::from_iter([(word, true)]));
            self.flush();
        }
    }

    fn at(&mut self, now: Timestamp) {
        self.line(Map::from_iter([("at", Value::from(now))]));
    }

    fn line(&mut self, line: Map) {
        self.buffer.extend_from_slice(&outputs::text(line));
        self.buffer.push(b'\n');
    }

    fn flush(&mut self) {
        if let Err(error) = self.write() {
            tracing::warn!(%error, "the recording cannot be written any more");
            self.over = true;
        } else if self.over {
            tracing::warn!("the recording is full, and ends here");
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let taken = u64::try_from(self.buffer.len()).unwrap_or(u64::MAX);
        if let Some(left) = self.left.checked_sub(taken) {
            self.left = left;
        } else {
            // What was gathered is whole lines of one round, which are of no use without each other.
            self.buffer.clear();
            self.buffer.extend_from_slice(b"{\"end\":\"full\"}\n");
            self.over = true;
        }
        self.out.write_all(&self.buffer)?;
        self.out.flush()?;
        self.buffer.clear();
        Ok(())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // After a panic the last round stays without an end: that is how a reader knows.
        if !std::thread::panicking() {
            self.end();
        }
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("left", &self.left).field("over", &self.over).finish_non_exhaustive()
    }
}
