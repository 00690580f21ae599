//! Whether the MQTT broker keeps to itself what the CSE says, for `config check`.

use onem2m_cse::binding::mqtt::{BrokerCheck, MqttConfig};

use super::settings::Settings;

/// Tries it, and says what a deployment has to know. Nothing, without a broker.
pub fn warn(settings: &Settings) {
    if let Some(mqtt) = &settings.mqtt {
        println!("{}", verdict(mqtt, &settings.cse.cse_id));
    }
}

fn verdict(mqtt: &MqttConfig, cse_id: &str) -> String {
    let broker = &mqtt.broker;
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return format!("warning: the broker {broker} was not tried: {error}"),
    };
    match runtime.block_on(mqtt.check_broker(cse_id)) {
        Ok(BrokerCheck::Closed) => format!("the broker {broker} lets nobody in without a name"),
        Ok(BrokerCheck::Deaf) => {
            format!("the broker {broker} lets anybody in; whoever has no name does not hear what this CSE says")
        }
        Ok(BrokerCheck::Listens) => format!(
            "warning: the broker {broker} lets a client without a name hear what this CSE says, and perhaps speak for \
             others; docs/mqtt.md has the access lists that it needs"
        ),
        Err(error) => format!("warning: the broker {broker} was not tried: {error}"),
    }
}
