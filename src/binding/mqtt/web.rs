//! MQTT inside a WebSocket (MQTT 3.1.1 and 5, chapter 6).
//!
//! ```text
//!  MQTT client ◀─ local socket ─▶ relay ◀─ WebSocket, maybe in TLS ─▶ broker
//! ```
//! The MQTT client could do this by itself, with a WebSocket library of its own beside ours. That one tells nobody when a
//! message is too large, so a broker that keeps such a message would send it for ever; its limits cannot be set; and a
//! broker that says ping some thousand times in a row ends the process. So the client is given a local socket, and what
//! goes through it is carried here. The socket has no name in the file system, and nobody is let in but this process.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener as Listener};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::BytesMut;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::http::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::backoff::number;
use super::broker::Broker;
use super::transport::Transport;
use super::wire::{Dial, Loss};
use crate::binding::stream::Stream;

/// Bytes of ours that go in one frame.
const FRAME: usize = 64 * 1024;

/// Time for the last words.
const FAREWELL: Duration = Duration::from_secs(1);

/// Whether such a broker can be spoken to.
///
/// # Errors
/// A sentence that says what was expected.
pub(super) fn usable(broker: &Broker) -> Result<(), String> {
    if broker.web.is_none() {
        return Ok(());
    }
    broker.to_string().parse::<Uri>().map(drop).map_err(|error| format!("{broker}: expected a URL, got {error}"))
}

/// Carries what one MQTT client says. It ends when it is dropped.
pub(super) struct Relay {
    place: String,
    loss: Arc<OnceLock<Loss>>,
    task: Option<AbortHandle>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Relay {
    /// Begins to connect, if that broker is spoken to over WebSocket.
    pub fn open(dial: &Dial) -> Option<Self> {
        dial.broker.web.as_ref()?;
        let name = format!("onem2m-cse-{}-{:016x}{:016x}", std::process::id(), number(), number());
        let loss = Arc::new(OnceLock::new());
        let task = match listen(&name) {
            Ok(listener) => {
                let (dial, loss) = (dial.clone(), Arc::clone(&loss));
                Some(tokio::spawn(run(listener, dial, loss)).abort_handle())
            }
            Err(error) => {
                // The client finds nobody there.
                let _ = loss.set(Loss::Broken(format!("there is no local socket to be had: {error}")));
                None
            }
        };
        // The client takes a name that begins with a zero for one outside of the file system.
        Some(Self { place: format!("\0{name}"), loss, task })
    }

    /// Where the client finds it: the path of a Unix socket.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// As the MQTT client takes it.
    #[allow(clippy::unused_self, reason = "where there is no relay, nobody can ask")]
    pub const fn of_client(&self) -> rumqttc::Transport {
        rumqttc::Transport::Unix
    }

    /// Why it ended, if it did. Known before the client is hung up on.
    pub fn loss(&self) -> Option<Loss> {
        self.loss.get().cloned()
    }
}

fn listen(name: &str) -> std::io::Result<UnixListener> {
    let listener = Listener::bind_addr(&SocketAddr::from_abstract_name(name)?)?;
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

async fn run(listener: UnixListener, dial: Dial, loss: Arc<OnceLock<Loss>>) {
    let mut local = match own(&listener).await {
        Ok(local) => local,
        Err(error) => return drop(loss.set(Loss::Broken(error.to_string()))),
    };
    drop(listener);
    let why = match tokio::time::timeout(dial.connect_timeout, connect(&dial)).await {
        Ok(Ok(ws)) => carry(ws, &mut local).await,
        Ok(Err(why)) => Some(why),
        Err(_) => Some(Loss::Broken("no connection in time".to_owned())),
    };
    // Said before the client sees that it is hung up on, which is when this ends.
    if let Some(why) = why {
        let _ = loss.set(why);
    }
}

/// The client of this process. Others find the socket if they look for it.
async fn own(listener: &UnixListener) -> std::io::Result<UnixStream> {
    loop {
        let (stream, _) = listener.accept().await?;
        if stream.peer_cred()?.pid().is_some_and(|pid| u32::try_from(pid) == Ok(std::process::id())) {
            return Ok(stream);
        }
    }
}

async fn connect(dial: &Dial) -> Result<WebSocketStream<Stream>, Loss> {
    let broken = |reason: &dyn std::fmt::Display| Loss::Broken(reason.to_string());
    let broker = &dial.broker;
    let stream = TcpStream::connect((broker.host.as_str(), broker.port)).await.map_err(|error| broken(&error))?;
    // Packets are small and leave in one write. Without it they only leave later.
    let _ = stream.set_nodelay(true);
    let stream = match &dial.transport {
        Transport::Plain => Stream::Plain(stream),
        #[cfg(feature = "tls")]
        Transport::Tls(tls) => {
            let dialer = crate::binding::tls::Dialer::new(Some(tls.clone()));
            dialer.secure(stream, &broker.host).await.map_err(|reason| broken(&reason))?
        }
    };
    let mut handshake = broker.to_string().into_client_request().map_err(|error| broken(&error))?;
    // MQTT 5 6.0: the name of the subprotocol, which a server has to answer with.
    handshake.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("mqtt"));
    // A frame may hold several packets. Each of them the client measures by itself.
    let most = Some(dial.packet_bytes.saturating_mul(2));
    let settings = WebSocketConfig::default().max_message_size(most).max_frame_size(most);
    let shaken = client_async_with_config(handshake, stream, Some(settings)).await;
    shaken.map(|(ws, _)| ws).map_err(|error| of(&error))
}

/// Carries both ways until one side has no more. One that is slow makes the other wait. Answers what went wrong; a client
/// that hangs up knows why.
async fn carry(ws: WebSocketStream<Stream>, local: &mut UnixStream) -> Option<Loss> {
    let (mut sink, mut frames) = ws.split();
    let (mut from, mut to) = local.split();
    let down = async {
        loop {
            let bytes = match frames.next().await {
                Some(Ok(Message::Binary(bytes))) => bytes,
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Ok(Message::Text(_))) => return Some(Loss::Broken("expected binary frames, got text".to_owned())),
                Some(Ok(Message::Close(said))) => {
                    let said = said.map(|frame| format!(" ({frame})")).unwrap_or_default();
                    return Some(Loss::Broken(format!("the broker closed the WebSocket{said}")));
                }
                Some(Err(error)) => return Some(of(&error)),
                None => return Some(Loss::Broken("the broker closed the connection".to_owned())),
            };
            if to.write_all(&bytes).await.is_err() {
                return None;
            }
        }
    };
    let up = async {
        let mut bytes = BytesMut::new();
        loop {
            bytes.reserve(FRAME);
            if !matches!(from.read_buf(&mut bytes).await, Ok(1..)) {
                let _ = tokio::time::timeout(FAREWELL, sink.close()).await;
                return None;
            }
            if let Err(error) = sink.send(Message::Binary(bytes.split().freeze())).await {
                return Some(of(&error));
            }
        }
    };
    tokio::select! {
        why = down => why,
        why = up => why,
    }
}

fn of(error: &WsError) -> Loss {
    match error {
        WsError::Capacity(_) => Loss::TooLarge,
        WsError::Http(response) => {
            let status = response.status();
            let reason = format!("the WebSocket handshake is answered with {status}");
            // Whoever is asked at the wrong path, or by the wrong one, will say so again.
            let is_for_good = [400, 401, 403, 404, 405, 410].into_iter().any(|code| status == code);
            if is_for_good { Loss::Refused(reason) } else { Loss::Broken(reason) }
        }
        other => Loss::Broken(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_is_let_in_but_this_process() {
        let name = format!("onem2m-cse-test-{}-{:016x}", std::process::id(), number());
        let listener = listen(&name).unwrap();
        let stranger =
            "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect('\\0' + sys.argv[1]); print(s.recv(1))";
        let stranger = tokio::process::Command::new("python3").args(["-c", stranger, &name]).output();
        let heard = tokio::select! {
            heard = stranger => heard,
            own = own(&listener) => panic!("{own:?} is let in"),
        };
        let Ok(heard) = heard else {
            let reason = "skipped: there is no python3";
            assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
            return println!("{reason}");
        };
        assert_eq!(String::from_utf8_lossy(&heard.stdout), "b''\n", "{heard:?}");
        let ours = UnixStream::connect(format!("\0{name}"));
        let (ours, let_in) = tokio::join!(ours, own(&listener));
        assert!(ours.is_ok() && let_in.is_ok());
    }
}
