//! The door of an application, under the name that it has at the broker.

use std::sync::Arc;

use crate::binding::{Answer, BoxFuture, Door, Health, UpperTesterCommand};
use crate::primitive::{Rejection, Request, Response};
use crate::schema::Registry;

/// Somebody's door with a name on it.
pub(super) struct EntityDoor {
    /// The originator in whose name it asks.
    pub name: String,
    pub door: Option<Arc<dyn Door>>,
    pub registry: Arc<Registry>,
}

impl Door for EntityDoor {
    fn request(&self, request: Request) -> Answer {
        match &self.door {
            Some(door) => door.request(request),
            None => {
                let rejection = Rejection::not_allowed("nobody here takes requests");
                Answer::Now(Response::rejected(&rejection, &request))
            }
        }
    }

    fn is_query_attribute(&self, _short: &str) -> bool {
        false
    }

    fn registry(&self) -> &Registry {
        &self.registry
    }

    fn cse_id(&self) -> &str {
        &self.name
    }

    fn cse_name(&self) -> &'static str {
        ""
    }

    fn health(&self) -> Health {
        Health::Ready
    }

    fn upper_tester(&self, _command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        Box::pin(async { Err("this is an application, no CSE".to_owned()) })
    }
}
