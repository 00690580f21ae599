//! The engine: the one place where the tree changes.

use std::sync::Arc;

use super::boot;
use super::context::{Change, Context, Stop};
use super::core::{Core, Reader};
use super::group::Memory;
use super::outward::askers::Askers;
use super::outward::call::{Answer, Call, CallId};
use super::outward::post::Post;
use super::waiting::Waiting;
use crate::config::CseConfig;
use crate::error::Error;
use crate::primitive::{ConnectionId, Request, Response};
use crate::resource::Behaviours;
use crate::schema::Registry;
use crate::store::{ChangeSet, Store, StoreError};
use crate::tree::due::DueKind;
use crate::tree::tables::{DUE, META};
use crate::tree::{Draft, Tree, View, created};
use crate::value::{SmolStr, Timestamp};

/// The caller's name for a request, handed back with its reply.
pub type Ticket = u64;

/// The most lanes that are looked at right after a start, before their time.
const RECALLED: usize = 4096;

/// What goes into the engine.
#[derive(Debug)]
pub enum Input {
    /// Somebody asks something.
    Request(Ticket, Box<Request>),
    /// What became of an [`Output::Call`].
    Answer(CallId, Answer),
    /// The reply of that ticket found nobody: whoever asked has hung up.
    Gone(Ticket),
    /// A connection is open, and whoever is there may speak for this originator alone, and has proved it.
    Connected(ConnectionId, SmolStr),
    /// A connection that requests came over ([`Access::connection`](crate::primitive::Access::connection)) is closed.
    Disconnected(ConnectionId),
    /// The time that [`Engine::next_due`] named has come.
    Due,
}

/// What comes out of the engine.
#[derive(Debug)]
pub enum Output {
    /// The answer to a request. What it says is on disk.
    Reply(Ticket, Box<Response>),
    /// Somebody else is to be asked or told something. Whatever caused it is on disk.
    Call(Call),
    /// Something was changed; only when the engine was told to say so.
    Changed(Change),
}

/// A CSE without hands: no socket, no clock, no thread.
#[derive(Debug)]
pub struct Engine {
    pub(super) core: Arc<Core>,
    pub(super) next_node: u64,
    pub(super) stored_next: u64,
    pub(super) run: Option<created::Run>,
    pub(super) broom: created::Broom,
    pub(super) clock: Timestamp,
    pub(super) waiting: Waiting,
    pub(super) askers: Askers,
    pub(super) post: Post,
    pub(super) groups: Memory,
    /// Nothing is due before this instant, except clearing away.
    pub(super) quiet_until: Timestamp,
    /// Lanes whose calls were lost when the program ended: they need not wait for the end of those.
    pub(super) recalled: Vec<crate::tree::Node>,
    pub(super) watched: bool,
    pub(super) due_changed: bool,
    /// The end is near: nobody may listen at a polling channel.
    pub(super) dismissing: bool,
}

impl Engine {
    /// An engine over a store. A new store gets its CSEBase; one that belongs to another CSE is refused.
    ///
    /// # Errors
    /// When the configuration is wrong, the store fails or belongs to another CSE.
    pub fn new(
        config: CseConfig,
        registry: Registry,
        behaviours: Behaviours,
        store: Arc<dyn Store>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        config.check().map_err(Error::Config)?;
        let tree = Tree::new(store, config.cache_entries);
        let core = Arc::new(Core::new(config, registry, behaviours, tree));
        let mut engine = Self {
            core,
            next_node: 1,
            stored_next: 0,
            run: None,
            broom: created::Broom::default(),
            clock: now,
            waiting: Waiting::default(),
            askers: Askers::default(),
            post: Post::default(),
            groups: Memory::default(),
            quiet_until: Timestamp::from_micros(0),
            recalled: Vec::new(),
            watched: false,
            due_changed: true,
            dismissing: false,
        };
        engine.start()?;
        Ok(engine)
    }

    pub(super) fn start(&mut self) -> Result<(), Error> {
        let core = self.core.clone();
        let cell = core.tree.snapshot();
        let view = View::new(&cell);
        self.next_node = view.next_number()?;
        self.stored_next = self.next_node;
        self.run = created::open_run(&view)?;
        core.tree.recall(&view)?;
        let lost =
            self.clock.plus_seconds(i64::try_from(core.config.limits.call_timeout).unwrap_or(0).saturating_add(5));
        let due = view.due_until(lost, RECALLED)?;
        self.recalled = due.iter().filter(|due| due.kind == DueKind::Deliver).map(|due| due.node).collect();
        let request = Request::retrieve("-");
        let mut cx = Context::new(&core, view, &request, self.clock, self.next_node);
        match boot::boot(&mut cx) {
            // Nobody is asked at the start.
            Ok(()) | Err(Stop::Wait) => {}
            Err(Stop::Reject(rejection)) => return Err(Error::Config(rejection.reason.into_owned())),
            Err(Stop::Fail(error)) => return Err(error.into()),
        }
        self.next_node = cx.next_node;
        let draft = cx.view.draft;
        self.commit(&cell, draft)?;
        Ok(())
    }

    /// Whether [`Output::Changed`] is wanted.
    pub const fn watch(&mut self, watched: bool) {
        self.watched = watched;
    }

    /// Answers RETRIEVEs on any thread, beside this engine.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { core: self.core.clone() }
    }

    /// Handles one input at `now`.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Output> {
        self.handle_all(vec![input], now)
    }

    /// Handles several inputs at `now` with one commit. When this returns, everything in the replies is on disk.
    pub fn handle_all(&mut self, inputs: Vec<Input>, now: Timestamp) -> Vec<Output> {
        // Time never runs backwards inside one engine, whatever the machine's clock does.
        self.clock = self.clock.max(now);
        let core = self.core.clone();
        let cell = core.tree.snapshot();
        self.round(&core, &cell, inputs)
    }

    /// Whether anything may have come to be due earlier than [`Engine::next_due`] last said. Spares a busy program the
    /// look-up after each commit.
    #[must_use]
    pub const fn due_may_have_changed(&self) -> bool {
        self.due_changed
    }

    /// When [`Input::Due`] is to be given next; `None` when nothing is waiting.
    pub fn next_due(&mut self) -> Option<Timestamp> {
        self.due_changed = false;
        let stored = match self.stored_due() {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "the index of what is due cannot be read");
                Some(self.clock.plus_seconds(1))
            }
        };
        let recalled = Some(self.clock).filter(|_| !self.recalled.is_empty());
        [recalled, stored, self.waiting.next(), self.post.next()].into_iter().flatten().min()
    }

    /// Sends away whoever listens at a polling channel, now and from now on: before a stop, nobody is kept waiting.
    pub fn dismiss_polls(&mut self) -> Vec<Output> {
        self.dismissing = true;
        let polls = self.post.channels.dismiss();
        polls.into_iter().map(|poll| Output::Reply(poll.ticket, Box::new(poll.nothing()))).collect()
    }

    pub(super) fn commit(&mut self, cell: &crate::tree::SnapshotCell<'_>, mut draft: Draft) -> Result<(), StoreError> {
        if draft.is_empty() {
            return Ok(());
        }
        let mut extra = ChangeSet::new();
        let mut run = self.run;
        created::advance(&mut run, &draft.take_created(), &mut extra);
        if run != self.run
            && let Err(error) = self.broom.sweep(&View::new(cell), &mut extra)
        {
            tracing::warn!(%error, "the index of creation times cannot be tidied");
        }
        if self.next_node != self.stored_next {
            extra.put(META, &b"next"[..], self.next_node.to_be_bytes().to_vec());
        }
        let earliest = draft.armed(DUE);
        self.core.tree.commit(cell, draft, extra, self.core.config.durability)?;
        self.run = run;
        self.stored_next = self.next_node;
        if let Some(at) = earliest {
            self.due_changed = true;
            self.quiet_until = self.quiet_until.min(at);
        }
        Ok(())
    }

    fn stored_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let cell = self.core.tree.snapshot();
        let view = View::new(&cell);
        let due = view.next_due(self.quiet_until)?;
        if let Some(due) = due.filter(|due| due.at > self.quiet_until) {
            self.quiet_until = due.at;
        }
        Ok(due.map(|due| due.at))
    }
}
