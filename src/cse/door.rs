//! The door of a running CSE: what bindings knock at.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::binding::{Answer, BoxFuture, Connections, Door, Health, Peer, UpperTesterCommand};
use crate::primitive::{ConnectionId, Rejection, Request, Response, Status};
use crate::runtime::tokio::{Handle, Pending};
use crate::schema::Registry;

/// The door of a running CSE.
pub(super) struct FrontDoor {
    pub handle: Handle,
    /// Names requests that come without an identifier.
    pub count: AtomicU64,
    connections: Connections,
}

impl FrontDoor {
    pub fn new(handle: Handle, connections: Connections) -> Self {
        Self { handle, count: AtomicU64::new(1), connections }
    }
}

impl Door for FrontDoor {
    fn request(&self, request: Request) -> Answer {
        match self.handle.request(request) {
            Pending::Now(response) => Answer::Now(*response),
            Pending::Later(response) => Answer::Later(Box::pin(async move {
                response.await.unwrap_or_else(|_| {
                    // The writer is gone before it could answer.
                    let rejection = Rejection::new(Status::INTERNAL_SERVER_ERROR, "the CSE is stopping");
                    Response::rejected(&rejection, &Request::retrieve("-"))
                })
            })),
        }
    }

    fn connected(&self, peer: Arc<dyn Peer>) -> Option<ConnectionId> {
        Some(self.connections.open(peer))
    }

    fn connected_as(&self, peer: Arc<dyn Peer>, originator: &str) -> Option<ConnectionId> {
        let connection = self.connections.open(peer);
        self.handle.connected(connection, originator);
        Some(connection)
    }

    fn disconnected(&self, connection: ConnectionId) {
        self.connections.close(connection);
        self.handle.disconnected(connection);
    }

    fn is_query_attribute(&self, short: &str) -> bool {
        self.handle.reader().core().registry.attribute_by_short(short).is_some()
    }

    fn registry(&self) -> &Registry {
        &self.handle.reader().core().registry
    }

    fn cse_id(&self) -> &str {
        &self.handle.reader().core().config.cse_id
    }

    fn sp_id(&self) -> &str {
        &self.handle.reader().core().config.sp_id
    }

    fn cse_name(&self) -> &str {
        &self.handle.reader().core().config.cse_name
    }

    fn health(&self) -> Health {
        if self.handle.is_running() { Health::Ready } else { Health::NotReady("the CSE is stopping".into()) }
    }

    fn upper_tester(&self, command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>> {
        let handle = self.handle.clone();
        Box::pin(async move { upper_tester(&handle, command).await })
    }
}

/// TS-0019 commands. Resources expire on the instant here, so there is no interval to shorten; the answers tell what a
/// test system needs to know.
async fn upper_tester(handle: &Handle, command: UpperTesterCommand) -> Result<Option<String>, String> {
    let core = handle.reader().core();
    let config = &core.config;
    match command {
        UpperTesterCommand::Status => Ok(Some("RUNNING".into())),
        UpperTesterCommand::Reset => handle.reset().await.map(|()| None),
        UpperTesterCommand::GetConfig(name) => match name.as_str() {
            "cse.type" => Ok(Some(config.cse_type.number().to_string())),
            "cse.cseID" => Ok(Some(config.cse_id.to_string())),
            "cse.resourceName" => Ok(Some(config.cse_name.to_string())),
            "cse.maxExpirationDelta" => Ok(Some(config.maximum_lifetime.to_string())),
            "cse.security.enableDynamicAuthorization" => Ok(Some("False".into())),
            other => Err(format!("there is no configuration named {other}")),
        },
        UpperTesterCommand::EnableShortResourceExpiration(_) => Ok(Some(format!("1,{}", config.maximum_lifetime))),
        UpperTesterCommand::DisableShortResourceExpiration => Ok(None),
        // The requests that wait here without saying how long are long polls.
        UpperTesterCommand::EnableShortRequestExpiration(time) => {
            let before = core.long_poll();
            let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
            core.set_long_poll(Some(seconds));
            Ok(Some(before.to_string()))
        }
        UpperTesterCommand::DisableShortRequestExpiration => {
            core.set_long_poll(None);
            Ok(None)
        }
        UpperTesterCommand::TestCaseStart(name) => {
            tracing::info!(%name, "test case begins");
            Ok(None)
        }
        UpperTesterCommand::TestCaseEnd(name) => {
            tracing::info!(%name, "test case ends");
            Ok(None)
        }
    }
}
