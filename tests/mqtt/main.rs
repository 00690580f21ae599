//! A CSE behind an MQTT broker, spoken to by the broker's own clients.
#![cfg(all(feature = "mqtt", feature = "cbor", feature = "xml"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod access;
mod ae;
mod answers;
mod broken;
mod calls;
mod killed;
#[cfg(feature = "tls")]
mod secure;
#[path = "../support/mod.rs"]
mod support;
#[cfg(all(feature = "mqtt-ws", target_os = "linux"))]
mod web;

use std::time::Duration;

use onem2m_cse::binding::mqtt::{MqttBinding, MqttConfig, MqttLimits};
use onem2m_cse::{Cse, CseConfig};
use support::mosquitto::Mosquitto;

fn config(broker: &Mosquitto) -> MqttConfig {
    let limits = MqttLimits { retry_least: Duration::from_millis(50), ..MqttLimits::default() };
    MqttConfig { broker: broker.url(), limits, ..MqttConfig::default() }
}

async fn serve(config: MqttConfig) -> Cse {
    Cse::builder(CseConfig::default()).bind(MqttBinding::new(config)).start().await.unwrap()
}
