//! A store that fails, or loses its power, when it is told to.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use onem2m_cse::store::memory::MemoryStore;
use onem2m_cse::store::{Change, ChangeSet, Direction, Durability, KeyRange, Rows, Snapshot, Store, StoreError, Table};

use super::Mistake;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A commit fails. It is not applied at all, as with a disk that is full.
    Commit,
    /// A row cannot be read.
    Read,
    /// The power goes at a call, whichever it is: nothing of a commit that was to come is there afterwards.
    Power,
    /// The power goes after a commit: all of it is there, and nobody was told.
    PowerAfterCommit,
}

/// A store in memory over which a [`Fault`] hangs. No commit is ever applied by half: that a journal ends in the middle of
/// one is the business of the store on disk (`torn`).
#[derive(Debug, Default)]
pub struct Faulty {
    inner: MemoryStore,
    state: Mutex<State>,
}

/// A commit that is lost or halved on purpose is one of so many.
const SOME: u32 = 7;

#[derive(Debug, Default)]
struct State {
    /// A mistake that the store makes on purpose, and how many commits it has seen.
    mistake: Option<(Mistake, u32)>,
    /// What is to go wrong, and at which call from now on.
    fuse: Option<(Fault, u32)>,
    /// Whether the engine is at work. What a test looks at is always there.
    armed: bool,
    /// Whether a row that cannot be read may meet what the engine does now.
    reads: bool,
    dead: bool,
    /// The power goes once the commit that is under way is applied.
    last: bool,
    step: Step,
}

/// What became of one step of the engine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Step {
    /// Something went wrong.
    pub failed: bool,
    /// The power is gone.
    pub died: bool,
    /// A commit was applied.
    pub committed: bool,
}

impl Faulty {
    /// A sound one.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Something will go wrong: the byte says what, and when.
    pub fn light(&self, byte: u8) {
        let fault = match byte >> 1 & 3 {
            0 => Fault::Commit,
            1 => Fault::Read,
            2 => Fault::Power,
            _ => Fault::PowerAfterCommit,
        };
        // A step reads much and commits once.
        let call = match fault {
            Fault::Read | Fault::Power => u32::from(byte >> 3),
            _ => u32::from(byte >> 3 & 3),
        };
        self.state.lock().unwrap().fuse = Some((fault, call));
    }

    /// Makes a mistake from now on, and says nothing of it.
    pub fn err(&self, mistake: Mistake) {
        self.state.lock().unwrap().mistake = Some((mistake, 0));
    }

    /// What is left of some changes by the mistake that the store makes.
    fn spoilt(&self, changes: &ChangeSet) -> Option<ChangeSet> {
        let mut state = self.state.lock().unwrap();
        let (mistake, count) = state.mistake.as_mut()?;
        *count += 1;
        let now = count.is_multiple_of(SOME);
        let kept = |place: usize, change: &Change| match mistake {
            Mistake::LostCommit => !now,
            Mistake::HalfCommit => !now || place < changes.len() / 2,
            Mistake::Litter => !matches!(change, Change::Delete),
            _ => true,
        };
        let mut left = ChangeSet::new();
        for (_, (table, key, change)) in changes.iter().enumerate().filter(|(place, (.., change))| kept(*place, change))
        {
            match change {
                Change::Put(value) => left.put(table, key.clone(), value.clone()),
                Change::Delete => left.delete(table, key.clone()),
            }
        }
        Some(left)
    }

    /// Nothing will go wrong any more.
    pub fn mend(&self) {
        *self.state.lock().unwrap() = State::default();
    }

    /// The engine begins to work. `reads`: a row may turn out not to be readable.
    pub fn begin(&self, reads: bool) {
        let mut state = self.state.lock().unwrap();
        (state.armed, state.reads, state.step) = (true, reads, Step::default());
    }

    /// It is done. A machine without power has it again.
    pub fn end(&self) -> Step {
        let mut state = self.state.lock().unwrap();
        let step = Step { died: state.dead, ..state.step };
        (state.armed, state.dead) = (false, false);
        step
    }

    fn call(&self, writes: bool) -> Result<(), StoreError> {
        let gone = |doing| Err(StoreError::Io { doing, reason: "the disk is gone".into() });
        let mut state = self.state.lock().unwrap();
        if !state.armed {
            return Ok(());
        }
        if state.dead {
            return gone("without power");
        }
        let Some((fault, left)) = state.fuse else { return Ok(()) };
        let counts = match fault {
            Fault::Commit | Fault::PowerAfterCommit => writes,
            Fault::Read => !writes && state.reads,
            Fault::Power => true,
        };
        if !counts {
            return Ok(());
        }
        if left > 0 {
            state.fuse = Some((fault, left - 1));
            return Ok(());
        }
        state.fuse = None;
        if fault == Fault::PowerAfterCommit {
            state.last = true;
            return Ok(());
        }
        state.step.failed = true;
        state.dead = fault == Fault::Power;
        gone(if writes { "writing" } else { "reading" })
    }
}

/// A way to a [`Faulty`] store for an engine.
#[derive(Clone, Debug)]
pub struct Way(pub Arc<Faulty>);

struct View(Box<dyn Snapshot>, Arc<Faulty>);

impl Snapshot for View {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.1.call(false)?;
        self.0.get(table, key)
    }

    fn scan(&self, table: Table, range: KeyRange, direction: Direction) -> Rows<'_> {
        match self.1.call(false) {
            Ok(()) => self.0.scan(table, range, direction),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }
}

impl Store for Way {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.0.call(false)?;
        Ok(Box::new(View(self.0.inner.snapshot()?, self.0.clone())))
    }

    fn commit(&self, base: &dyn Snapshot, changes: &ChangeSet, durability: Durability) -> Result<(), StoreError> {
        self.0.call(true)?;
        let spoilt = self.0.spoilt(changes);
        self.0.inner.commit(base, spoilt.as_ref().unwrap_or(changes), durability)?;
        let mut state = self.0.state.lock().unwrap();
        state.step.committed = true;
        state.dead |= std::mem::take(&mut state.last);
        Ok(())
    }
}
