//! One connection of the server: handshakes, and then messages.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::handshake::shake;
use super::line::{Host, Line};
use super::pace::Patience;
use super::session::Session;
use super::subprotocol::{Schemas, Speech};
use super::{WsConfig, WsLimits};
use crate::binding::stream::Stream;
use crate::binding::{Door, Proven};

/// From the first byte to the last.
pub(super) async fn run(
    door: &Arc<dyn Door>,
    config: &WsConfig,
    stream: TcpStream,
    peer: SocketAddr,
    mut closing: watch::Receiver<bool>,
) {
    // Messages are small and leave in one write; waiting for more to send would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    let limits = &config.limits;
    let greeting = async {
        let (stream, proven) = secure(config, stream, peer).await?;
        Some((shake(stream, &**door, config).await?, proven))
    };
    let greeted = tokio::select! {
        greeted = tokio::time::timeout(limits.handshake_timeout, greeting) => greeted,
        _ = closing.wait_for(|closing| *closing) => return,
    };
    let Ok(Some(((stream, read, subprotocol), proven))) = greeted else { return };
    let settings = Some(settings(limits.message_bytes));
    let ws = WebSocketStream::from_partially_read(stream, read.to_vec(), Role::Server, settings).await;
    let speech = Speech { subprotocol, schemas: Schemas::Of(Arc::clone(door)) };
    let (session, outgoing) = Session::new(speech);
    let identities = config.identities.clone();
    let other = Arc::new(session.clone());
    let connection = match proven.as_ref().and_then(|proven| identities.sole(proven)) {
        Some(originator) => door.connected_as(other, &originator),
        None => door.connected(other),
    };
    let host = Host { door: Arc::clone(door), ip: peer.ip(), connection, proven, identities };
    Line::new(ws, session, outgoing, Some(host), patience(limits), closing).run().await;
}

/// What a WebSocket can begin over, and who the other side has proved to be. `None` when a handshake came to nothing.
async fn secure(config: &WsConfig, stream: TcpStream, peer: SocketAddr) -> Option<(Stream, Option<Proven>)> {
    #[cfg(feature = "tls")]
    if let Some(tls) = &config.tls {
        use crate::binding::tls::{Shaken, Speaks, reason};
        // In a box of its own: what a handshake needs is not to be kept for each connection without.
        return match Box::pin(tls.accept(stream, Speaks::WebSocket)).await {
            Ok(Shaken { stream, proven, .. }) => Some((stream, proven)),
            Err(error) => {
                tracing::debug!(%peer, reason = reason(&error), "a TLS handshake came to nothing");
                None
            }
        };
    }
    let _ = (config, peer);
    Some((Stream::Plain(stream), None))
}

/// Small buffers, as there may be many connections, and bounded messages.
pub(super) fn settings(message_bytes: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(4096)
        .max_message_size(Some(message_bytes))
        .max_frame_size(Some(message_bytes))
}

fn patience(limits: &WsLimits) -> Patience {
    Patience {
        in_flight: limits.in_flight,
        first_message: Some(limits.first_message_timeout),
        idle: None,
        ping_interval: limits.ping_interval,
        pong: limits.pong_timeout,
        write: limits.write_timeout,
    }
}
