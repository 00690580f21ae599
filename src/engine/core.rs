//! What readers and the writer share, and the reader itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use super::context::{Context, Stop};
use super::outward::links::{self, Links};
use super::pipeline;
use crate::config::CseConfig;
use crate::primitive::{Operation, Rejection, Request, Response, Status};
use crate::resource::Behaviours;
use crate::schema::{Registry, ResourceType};
use crate::tree::{Record, Tree, View};
use crate::value::{Address, Scope, SmolStr, Timestamp};

/// Configuration, types, behaviours and the tree: everything that does not change while requests are handled.
#[derive(Debug)]
pub struct Core {
    /// Who this CSE is and what it allows.
    pub config: CseConfig,
    /// What resource types hold.
    pub registry: Registry,
    /// What resource types do.
    pub behaviours: Behaviours,
    /// Where resources rest.
    pub tree: Tree,
    /// How long a long poll waits that does not say when it expires, in seconds; 0 for what the configuration says.
    long_poll: AtomicU64,
    /// Who is at the other end of which open connection. Only the engine writes it.
    pub(super) links: RwLock<Links>,
}

impl Core {
    pub(super) fn new(config: CseConfig, registry: Registry, behaviours: Behaviours, tree: Tree) -> Self {
        let (long_poll, links) = (AtomicU64::new(0), RwLock::default());
        Self { config, registry, behaviours, tree, long_poll, links }
    }

    /// How long a long poll waits that does not say when it expires, in seconds.
    #[must_use]
    pub fn long_poll(&self) -> u64 {
        match self.long_poll.load(Ordering::Relaxed) {
            0 => self.config.limits.long_poll,
            seconds => seconds,
        }
    }

    /// Lets long polls wait otherwise than configured, from now on; `None` undoes that. For test systems (TS-0019).
    pub fn set_long_poll(&self, seconds: Option<u64>) {
        self.long_poll.store(seconds.unwrap_or(0), Ordering::Relaxed);
    }

    /// The type of a stored resource.
    pub(super) fn type_of(&self, record: &Record) -> Result<&Arc<ResourceType>, Stop> {
        self.registry.by_number(record.resource_type).ok_or_else(|| {
            let reason = format!("resource type {} has no schema in this CSE", record.resource_type);
            Rejection::new(Status::INTERNAL_SERVER_ERROR, reason).into()
        })
    }

    /// Whether an address means something on this CSE.
    #[must_use]
    pub fn hosts(&self, address: &Address) -> bool {
        match &address.scope {
            Scope::CseRelative => true,
            Scope::SpRelative { cse_id } => *cse_id == self.config.cse_id,
            Scope::Absolute { sp_id, cse_id } => *sp_id == self.config.sp_id && *cse_id == self.config.cse_id,
        }
    }

    /// An originator as policies and owners name it: CSE-relative where it belongs to this CSE.
    #[must_use]
    pub fn relative_originator(&self, originator: &str) -> SmolStr {
        let local = originator
            .strip_prefix(&*self.config.sp_id)
            .filter(|rest| rest.starts_with('/'))
            .unwrap_or(originator)
            .strip_prefix(&*self.config.cse_id)
            .and_then(|rest| rest.strip_prefix('/'))
            .filter(|rest| !rest.is_empty());
        local.unwrap_or(originator).into()
    }
}

/// Answers requests that change nothing, on whatever thread they come.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) core: Arc<Core>,
}

impl Reader {
    /// Answers a RETRIEVE as of everything that was acknowledged before. `None` for requests that have to pass the
    /// engine: those that change something, those that are to be carried out later, and those that somebody else is told of.
    #[must_use]
    pub fn read(&self, request: &Request, now: Timestamp) -> Option<Response> {
        let later = request.operation_execution_time.is_some_and(|at| at.resolve(now) > now);
        // The engine remembers group request identifiers, and whose turn it is in a group.
        let noted = request.group_request_identifier.is_some() || request.group_somecast_target_number.is_some();
        if request.operation != Operation::Retrieve || later || noted {
            return None;
        }
        let cell = self.core.tree.snapshot();
        let view = View::new(&cell);
        // The engine learns who is at the other end of a connection.
        if links::news(&self.core, &view, request, None).is_some() {
            return None;
        }
        let mut cx = Context::new(&self.core, view, request, now, 0);
        pipeline::walk(&mut cx)
    }

    /// Configuration, types and tree.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.core
    }
}
