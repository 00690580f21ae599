//! Stands for `web` where there is none: in builds without the feature, and on systems without the sockets for it.

use super::broker::Broker;
use super::wire::{Dial, Loss};

/// Whether such a broker can be spoken to.
///
/// # Errors
/// A sentence that says what is missing.
pub(super) fn usable(broker: &Broker) -> Result<(), String> {
    match &broker.web {
        None => Ok(()),
        Some(_) if cfg!(feature = "mqtt-ws") => Err(format!("{broker}: MQTT over WebSocket is there on Linux only")),
        Some(_) => Err(format!("{broker}: this build has no MQTT over WebSocket (feature mqtt-ws)")),
    }
}

/// There is none.
pub(super) enum Relay {}

impl Relay {
    /// Nothing is to be opened: such brokers are refused.
    pub const fn open(_dial: &Dial) -> Option<Self> {
        None
    }

    pub const fn place(&self) -> &str {
        match *self {}
    }

    pub const fn of_client(&self) -> rumqttc::Transport {
        match *self {}
    }

    pub const fn loss(&self) -> Option<Loss> {
        match *self {}
    }
}
