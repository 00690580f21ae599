//! One connection: which HTTP it speaks, and the watch on its pulse.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::pulse::Pulse;
use super::service::{self, Shared};
use crate::binding::Proven;
use crate::binding::stream::Stream;

/// The first bytes of a client that speaks HTTP/2 without asking (RFC 9113 3.4). No method of HTTP/1.1 begins like it.
const PREFACE: &[u8] = b"PRI * HTTP/2.0";

/// Serves a connection until either side has had enough.
pub(super) async fn serve(
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
    pulse: Arc<Pulse>,
    closing: watch::Receiver<bool>,
) {
    let Some(Opened { stream, is_http2, proven }) = open(&shared, stream, peer, closing.clone()).await else { return };
    let limits = &shared.config.limits;
    let wire = Wire { io: TokioIo::new(stream), pulse: Arc::clone(&pulse), counts_heads: !is_http2 };
    let (head_bytes, headers, streams) = (limits.head_bytes.max(8192), limits.headers, limits.streams);
    let service = service_of(Arc::clone(&shared), pulse, peer, proven);
    let ended = if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.max_concurrent_streams(streams).max_header_list_size(u32::try_from(head_bytes).unwrap_or(u32::MAX));
        let connection = std::pin::pin!(builder.serve_connection(wire, service));
        until_closing(connection, closing, http2::Connection::graceful_shutdown).await
    } else {
        let mut builder = http1::Builder::new();
        builder.max_buf_size(head_bytes).max_header_size(head_bytes).header_read_timeout(None::<Duration>);
        if headers != 100 {
            builder.max_headers(headers);
        }
        let connection = std::pin::pin!(builder.serve_connection(wire, service));
        until_closing(connection, closing, http1::Connection::graceful_shutdown).await
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended early");
    }
}

/// A connection over which HTTP can begin.
struct Opened {
    stream: Stream,
    is_http2: bool,
    /// Who the other side has proved to be.
    proven: Option<Proven>,
}

/// Waits for the first word. `None` when there was none that could be understood.
async fn open(shared: &Shared, stream: TcpStream, peer: SocketAddr, closing: watch::Receiver<bool>) -> Option<Opened> {
    #[cfg(feature = "tls")]
    if let Some(tls) = &shared.config.tls {
        // In a box of its own: what a handshake needs is not to be kept for each connection without.
        return Box::pin(shake(tls, stream, peer, closing)).await;
    }
    let _ = (shared, peer);
    // Nothing is set up, and no buffer taken, before the first byte is here.
    let is_http2 = speaks_http2(&stream, closing).await?;
    Some(Opened { stream: Stream::Plain(stream), is_http2, proven: None })
}

/// Shakes hands. The sweeper sees to it that this does not last: the first head is due since the connection was made.
#[cfg(feature = "tls")]
async fn shake(
    tls: &crate::binding::tls::ServerTls,
    stream: TcpStream,
    peer: SocketAddr,
    mut closing: watch::Receiver<bool>,
) -> Option<Opened> {
    use crate::binding::tls::{Shaken, Speaks, reason};
    let shaken = tokio::select! {
        shaken = tls.accept(stream, Speaks::Http) => shaken,
        _ = closing.wait_for(|closing| *closing) => return None,
    };
    match shaken {
        Ok(Shaken { stream, is_http2, proven }) => Some(Opened { stream, is_http2, proven }),
        Err(error) => {
            tracing::debug!(%peer, reason = reason(&error), "a TLS handshake came to nothing");
            None
        }
    }
}

/// What hyper calls for each request. It owns what it uses, as the streams of HTTP/2 run in tasks of their own.
fn service_of(
    shared: Arc<Shared>,
    pulse: Arc<Pulse>,
    peer: SocketAddr,
    proven: Option<Proven>,
) -> impl Service<
    hyper::Request<Incoming>,
    Response = hyper::Response<Full<Bytes>>,
    Error = io::Error,
    Future = impl Future<Output = io::Result<hyper::Response<Full<Bytes>>>> + Send,
> {
    service_fn(move |request| {
        let (shared, pulse, proven) = (Arc::clone(&shared), Arc::clone(&pulse), proven.clone());
        async move {
            let response = service::answer(&shared, &pulse, peer, proven.as_ref(), request).await;
            response.map(|response| response.map(Full::new)).map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
    })
}

/// Runs a connection; when the server closes, lets it finish what it is at.
async fn until_closing<C: Future>(
    mut connection: Pin<&mut C>,
    mut closing: watch::Receiver<bool>,
    graceful: impl FnOnce(Pin<&mut C>),
) -> C::Output {
    tokio::select! {
        biased;
        ended = connection.as_mut() => return ended,
        _ = closing.wait_for(|closing| *closing) => {}
    }
    graceful(connection.as_mut());
    connection.await
}

/// Looks at the first bytes without taking them. `None` when the peer or the server went away first.
async fn speaks_http2(stream: &TcpStream, mut closing: watch::Receiver<bool>) -> Option<bool> {
    let mut first = [0; PREFACE.len()];
    loop {
        let read = tokio::select! {
            read = stream.peek(&mut first) => read.ok()?,
            _ = closing.wait_for(|closing| *closing) => return None,
        };
        let seen = first.get(..read).unwrap_or_default();
        if read == 0 {
            return None;
        }
        // Three bytes tell PRI from PUT and POST.
        if read >= 3 || !PREFACE.starts_with(seen) {
            return Some(PREFACE.starts_with(seen));
        }
        // Looking does not wait for more than there is already.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A socket that notes when bytes come and go.
struct Wire {
    io: TokioIo<Stream>,
    pulse: Arc<Pulse>,
    /// Whether bytes between requests are the head of the next; on HTTP/2 they may be a ping.
    counts_heads: bool,
}

impl Read for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        ready!(Pin::new(&mut wire.io).poll_read(cx, buffer))?;
        if wire.counts_heads {
            wire.pulse.received();
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let sent = ready!(Pin::new(&mut wire.io).poll_write(cx, bytes));
        wire.pulse.sent();
        Poll::Ready(sent)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let sent = ready!(Pin::new(&mut wire.io).poll_write_vectored(cx, buffers));
        wire.pulse.sent();
        Poll::Ready(sent)
    }
}
