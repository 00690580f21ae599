//! `onem2m-cse replay`: a recorded run again.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use onem2m_cse::replay;

/// Runs it and compares, or prints a recording of what happens now.
pub fn replay(path: &Path, print: bool) -> Result<(), String> {
    let name = path.display();
    let file = File::open(path).map_err(|error| format!("cannot read {name}: {error}"))?;
    let file = BufReader::new(file);
    if print {
        let mut out = BufWriter::new(std::io::stdout().lock());
        replay::perform(file, &mut out).map_err(|stopped| format!("replay: {name}, {stopped}"))?;
        return out.flush().map_err(|error| format!("cannot print: {error}"));
    }
    let done = replay::replay(file).map_err(|stopped| format!("replay: {name}, {stopped}"))?;
    println!("{} requests in {} rounds, {} replies and calls: no difference", done.requests, done.rounds, done.outputs);
    if done.cut_short {
        println!("the recording was cut short: its last round may lack some of what came of it");
    }
    Ok(())
}
