//! What a client can be told.

use std::time::Duration;

use super::Retry;
use crate::codec::format::Format;
use crate::primitive::ReleaseVersion;
use crate::value::SmolStr;

/// Configuration of a client.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The release that all requests speak (`rvi`). Default: 3.
    pub release: ReleaseVersion,
    /// How content is spelled, where the protocol leaves a choice. Default: JSON.
    pub format: Format,
    /// The CSEBase in addresses. `-` stands for whatever its name is (TS-0001 7.2). Default: `-`.
    pub cse_base: SmolStr,
    /// Time for one attempt of a request. Stops a dead machine from holding the program. Beyond:
    /// [`ClientError::TimedOut`](super::ClientError::TimedOut). Default: 10 s.
    pub timeout: Duration,
    /// How long a request is worth anything, told to the CSE (`rqet`). Default: the CSE is told nothing.
    pub request_expiration: Option<Duration>,
    /// What is tried again, and how often.
    pub retry: Retry,
    /// Bytes of an answer. Stops the other side from filling our memory. Beyond: the connection is given up. Default: 1 MiB.
    pub response_bytes: usize,
    /// Addresses in a page of a discovery. Default: 100.
    pub page: u64,
    /// How the CSE reaches this client. Default: chosen by what there is.
    pub reach: Reach,
    /// Notifications of a subscription that wait for the program. Stops a slow program from filling its memory. Beyond: the
    /// CSE waits. At least 1. Default: 64.
    pub queue: usize,
    /// When the CSE hears that a notification has arrived. Default: when it is queued.
    pub acknowledge: Acknowledge,
    /// How long a notification may wait for a place in the queue, where nobody tells us that the CSE has given up (over a
    /// connection, or a polling channel). Beyond: it is not answered, and the CSE says it again later. It is to be shorter
    /// than the time that the CSE waits for answers, or notifications come twice. Default: 8 s.
    pub patience: Duration,
    /// How long a RETRIEVE of a polling channel waits at the CSE. Default: 30 s.
    pub long_poll: Duration,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            release: ReleaseVersion::R3,
            format: Format::Json,
            cse_base: SmolStr::new_static("-"),
            timeout: Duration::from_secs(10),
            request_expiration: None,
            retry: Retry::default(),
            response_bytes: 1024 * 1024,
            page: 100,
            reach: Reach::Automatic,
            queue: 64,
            acknowledge: Acknowledge::Queued,
            patience: Duration::from_secs(8),
            long_poll: Duration::from_secs(30),
        }
    }
}

/// How the CSE reaches a client that wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// A listener, if the builder was given one; else the connection, if the protocol carries requests both ways; else a
    /// polling channel. The default.
    #[default]
    Automatic,
    /// Over the connection that the client opened (WebSocket), or by way of the same broker (MQTT). It is opened again when it
    /// breaks.
    Connection,
    /// A listener of the client's own: [`ClientBuilder::listen`](super::ClientBuilder::listen).
    Listener,
    /// A `<pollingChannel>` below the AE. Works from behind every firewall.
    PollingChannel,
}

/// When the CSE hears that a notification has arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acknowledge {
    /// As soon as it has a place in the queue. What is queued when the program ends is lost. The default.
    #[default]
    Queued,
    /// When the program drops it, and so has dealt with it; or when it was refused
    /// ([`Notification::refuse`](super::Notification::refuse)). A program that ends before is told again, and one that takes
    /// longer than the CSE waits is told twice.
    Handled,
}
