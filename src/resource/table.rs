//! Type → behaviour, one line each.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Behaviour;
use super::access_control_policy::AccessControlPolicy;
use super::ae::Ae;
use super::behaviour::Plain;
use super::container::Container;
use super::content_instance::ContentInstance;
use super::cse_base::CseBase;
use super::group::Group;
use super::polling_channel::{PollingChannel, TYPE as POLLING_CHANNEL};
use super::request::Request;
use super::schedule::Schedule;
use super::subscription::Subscription;

/// The behaviours of a CSE, by type number.
#[derive(Clone)]
pub struct Behaviours {
    table: BTreeMap<u32, Arc<dyn Behaviour>>,
    plain: Arc<dyn Behaviour>,
}

impl Behaviours {
    /// Those of the standard's types.
    #[must_use]
    pub fn standard() -> Self {
        let table: [(u32, Arc<dyn Behaviour>); 10] = [
            (1, Arc::new(AccessControlPolicy)),
            (2, Arc::new(Ae)),
            (3, Arc::new(Container)),
            (4, Arc::new(ContentInstance)),
            (5, Arc::new(CseBase)),
            (9, Arc::new(Group)),
            (POLLING_CHANNEL, Arc::new(PollingChannel)),
            (17, Arc::new(Request)),
            (18, Arc::new(Schedule)),
            (23, Arc::new(Subscription)),
        ];
        Self { table: table.into(), plain: Arc::new(Plain) }
    }

    /// Adds or replaces the behaviour of a type.
    pub fn register(&mut self, resource_type: u32, behaviour: Arc<dyn Behaviour>) {
        self.table.insert(resource_type, behaviour);
    }

    /// The behaviour of a type; one without any of its own does only what the generic procedures say.
    #[must_use]
    pub fn of(&self, resource_type: u32) -> Arc<dyn Behaviour> {
        self.table.get(&resource_type).unwrap_or(&self.plain).clone()
    }
}

impl std::fmt::Debug for Behaviours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.table.keys()).finish()
    }
}
