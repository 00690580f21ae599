//! A fuzzer's inputs and recordings: one becomes the other.
//!
//! ```text
//! convert day INPUT          the recording of a day (targets sequence, faulty), for `onem2m-cse replay`
//! convert --back RECORDING   the input that such a recording was made from
//! convert engine RECORDING   the requests of any recording as an input of the target engine
//! ```

use std::fs;
use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

use onem2m_cse::value::Timestamp;
use onem2m_cse_model::sequence::{Paper, bytes_of, deeds, play};
use serde_json::Value;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["day", file] => fs::read(file).map_err(|error| error.to_string()).and_then(|bytes| day(&bytes)),
        ["--back", file] => fs::read(file).map_err(|error| error.to_string()).and_then(|bytes| bytes_of(&bytes)),
        ["engine", file] => fs::read(file).map_err(|error| error.to_string()).and_then(|bytes| engine(&bytes)),
        _ => Err("expected day INPUT, --back RECORDING or engine RECORDING".into()),
    };
    match done.and_then(|text| std::io::stdout().write_all(&text).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("convert: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn day(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let paper = Paper::default();
    if let Err(difference) = play(&deeds(bytes), Some(&paper)) {
        eprintln!("convert: this day goes wrong: {difference}");
    }
    Ok(paper.text())
}

fn engine(recording: &[u8]) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let mut before: Option<Timestamp> = None;
    for line in recording.lines() {
        let line: Value = serde_json::from_str(&line.map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
        if let Some(at) = line["at"].as_str().and_then(Timestamp::parse) {
            let passed = before.map_or(0, |before| at.as_seconds() - before.as_seconds());
            if passed > 0 {
                text.extend(format!("{passed}\n").into_bytes());
            }
            before = Some(at);
        }
        if line.get("request").is_some() {
            text.extend(format!("{}\n", line["primitive"]).into_bytes());
        }
    }
    Ok(text)
}
