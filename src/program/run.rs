//! Running a CSE until somebody asks it to stop.

use std::path::Path;

use onem2m_cse::Cse;
use onem2m_cse::binding::coap::CoapClient;
use onem2m_cse::binding::mqtt::MqttBinding;
use onem2m_cse::replay::DEFAULT_BYTES;
use onem2m_cse::store::fjall::FjallStore;
use tokio::signal;

use super::greet::greet;
use super::if_possible::{COAP, IfPossible, WEB_SOCKET};
use super::logs;
use super::settings::Settings;

/// Runs until SIGTERM or SIGINT.
pub fn run(settings: &Settings, record: Option<&Path>) -> Result<(), String> {
    logs::start(settings.json_log, &settings.log_level)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Searches run here; more of them at once than this wait their turn.
        .max_blocking_threads(16)
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))?;
    runtime.block_on(serve(settings, record))
}

async fn serve(settings: &Settings, record: Option<&Path>) -> Result<(), String> {
    let (mut cse, mut ws, mut coap) = (settings.cse.clone(), settings.ws.clone(), settings.coap.clone());
    if !settings.ws_asked {
        WEB_SOCKET.free(&mut cse, &mut ws.addresses);
    }
    if !settings.coap_asked {
        COAP.free(&mut cse, &mut coap.addresses);
    }
    let mut builder = Cse::builder(cse);
    if !settings.http.addresses.is_empty() {
        builder = builder.bind(settings.http.clone());
    }
    if !ws.addresses.is_empty() {
        builder = if settings.ws_asked { builder.bind(ws) } else { builder.bind(IfPossible(WEB_SOCKET, ws)) };
    }
    if !coap.addresses.is_empty() {
        builder = if settings.coap_asked { builder.bind(coap) } else { builder.bind(IfPossible(COAP, coap)) };
    }
    if let Some(coaps) = &settings.coaps.server {
        builder = builder.bind(coaps.clone());
    }
    if let Some(coaps) = &settings.coaps.client {
        builder = builder.caller(CoapClient::new(coaps.clone()));
    }
    if let Some(mqtt) = &settings.mqtt {
        builder = builder.bind(MqttBinding::new(mqtt.clone()));
    }
    for (name, text) in &settings.schemas {
        builder = builder.schema(name, text);
    }
    if let Some(path) = &settings.data {
        let store = FjallStore::open(path, &settings.store).map_err(|error| error.to_string())?;
        builder = builder.store(store);
    }
    if let Some(file) = record {
        builder = builder.record(file, DEFAULT_BYTES);
    }
    let cse = builder.start().await.map_err(|error| error.to_string())?;
    greet(settings, &cse.addresses());
    wait().await?;
    tracing::info!("stopping");
    cse.stop().await;
    tracing::info!("stopped");
    Ok(())
}

#[cfg(unix)]
async fn wait() -> Result<(), String> {
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())
        .map_err(|error| format!("cannot listen for SIGTERM: {error}"))?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = signal::ctrl_c() => interrupted.map_err(|error| format!("cannot listen for SIGINT: {error}")),
    }
}

#[cfg(not(unix))]
async fn wait() -> Result<(), String> {
    signal::ctrl_c().await.map_err(|error| format!("cannot listen for Ctrl-C: {error}"))
}
