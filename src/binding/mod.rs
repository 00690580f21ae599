//! Where the world comes in, and where we go out: one folder per protocol binding, the [`Door`] that all of them knock at,
//! and the [`Caller`]s that carry requests to others.
//!
//! A binding turns what arrives into a [`Request`], hands it through the door, and turns the [`Response`] into what its
//! protocol sends. It decides nothing about resources and knows nothing of the tree, the store or how the engine works.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::primitive::{ConnectionId, Request, Response};
use crate::schema::Registry;

#[cfg(any(feature = "coap", feature = "mqtt"))]
mod after;
#[cfg(feature = "coap")]
pub mod coap;
#[cfg(feature = "dtls")]
pub mod dtls;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "mqtt")]
pub mod mqtt;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "ws")]
pub mod ws;

#[cfg(all(test, any(feature = "coap", feature = "http")))]
mod any;
mod caller;
mod connections;
mod gate;
mod identity;
mod in_process;
pub mod message;
#[cfg(any(feature = "coap", feature = "http"))]
mod path;
#[cfg_attr(not(any(feature = "ws", feature = "mqtt")), allow(dead_code, reason = "some of it is for these two"))]
pub(crate) mod primitives;
#[cfg(any(feature = "coap", feature = "http"))]
mod query;
#[cfg(any(feature = "http", feature = "ws", feature = "mqtt-ws", feature = "tls"))]
mod stream;
mod task;
#[cfg(any(feature = "coap", feature = "http"))]
mod text;

pub use caller::Caller;
pub(crate) use connections::Connections;
pub use connections::Peer;
pub(crate) use gate::Gate;
pub use identity::{Identities, IdentityRule, Proven};
pub(crate) use in_process::InProcess;
pub use task::Task;

/// A future that can be kept in a structure and sent between threads.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A protocol binding, ready to be started in front of a door. It serves, and it may call:
/// [`CseBuilder::bind`](crate::CseBuilder::bind) takes it for both ways.
pub trait Binding: Send + 'static {
    /// Starts listening, on the tokio runtime that this is called on.
    fn serve(self: Box<Self>, door: Arc<dyn Door>) -> BoxFuture<Result<Box<dyn Listening>, Error>>;

    /// The way out: who carries requests to the URL schemes of this binding. Asked once, before [`Binding::serve`], with the
    /// schemas of the CSE. `None`, unless told otherwise: this binding only serves.
    fn caller(&mut self, registry: &Arc<Registry>) -> Option<Arc<dyn Caller>> {
        let _ = registry;
        None
    }

    /// What this binding may take up of the CSE.
    fn limits(&self) -> BindingLimits {
        BindingLimits::default()
    }
}

/// What a binding may take up of the CSE, whatever it does itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingLimits {
    /// Requests that are being answered at a time. Beyond: 5000, and the request is not carried out. `None` for a binding
    /// that counts by itself. Default: 1,024.
    pub in_flight: Option<usize>,
}

impl Default for BindingLimits {
    fn default() -> Self {
        Self { in_flight: Some(1024) }
    }
}

/// A binding that runs.
pub trait Listening: Send + Sync {
    /// Where it is reached, as URLs.
    fn addresses(&self) -> Vec<String>;

    /// Accepts nothing more, finishes what is under way until the deadline, and ends.
    fn stop(self: Box<Self>, deadline: Duration) -> BoxFuture<()>;
}

/// What a binding talks to: a CSE, or whatever stands in for one.
pub trait Door: Send + Sync + 'static {
    /// Answers a request. May be called on any thread, and must not block it.
    fn request(&self, request: Request) -> Answer;

    /// A connection is open over which requests can travel both ways: its name, to be given with each request that comes
    /// over it ([`Access::connection`](crate::primitive::Access::connection)). `None` from a door that asks nobody.
    fn connected(&self, _peer: Arc<dyn Peer>) -> Option<ConnectionId> {
        None
    }

    /// The same, when it is known from the beginning who is there: the one originator that a security association lets
    /// speak. If that is a registered AE, it is reached over the connection before it has said anything. Unless told
    /// otherwise, a door waits until the originator speaks.
    fn connected_as(&self, peer: Arc<dyn Peer>, originator: &str) -> Option<ConnectionId> {
        let _ = originator;
        self.connected(peer)
    }

    /// That connection is closed.
    fn disconnected(&self, _connection: ConnectionId) {}

    /// Whether an attribute of any known resource type has this short name. Query strings mix conditions on attributes
    /// with parameters (TS-0009 6.2.2.2); only the CSE's schemas can tell them apart.
    fn is_query_attribute(&self, short: &str) -> bool;

    /// The schemas that the CSE knows: XML cannot be read without them. Unless told otherwise, those of the standard.
    fn registry(&self) -> &Registry {
        Registry::shared()
    }

    /// The CSE-ID with its slash: `/id-in`.
    fn cse_id(&self) -> &str;

    /// The service provider with its slashes, `//sp.example.com`: identifiers may begin with it. Empty where none is known.
    fn sp_id(&self) -> &str {
        ""
    }

    /// The resource name of the CSEBase: `cse-in`.
    fn cse_name(&self) -> &str;

    /// Whether requests can be answered now.
    fn health(&self) -> Health;

    /// Carries out a command of a test system (TS-0019): the text to answer with, if the command has one, or why not.
    fn upper_tester(&self, command: UpperTesterCommand) -> BoxFuture<Result<Option<String>, String>>;
}

/// The response to a request.
#[allow(clippy::large_enum_variant, reason = "boxing the common case would cost an allocation per request")]
pub enum Answer {
    /// Here it is. Most RETRIEVEs are answered on the thread they arrived on.
    Now(Response),
    /// It will come: the request waits for the writer, or for another machine. A binding drops the future when its peer
    /// hangs up; what the request asked for is to be carried out all the same, or not at all.
    Later(BoxFuture<Response>),
}

/// Whether a CSE can answer requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It can.
    Ready,
    /// It cannot now, and why: starting, stopping, the store is out of space …
    NotReady(String),
}

/// What a test system may ask of a CSE under test (TS-0019, in the commands that open test suites send).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpperTesterCommand {
    /// Tell the state: STARTING, RUNNING, STOPPING, STOPPED or RESETTING.
    Status,
    /// Forget every resource and begin anew, before answering.
    Reset,
    /// Tell the value of a configuration key, such as `cse.type`.
    GetConfig(String),
    /// Look for expired resources this often. Answers the old interval and the largest lifetime.
    EnableShortResourceExpiration(Duration),
    /// Undo that.
    DisableShortResourceExpiration,
    /// Let requests expire after this time. Answers the old value.
    EnableShortRequestExpiration(Duration),
    /// Undo that.
    DisableShortRequestExpiration,
    /// A test case begins; good for a line in the log.
    TestCaseStart(String),
    /// A test case ends.
    TestCaseEnd(String),
}
