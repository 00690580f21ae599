//! Where the client connects to, and how.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};

use super::pool::Line;

/// A host and a port.
#[derive(Debug)]
pub(super) struct Target {
    host: String,
    port: u16,
}

impl Target {
    /// Where a message with a whole URL goes. The message keeps what is said to the host itself: path and `Host`.
    ///
    /// # Errors
    /// A sentence, when the URL names no host.
    pub fn of(message: &mut Request<Full<Bytes>>) -> Result<Self, String> {
        let uri = message.uri();
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| format!("{uri}: names no host"))?;
        // A host is the same in capitals (RFC 3986 3.2.2).
        let target = Self { host: host.to_ascii_lowercase(), port: uri.port_u16().unwrap_or(80) };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let path = path.parse().map_err(|error| format!("{uri}: {error}"))?;
        let name = if target.port == 80 { target.host.clone() } else { target.to_string() };
        let name = HeaderValue::try_from(name).map_err(|error| format!("{uri}: {error}"))?;
        *message.uri_mut() = path;
        message.headers_mut().insert(HOST, name);
        Ok(target)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A new connection. `limit` is for all addresses of the host together.
///
/// # Errors
/// Why there is none.
pub(super) async fn connect(target: &Target, limit: Duration) -> Result<Line, String> {
    let connecting = tokio::time::timeout(limit, stream(target, limit)).await;
    let stream = connecting.map_err(|_| "no connection in time".to_owned())?.map_err(|error| error.to_string())?;
    // Requests are small and leave in one write. Without it they only leave later.
    let _ = stream.set_nodelay(true);
    // Names of headers are the same in any case, but not to every simple receiver: `Content-Type` is what they know.
    let http = hyper::client::conn::http1::Builder::new().title_case_headers(true).clone();
    let handshake = http.handshake(TokioIo::new(stream)).await;
    let (line, connection) = handshake.map_err(|error| error.to_string())?;
    // It ends when the line is dropped or the other side closes; whoever waits for an answer hears of errors.
    tokio::spawn(async move { drop(connection.await) });
    Ok(line)
}

async fn stream(target: &Target, limit: Duration) -> io::Result<TcpStream> {
    // An IPv6 address stands in brackets in a URL only.
    let host = target.host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> = lookup_host((host, target.port)).await?.collect();
    let each = limit.checked_div(u32::try_from(addresses.len()).unwrap_or(u32::MAX)).unwrap_or(limit);
    let mut last = io::Error::other("the host has no address");
    for address in addresses {
        match tokio::time::timeout(each, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::Error::new(io::ErrorKind::TimedOut, format!("{address}: no connection in time")),
        }
    }
    Err(last)
}
