//! How a connection ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::binding::stream::Stream;

/// Time for the last words. A peer that is slow to hear them has heard enough.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// Why a connection is over.
pub(super) enum End {
    /// It is closed, or broken.
    Gone,
    /// We close it, and say why.
    Close(CloseCode, String),
}

/// What is said to a peer that broke the rules.
pub(super) fn broken(error: &WsError) -> End {
    match error {
        WsError::Capacity(_) => End::Close(CloseCode::Size, error.to_string()),
        WsError::Utf8(_) => End::Close(CloseCode::Invalid, error.to_string()),
        WsError::Protocol(_) => End::Close(CloseCode::Protocol, error.to_string()),
        _ => End::Gone,
    }
}

/// Says goodbye, and lets the peer hear it: a socket that is closed with something unread in it takes back what was said
/// last.
pub(super) async fn say_goodbye(ws: &mut WebSocketStream<Stream>, code: CloseCode, reason: String) {
    // A control frame holds 125 bytes, two of them the code (RFC 6455 5.5).
    let reason: String = reason.chars().filter(char::is_ascii).take(120).collect();
    let parting = async {
        ws.close(Some(CloseFrame { code, reason: reason.into() })).await.ok()?;
        let io = ws.get_mut();
        io.shutdown().await.ok()?;
        let mut unread = [0; 4096];
        while io.read(&mut unread).await.ok()? > 0 {}
        Some(())
    };
    let _ = timeout(FAREWELL, parting).await;
}
