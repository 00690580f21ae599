//! The same run again.

use std::io::{BufRead, Read as _, Write};
use std::sync::Arc;

use super::head::Head;
use super::lines::Step;
use super::outputs;
use crate::codec::json;
use crate::engine::{Engine, Input};
use crate::error::Error;
use crate::resource::Behaviours;
use crate::schema::Registry;
use crate::store::Store;
use crate::value::{Map, Timestamp, Value};

/// The longest line. A longer one is an error.
const LINE: u64 = 64 << 20;

/// How deep a line may nest: content, within a primitive, within an answer.
const DEPTH: usize = 64;

/// An engine that does what a recording says. It has the standard's behaviours; those of an embedder are code, which no
/// recording holds.
#[derive(Debug)]
pub struct Player {
    head: Head,
    registry: Registry,
    store: Arc<dyn Store>,
    engine: Engine,
}

/// What was replayed without a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Commits, and restarts.
    pub rounds: u64,
    /// Requests that went in.
    pub requests: u64,
    /// Replies and calls that came out.
    pub outputs: u64,
    /// The recording has no end of its own: its program was killed or crashed, or it was full.
    pub cut_short: bool,
}

/// Why a replay stops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// The file is no recording.
    #[error("line {line}: {reason}")]
    Unreadable {
        /// The line, from 1.
        line: u64,
        /// What was expected.
        reason: String,
    },
    /// The engine did something else.
    #[error("line {line} is the first difference\n  recorded: {recorded}\n  replayed: {replayed}")]
    Diverged {
        /// The line, from 1.
        line: u64,
        /// What the file says.
        recorded: String,
        /// What came.
        replayed: String,
    },
}

/// What happens in one round.
#[derive(Debug, Default)]
enum Deed {
    #[default]
    Nothing,
    Inputs(Vec<Input>),
    Restart,
    Reset,
    Dismiss,
}

impl Player {
    /// An engine as it was when the recording began.
    ///
    /// # Errors
    /// When the beginning cannot be used.
    pub fn new(head: Head) -> Result<Self, Error> {
        let store = head.store().map_err(Error::Config)?;
        let mut registry = Registry::clone(Registry::shared());
        for (name, text) in &head.schemas {
            registry.extend_toml(name, text)?;
        }
        let engine =
            Engine::new(head.config.clone(), registry.clone(), Behaviours::standard(), store.clone(), head.at)?;
        Ok(Self { head, registry, store, engine })
    }

    /// The engine as it is now.
    pub const fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    fn play(&mut self, at: Timestamp, deed: Deed) -> Result<Vec<Vec<u8>>, String> {
        let outputs = match deed {
            Deed::Nothing => Vec::new(),
            Deed::Inputs(inputs) => self.engine.handle_all(inputs, at),
            Deed::Dismiss => self.engine.dismiss_polls(),
            Deed::Reset => self.engine.reset(at).map_err(|error| error.to_string())?,
            Deed::Restart => {
                let (config, registry) = (self.head.config.clone(), self.registry.clone());
                self.engine = Engine::new(config, registry, Behaviours::standard(), self.store.clone(), at)
                    .map_err(|error| error.to_string())?;
                Vec::new()
            }
        };
        Ok(outputs.iter().filter_map(outputs::line).map(outputs::text).collect())
    }
}

/// Runs a recording and holds what comes out against what it says.
///
/// # Errors
/// At the first difference, or when the file cannot be understood.
pub fn replay(recording: impl BufRead) -> Result<Replayed, Stopped> {
    run(recording, None)
}

/// Runs the inputs of a recording, whatever its outputs say, and writes a recording of that. A file of inputs alone
/// becomes a whole one.
///
/// # Errors
/// When the file cannot be understood, or nothing can be written.
pub fn perform(recording: impl BufRead, mut out: impl Write) -> Result<Replayed, Stopped> {
    run(recording, Some(&mut out))
}

fn run(mut recording: impl BufRead, out: Option<&mut dyn Write>) -> Result<Replayed, Stopped> {
    let mut lines = Lines { recording: &mut recording, number: 0 };
    let mut head = match lines.next()? {
        Some((line, map)) => Head::read(&map).map_err(|reason| Stopped::Unreadable { line, reason })?,
        None => return Err(Stopped::Unreadable { line: 1, reason: "expected a recording, got nothing".into() }),
    };
    let mut first = lines.next()?;
    while let Some((line, map)) = &first
        && head.take(map).map_err(|reason| Stopped::Unreadable { line: *line, reason })?
    {
        first = lines.next()?;
    }
    let begun: Vec<Map> = head.lines().collect();
    let player = Player::new(head).map_err(|error| Stopped::Unreadable { line: 1, reason: error.to_string() })?;
    let mut run = Run { player, out, round: Round::default(), replayed: Replayed::default() };
    for line in begun {
        run.print(&outputs::text(line))?;
    }
    while let Some((line, map)) = first {
        if run.take(line, map)? {
            return Ok(run.replayed);
        }
        first = lines.next()?;
    }
    run.finish(false)?;
    run.replayed.cut_short = true;
    Ok(run.replayed)
}

struct Lines<'a, R> {
    recording: &'a mut R,
    number: u64,
}

impl<R: BufRead> Lines<'_, R> {
    fn next(&mut self) -> Result<Option<(u64, Map)>, Stopped> {
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

#[derive(Default)]
struct Round {
    at: Timestamp,
    deed: Deed,
    expected: Vec<(u64, Map)>,
}

struct Run<'a> {
    player: Player,
    out: Option<&'a mut dyn Write>,
    round: Round,
    replayed: Replayed,
}

impl Run<'_> {
    /// Takes a line; whether it was the last.
    fn take(&mut self, line: u64, map: Map) -> Result<bool, Stopped> {
        let step = Step::read(&map).map_err(|reason| Stopped::Unreadable { line, reason })?;
        let is_output = matches!(step, Step::Output);
        let ends_full = map.get("end").and_then(Value::as_text) == Some("full");
        match (step, &mut self.round.deed) {
            (Step::At(at), _) => {
                self.finish(true)?;
                self.round.at = at;
            }
            (Step::Input(input), deed @ Deed::Nothing) => *deed = Deed::Inputs(vec![input]),
            (Step::Input(input), Deed::Inputs(inputs)) => inputs.push(input),
            (Step::Restart, deed @ Deed::Nothing) => *deed = Deed::Restart,
            (Step::Reset, deed @ Deed::Nothing) => *deed = Deed::Reset,
            (Step::Dismiss, deed @ Deed::Nothing) => *deed = Deed::Dismiss,
            (Step::LongPoll(seconds), _) => {
                self.finish(true)?;
                self.player.engine.reader().core().set_long_poll(Some(seconds));
            }
            (Step::Output, _) => self.round.expected.push((line, map.clone())),
            (Step::Note, _) => {}
            (Step::End, _) => {
                self.finish(!ends_full)?;
                self.replayed.cut_short = ends_full;
                self.print(&outputs::text(map))?;
                return Ok(true);
            }
            _ => return Err(Stopped::Unreadable { line, reason: "expected {\"at\": …} before this".into() }),
        }
        if !is_output {
            self.print(&outputs::text(map))?;
        }
        Ok(false)
    }

    /// Lets happen what was gathered. The last round of a recording that was cut short may lack some of its outputs.
    fn finish(&mut self, whole: bool) -> Result<(), Stopped> {
        let Round { at, deed, expected } = std::mem::take(&mut self.round);
        let line = expected.first().map_or(0, |(line, _)| *line);
        if let Deed::Inputs(inputs) = &deed {
            let requests = inputs.iter().filter(|input| matches!(input, Input::Request(..))).count();
            self.replayed.requests = self.replayed.requests.saturating_add(u64::try_from(requests).unwrap_or(0));
        }
        if !matches!(deed, Deed::Nothing) {
            self.replayed.rounds = self.replayed.rounds.saturating_add(1);
        }
        let came = self.player.play(at, deed).map_err(|reason| Stopped::Unreadable { line, reason })?;
        self.replayed.outputs = self.replayed.outputs.saturating_add(u64::try_from(came.len()).unwrap_or(0));
        if self.out.is_some() {
            return came.iter().try_for_each(|line| self.print(line));
        }
        let lossy = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let mut came = came.into_iter();
        for (line, recorded) in expected {
            let recorded = outputs::text(recorded);
            let replayed = came.next().unwrap_or_else(|| b"nothing".to_vec());
            if recorded != replayed {
                return Err(Stopped::Diverged { line, recorded: lossy(&recorded), replayed: lossy(&replayed) });
            }
        }
        match came.next() {
            Some(more) if whole => {
                Err(Stopped::Diverged { line, recorded: format!("nothing more at {at}"), replayed: lossy(&more) })
            }
            _ => Ok(()),
        }
    }

    fn print(&mut self, text: &[u8]) -> Result<(), Stopped> {
        let Some(out) = &mut self.out else { return Ok(()) };
        let unwritten = |error: std::io::Error| Stopped::Unreadable { line: 0, reason: error.to_string() };
        out.write_all(text).and_then(|()| out.write_all(b"\n")).map_err(unwritten)
    }
}
