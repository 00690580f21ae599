//! What readers and the writer share, and the reader itself.

use std::sync::Arc;

use super::context::Context;
use super::pipeline;
use crate::config::CseConfig;
use crate::primitive::{Operation, Request, Response};
use crate::resource::Behaviours;
use crate::schema::Registry;
use crate::tree::{Tree, View};
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
}

impl Core {
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
        let mut cx = Context::new(&self.core, View::new(&cell), request, now, 0);
        pipeline::walk(&mut cx)
    }

    /// Configuration, types and tree.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.core
    }
}
