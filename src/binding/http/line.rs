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
use crate::binding::stream::{Dialer, Stream};

/// A host and a port, and whether TLS is spoken there.
#[derive(Debug)]
pub(super) struct Target {
    is_secure: bool,
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
        let is_secure = uri.scheme_str() == Some("https");
        let usual = if is_secure { 443 } else { 80 };
        let target = Self { is_secure, host: host.to_ascii_lowercase(), port: uri.port_u16().unwrap_or(usual) };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let path = path.parse().map_err(|error| format!("{uri}: {error}"))?;
        let name = if target.port == usual { target.host.clone() } else { target.authority() };
        let name = HeaderValue::try_from(name).map_err(|error| format!("{uri}: {error}"))?;
        *message.uri_mut() = path;
        message.headers_mut().insert(HOST, name);
        Ok(target)
    }

    fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The host without the brackets that an IPv6 address has in a URL only.
    fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// A new connection. `limit` is for all addresses of the host together.
///
/// # Errors
/// Why there is none.
pub(super) async fn connect(target: &Target, dialer: &Dialer, limit: Duration) -> Result<Line, String> {
    let connecting = tokio::time::timeout(limit, open(target, dialer, limit)).await;
    let stream = connecting.map_err(|_| "no connection in time".to_owned())??;
    // Names of headers are the same in any case, but not to every simple receiver: `Content-Type` is what they know.
    let http = hyper::client::conn::http1::Builder::new().title_case_headers(true).clone();
    let handshake = http.handshake(TokioIo::new(stream)).await;
    let (line, connection) = handshake.map_err(|error| error.to_string())?;
    // It ends when the line is dropped or the other side closes; whoever waits for an answer hears of errors.
    tokio::spawn(async move { drop(connection.await) });
    Ok(line)
}

async fn open(target: &Target, dialer: &Dialer, limit: Duration) -> Result<Stream, String> {
    let stream = stream(target, limit).await.map_err(|error| error.to_string())?;
    // Requests are small and leave in one write. Without it they only leave later.
    let _ = stream.set_nodelay(true);
    if target.is_secure { dialer.secure(stream, target.bare_host()).await } else { Ok(Stream::Plain(stream)) }
}

async fn stream(target: &Target, limit: Duration) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = lookup_host((target.bare_host(), target.port)).await?.collect();
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
