//! MQTT, when a broker is named.

use std::time::Duration;

use onem2m_cse::binding::mqtt::{MqttConfig, MqttLogin, MqttSession, MqttVersion};

use super::given::{Given, set};
use super::tls::Tls;
use crate::program::file::MqttTable;

/// What the file says, and over it the environment and the command line. `None`: no broker.
pub fn settings(table: &MqttTable, given: &Given<'_>, tls: &Tls) -> Result<Option<MqttConfig>, String> {
    let mut mqtt = MqttConfig::default();
    read(&mut mqtt, table)?;
    mqtt.allow_plaintext |= given.plaintext_is_allowed()?;
    mqtt.tls.clone_from(&tls.client);
    if let (Some(login), Some(password)) = (&mut mqtt.login, (given.environment)("ONEM2M_MQTT_PASSWORD")) {
        login.password = password;
    }
    let broker =
        given.text(&given.args.mqtt, "ONEM2M_MQTT").or_else(|| table.broker.clone()).filter(|url| !url.is_empty());
    Ok(broker.map(|broker| MqttConfig { broker, ..mqtt }))
}

pub fn read(mqtt: &mut MqttConfig, table: &MqttTable) -> Result<(), String> {
    mqtt.version = match table.version.as_deref() {
        None | Some("3.1.1") => MqttVersion::V3_1_1,
        Some("5" | "5.0") => MqttVersion::V5,
        Some(other) => return Err(format!("mqtt.version: expected 3.1.1 or 5, got {other:?}")),
    };
    mqtt.client_id.clone_from(&table.client_id);
    let login = table
        .username
        .as_ref()
        .map(|username| MqttLogin { username: username.clone(), password: table.password.clone().unwrap_or_default() });
    mqtt.login = login;
    set(&mut mqtt.topic_prefix, &table.topic_prefix);
    set(&mut mqtt.keep_alive, &table.keep_alive.map(Duration::from_secs));
    if table.keep_session == Some(false) {
        mqtt.session = MqttSession::Clean;
    }
    set(&mut mqtt.broker_verifies_originators, &table.broker_verifies_originators);
    set(&mut mqtt.transit_cses, &table.transit_cses);
    set(&mut mqtt.allow_plaintext, &table.allow_plaintext);
    set(&mut mqtt.limits.message_bytes, &table.message_bytes);
    set(&mut mqtt.limits.in_flight, &table.in_flight);
    Ok(())
}
