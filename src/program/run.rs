//! Running a CSE until somebody asks it to stop.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use onem2m_cse::binding::ws::WsConfig;
use onem2m_cse::binding::{Binding, BindingLimits, BoxFuture, Door, Listening};
use onem2m_cse::store::fjall::FjallStore;
use onem2m_cse::{Cse, CseConfig, Error};
use tokio::signal;

use super::logs;
use super::settings::Settings;

/// Runs until SIGTERM or SIGINT.
pub fn run(settings: &Settings) -> Result<(), String> {
    logs::start(settings.json_log, &settings.log_level)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Searches run here; more of them at once than this wait their turn.
        .max_blocking_threads(16)
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))?;
    runtime.block_on(serve(settings))
}

async fn serve(settings: &Settings) -> Result<(), String> {
    let (mut cse, mut ws) = (settings.cse.clone(), settings.ws.clone());
    if !settings.ws_asked {
        do_without_taken(&mut cse, &mut ws);
    }
    let mut builder = Cse::builder(cse).bind(settings.http.clone());
    if settings.ws_asked && !ws.addresses.is_empty() {
        builder = builder.bind(ws);
    } else if !ws.addresses.is_empty() {
        builder = builder.bind(IfPossible(ws));
    }
    for (name, text) in &settings.schemas {
        builder = builder.schema(name, text);
    }
    if let Some(path) = &settings.data {
        let store = FjallStore::open(path, &settings.store).map_err(|error| error.to_string())?;
        builder = builder.store(store);
    }
    let cse = builder.start().await.map_err(|error| error.to_string())?;
    greet(settings, &cse.addresses());
    wait().await?;
    tracing::info!("stopping");
    cse.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Nobody asked for WebSocket at the default port: if somebody else has it, one sentence is enough, and it is no point of
/// access.
fn do_without_taken(cse: &mut CseConfig, ws: &mut WsConfig) {
    ws.addresses.retain(|address| match TcpListener::bind(address) {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!("not listening for WebSocket on {address}: {error}; --ws says where, or nowhere");
            let url = format!("ws://{address}");
            cse.points_of_access.retain(|point| *point != url);
            false
        }
    });
}

/// WebSocket where nobody asked for it: somebody may have taken the port since we looked.
struct IfPossible(WsConfig);

impl Binding for IfPossible {
    fn limits(&self) -> BindingLimits {
        self.0.limits()
    }

    fn serve(self: Box<Self>, door: Arc<dyn Door>) -> BoxFuture<Result<Box<dyn Listening>, Error>> {
        Box::pin(async move {
            Ok(Box::new(self.0).serve(door).await.unwrap_or_else(|error| {
                tracing::warn!("not listening for WebSocket: {error}; --ws says where, or nowhere");
                Box::new(Nowhere)
            }))
        })
    }
}

struct Nowhere;

impl Listening for Nowhere {
    fn addresses(&self) -> Vec<String> {
        Vec::new()
    }

    fn stop(self: Box<Self>, _deadline: Duration) -> BoxFuture<()> {
        Box::pin(async {})
    }
}

/// What listens where, and what to try first. Nobody has to listen: a closed standard output does not end the CSE.
fn greet(settings: &Settings, addresses: &[String]) {
    let url = addresses.first().map_or("", String::as_str);
    // Scripts read the first line, and go on over HTTP.
    let (sockets, web): (Vec<&str>, Vec<&str>) =
        addresses.iter().map(String::as_str).partition(|address| address.starts_with("ws:"));
    let (name, admin) = (&settings.cse.cse_name, settings.cse.administrator.as_deref().unwrap_or("CAdmin"));
    let kept = match &settings.data {
        Some(path) => format!("in {}", path.display()),
        None => "in memory only".to_owned(),
    };
    let curl =
        |number, to: &str| format!("  curl -H 'X-M2M-Origin: {admin}' -H 'X-M2M-RI: {number}' -H 'X-M2M-RVI: 3' {to}");
    let lines = [
        format!("{} is ready: {}", settings.cse.cse_id, web.join(" ")),
        format!("WebSocket: {}", if sockets.is_empty() { "none".to_owned() } else { sockets.join(" ") }),
        format!("resources are kept {kept}"),
        "\nTry:".to_owned(),
        curl(1, &format!("{url}/{name}")),
        curl(2, &format!("'{url}/{name}?fu=1&lim=10'")),
    ];
    let _ = writeln!(std::io::stdout(), "{}", lines.join("\n"));
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
