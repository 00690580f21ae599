//! The other side of a CSE: for programs that are applications (AEs), or look after a CSE from outside.
//!
//! ```text
//!  Client ─▶ request ─▶ Courier (identifiers, time, retries) ─▶ Caller ─▶ socket          what we ask
//!    │
//!    └─ subscribe ─▶ Notifications ◀─ Inbox ◀─ connection · listener · polling channel      what we are told
//! ```
//!
//! [`Client::request`] is the one primitive that everything else ends in: it takes a [`Request`](crate::primitive::Request)
//! and answers a [`Response`](crate::primitive::Response), whatever the URL's scheme is. Above it there are operations that
//! know success from failure ([`Client::create`], [`Client::retrieve`] …), types with the standard's long names ([`Ae`],
//! [`Container`] …), [`Discovery`] in pages, and [`Client::subscribe`].
//!
#![cfg_attr(feature = "http", doc = "```")]
#![cfg_attr(not(feature = "http"), doc = "```ignore")]
//! use onem2m_cse::binding::http::HttpConfig;
//! use onem2m_cse::client::{Ae, Client, Container, ContentInstance};
//! use onem2m_cse::{Cse, CseConfig};
//!
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let http = HttpConfig { addresses: vec!["127.0.0.1:0".parse()?], ..HttpConfig::default() };
//! # let cse = Cse::builder(CseConfig::default()).bind(http).start().await?;
//! # let url = cse.addresses().remove(0);
//! let client = Client::builder(url).originator("Csensor").build()?;
//! let sensor = client.register(Ae::new("N.example.sensor").named("sensor")).await?;
//! let temps = sensor.create(sensor.address(), Container::new().named("temps").max_nr_of_instances(100)).await?;
//! sensor.create(&temps, ContentInstance::new("21.5")).await?;
//! let latest = sensor.retrieve(temps.child("la")).await?;
//! assert_eq!(latest.text("con"), Some("21.5"));
//! # cse.stop().await;
//! # Ok(()) }
//! ```
//!
//! # What is sent twice
//!
//! What fails on the way is tried again, if nobody can be harmed: see [`Retry`].
//!
//! # How notifications come
//!
//! See [`Reach`], and `docs/client.md` for the whole story.

mod aggregate;
mod builder;
mod callers;
mod config;
mod courier;
mod discovery;
mod error;
mod identifier;
mod notify;
#[cfg(feature = "fuzzing")]
pub(crate) use notify::fuzzing;
mod operations;
mod register;
mod resource;
mod retry;

pub use aggregate::members;
pub use builder::ClientBuilder;
pub use config::{Acknowledge, ClientConfig, Reach};
pub use discovery::Discovery;
pub use error::ClientError;
pub use notify::{Listener, Notification, Notifications};
pub use register::Registered;
pub use resource::{
    AccessControlPolicy, Ae, Container, ContentInstance, Draft, EventType, Group, NotificationContent, Operations,
    Other, PollingChannel, Resource, Schedule, Subscription,
};
pub use retry::{Repeat, Retry};

use std::sync::Arc;

use crate::value::SmolStr;
use courier::Courier;
use notify::Ways;

/// A connection to a CSE, in the name of an originator. Cheap to clone; clones share connections, and whatever listens for
/// notifications ends with the last of them.
#[derive(Clone)]
pub struct Client {
    courier: Arc<Courier>,
    ways: Arc<Ways>,
    originator: Option<SmolStr>,
    /// Where the AE of the originator is, if this client knows.
    entity: Option<SmolStr>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.courier.url)
            .field("originator", &self.originator)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Begins with the URL of a CSE, such as `http://localhost:8080` or `ws://localhost:8180`. Everything else has a default.
    pub fn builder(url: impl Into<SmolStr>) -> ClientBuilder {
        ClientBuilder::new(url.into())
    }

    /// In whose name requests are sent.
    #[must_use]
    pub fn originator(&self) -> Option<&str> {
        self.originator.as_deref()
    }

    /// The same client in the name of somebody else. It shares everything with this one.
    #[must_use]
    pub fn as_originator(&self, originator: impl Into<SmolStr>) -> Self {
        Self { originator: Some(originator.into()), entity: None, ..self.clone() }
    }

    /// Where the CSE is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.courier.url
    }

    /// The CSEBase as this client names it: `-` (TS-0001 7.2), unless the builder was told its name.
    #[must_use]
    pub fn cse_base(&self) -> &str {
        &self.courier.config.cse_base
    }
}
