//! HTTP/1.1 until both sides agree on WebSocket (TS-0020 6.2).

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::subprotocol::Subprotocol;
use super::{LIVENESS_PATH, READINESS_PATH, WsConfig};
use crate::binding::stream::Stream;
use crate::binding::{Door, Health};
use crate::codec::format::Format;

type Reply = Response<Full<Bytes>>;

/// Shakes hands. Answers the socket, what was read beyond the handshake, and how primitives are spelled; `None` when the
/// peer was turned down or went away.
pub(super) async fn shake(stream: Stream, door: &dyn Door, config: &WsConfig) -> Option<(Stream, Bytes, Subprotocol)> {
    let agreed: Mutex<Option<(OnUpgrade, Subprotocol)>> = Mutex::new(None);
    let service = service_fn(|mut request: Request<Incoming>| {
        let reply = match own_path(door, &request).map_or_else(|| agree(&request, config), Err) {
            Ok((reply, subprotocol)) => {
                let upgrade = hyper::upgrade::on(&mut request);
                *agreed.lock().unwrap_or_else(PoisonError::into_inner) = Some((upgrade, subprotocol));
                reply
            }
            Err(mut reply) => {
                reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                *reply
            }
        };
        std::future::ready(Ok::<_, Infallible>(reply))
    });
    let mut builder = http1::Builder::new();
    builder.max_buf_size(config.limits.head_bytes.max(8192));
    let ended = builder.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
    if let Err(error) = ended {
        tracing::debug!(%error, "a handshake came to nothing");
    }
    let (upgrade, subprotocol) = agreed.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    let parts = upgrade.await.ok()?.downcast::<TokioIo<Stream>>().ok()?;
    Some((parts.io.into_inner(), parts.read_buf, subprotocol))
}

/// Whether the two agree, and the answer either way.
fn agree<B>(request: &Request<B>, config: &WsConfig) -> Result<(Reply, Subprotocol), Box<Reply>> {
    let headers = request.headers();
    if request.method() != Method::GET
        || !names(headers, &CONNECTION, "upgrade")
        || !names(headers, &UPGRADE, "websocket")
    {
        let mut reply = refusal(StatusCode::UPGRADE_REQUIRED, "this is a WebSocket server: expected its handshake");
        reply.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
        return Err(reply);
    }
    if request.uri().path() != "/" {
        return Err(refusal(StatusCode::NOT_FOUND, "expected the request target / (TS-0020 6.2.2.1)"));
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let mut reply = refusal(StatusCode::UPGRADE_REQUIRED, "Sec-WebSocket-Version: expected 13");
        reply.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return Err(reply);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let Some(key) = key.filter(|_| headers.contains_key(HOST)) else {
        return Err(refusal(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key and Host: expected in a handshake"));
    };
    if let Some(origin) = headers.get(ORIGIN)
        && !config.origins.iter().any(|allowed| allowed == "*" || origin == allowed.as_str())
    {
        return Err(refusal(StatusCode::FORBIDDEN, "Origin: web pages from there may not connect"));
    }
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|line| line.to_str().ok());
    let Some(subprotocol) = Subprotocol::choose(offered) else {
        let spoken = Subprotocol::offer(Format::Json);
        let reason = format!("Sec-WebSocket-Protocol: none of these is offered: {spoken}");
        return Err(refusal(StatusCode::BAD_REQUEST, &reason));
    };
    let mut reply = Reply::default();
    *reply.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes()));
    let accept = accept.map_err(|_| refusal(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key: cannot be read"))?;
    let headers = reply.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("WebSocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(subprotocol.name));
    Ok((reply, subprotocol))
}

/// Whether one of a header's words is that one, in any case.
fn names(headers: &HeaderMap, header: &HeaderName, word: &str) -> bool {
    let lines = headers.get_all(header).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|name| name.trim().eq_ignore_ascii_case(word))
}

/// Liveness and readiness: plain HTTP, for machines that know nothing of oneM2M.
fn own_path<B>(door: &dyn Door, request: &Request<B>) -> Option<Box<Reply>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    Some(match request.uri().path() {
        LIVENESS_PATH => refusal(StatusCode::OK, "alive"),
        READINESS_PATH => match door.health() {
            Health::Ready => refusal(StatusCode::OK, "ready"),
            Health::NotReady(reason) => refusal(StatusCode::SERVICE_UNAVAILABLE, &format!("not ready: {reason}")),
        },
        _ => return None,
    })
}

/// An answer that is a sentence.
fn refusal(status: StatusCode, sentence: &str) -> Box<Reply> {
    let mut reply = Reply::new(Full::new(Bytes::from(format!("{sentence}\n"))));
    *reply.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    reply.headers_mut().insert(hyper::header::CONTENT_TYPE, plain);
    Box::new(reply)
}
