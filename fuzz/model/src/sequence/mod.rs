//! A day in the life of a CSE, played on the engine and on the [`Model`](crate::model::Model) side by side.
//!
//! The bytes of an input are deeds of six bytes each, so a fuzzer can cut, splice and repeat them, and every text of bytes
//! is some day. What a day was is best read in its recording.

mod alike;
mod ask;
mod channels;
pub mod faulty;
mod groups;
mod made;
mod mistake;
mod outside;
mod stage;
mod torn;

use std::io::Write;
use std::sync::{Arc, Mutex};

pub use mistake::Mistake;
pub use stage::Stage;
pub use torn::torn;

/// The length of a deed.
pub const DEED: usize = 6;

/// The most deeds of one day.
pub const MOST: usize = 120;

/// One thing that happens.
pub type Deed = [u8; DEED];

/// What came of a day.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Requests.
    pub requests: u64,
    /// Those that passed validation, found their target and were dispatched.
    pub dispatched: u64,
    /// Those that succeeded.
    pub successes: u64,
    /// Notifications that were taken by whom they were for.
    pub told: u64,
}

/// The deeds that bytes are.
#[must_use]
pub fn deeds(bytes: &[u8]) -> Vec<Deed> {
    bytes.chunks_exact(DEED).take(MOST).filter_map(|deed| deed.try_into().ok()).collect()
}

const NOTE: &str = "deeds ";

/// A day as the note in its recording has it: the bytes of its deeds in hexadecimal digits.
fn written(day: &[Deed]) -> String {
    let digits: String = day.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
    format!("{NOTE}{digits}")
}

/// The bytes that a recording was made from: what [`play`] wrote down, back again.
///
/// # Errors
/// When it was not made from bytes, or they are garbled.
pub fn bytes_of(recording: &[u8]) -> Result<Vec<u8>, String> {
    let lines = recording.split(|byte| *byte == b'\n').take(8);
    let notes = lines.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    let note = notes.filter_map(|line| Some(line.get("note")?.as_str()?.strip_prefix(NOTE)?.to_owned())).next();
    let digits = note.ok_or("expected a note with deeds in its first lines: this recording was made from no input")?;
    let pair = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes = (0..digits.len()).step_by(2).map(|at| pair(at).ok_or("deeds: expected pairs of digits".to_owned()));
    bytes.collect()
}

/// For the fuzzer.
///
/// # Panics
/// When engine and model do not agree.
pub fn sequence(bytes: &[u8]) {
    if let Err(difference) = play(&deeds(bytes), None) {
        panic!("{difference}");
    }
}

/// For the fuzzer: the same on a store that fails.
///
/// # Panics
/// As [`sequence`].
pub fn faulty_sequence(bytes: &[u8]) {
    if let Err(difference) = play_faulty(&deeds(bytes)) {
        panic!("{difference}");
    }
}

/// Plays a day. `paper` gets the recording, whatever happens.
///
/// # Errors
/// What the engine did, and what it should have done.
pub fn play(deeds: &[Deed], paper: Option<&Paper>) -> Result<Tally, String> {
    perform(Stage::open(paper, deeds), deeds)
}

/// Plays a day on a store whose commits fail now and then.
///
/// # Errors
/// As [`play`].
pub fn play_faulty(deeds: &[Deed]) -> Result<Tally, String> {
    perform(Stage::faulty(), deeds)
}

/// Plays a day on an engine that makes a mistake.
///
/// # Errors
/// As [`play`]: when the mistake is noticed.
pub fn play_with(mistake: Mistake, deeds: &[Deed]) -> Result<Tally, String> {
    perform(Stage::mistaken(mistake), deeds)
}

/// Plays a day on a store of one's own.
///
/// # Errors
/// As [`play`].
pub fn play_over(store: impl onem2m_cse::store::Store, deeds: &[Deed]) -> Result<Tally, String> {
    perform(Stage::over(Arc::new(store), None, &[]), deeds)
}

fn perform(mut stage: Stage, deeds: &[Deed]) -> Result<Tally, String> {
    for (place, deed) in deeds.iter().enumerate() {
        stage.happen(*deed).map_err(|difference| format!("deed {place} {deed:?}: {difference}"))?;
    }
    stage.end().map_err(|difference| format!("at the end: {difference}"))?;
    Ok(stage.tally)
}

/// A recording in memory.
#[derive(Clone, Debug, Default)]
pub struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    /// What is on it.
    ///
    /// # Panics
    /// When somebody else did while writing.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A failing day with everything left out that it can do without, and what goes wrong in it.
#[must_use]
pub fn shrink(deeds: &[Deed], fails: impl Fn(&[Deed]) -> bool) -> Vec<Deed> {
    let mut kept = deeds.to_vec();
    let mut step = kept.len().div_ceil(2);
    while step > 0 {
        let mut from = 0;
        while from < kept.len() {
            let mut fewer = kept.clone();
            fewer.drain(from..(from + step).min(kept.len()));
            if fails(&fewer) {
                kept = fewer;
            } else {
                from += step;
            }
        }
        step = if step == 1 { 0 } else { step.div_ceil(2) };
    }
    kept
}
