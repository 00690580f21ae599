//! What is seen of a run while it runs.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};

use crate::report::{Item, summary};
use crate::verdict::Verdict;

/// A line that fills, on a terminal; failures as they come.
pub struct Progress {
    all: usize,
    done: Cell<usize>,
    failed: Cell<usize>,
    terminal: bool,
    quiet: bool,
}

impl Progress {
    /// For so many items.
    pub fn new(all: usize, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && !quiet;
        Self { all, done: Cell::new(0), failed: Cell::new(0), terminal, quiet }
    }

    /// One more is done.
    pub fn tell(&self, item: &Item) {
        self.done.set(self.done.get().saturating_add(1));
        if item.is_unexplained() {
            self.failed.set(self.failed.get().saturating_add(1));
            self.clear();
            if !self.quiet {
                eprintln!("{}", summary::failure(item));
            }
        }
        if self.terminal && item.verdict != Verdict::NotAsked {
            self.draw(&item.id);
        }
    }

    /// It is over.
    pub fn clear(&self) {
        if self.terminal {
            eprint!("\r\x1b[2K");
        }
    }

    fn draw(&self, id: &str) {
        let (done, all) = (self.done.get(), self.all.max(1));
        let filled = done.saturating_mul(30).checked_div(all).unwrap_or_default();
        let bar: String = (0..30).map(|place| if place < filled { '█' } else { '·' }).collect();
        let id: String = id.trim_start_matches("TP/oneM2M/").chars().take(32).collect();
        eprint!("\r\x1b[2K{bar} {done}/{all}  {} failed  {id}", self.failed.get());
        let _ = std::io::stderr().flush();
    }
}
