//! One HTTP request → one HTTP response: the server's own paths, the limits, then the mapping and the door.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use bytes::Bytes;
use hyper::body::{Body, Incoming as IncomingBody};
use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::{Method, StatusCode};

use super::body::{self, BodyError};
use super::mapping::{Incoming, refusal};
use super::pulse::{Phase, Pulse, Pulses};
use super::rate::Rate;
use super::{Door, HttpConfig, LIVENESS_PATH, READINESS_PATH, UPPER_TESTER_PATH, cors, upper_tester};
use crate::binding::{Answer, Health, Proven};
use crate::primitive::Status;

/// What all connections of a server share.
pub(super) struct Shared {
    pub(super) door: Arc<dyn Door>,
    pub(super) config: HttpConfig,
    pub(super) pulses: Pulses,
    pub(super) rate: Option<Rate>,
    pub(super) in_flight: AtomicUsize,
}

pub(super) type Response = hyper::Response<Bytes>;

/// A request whose body broke off: there is nobody to answer.
#[derive(Debug)]
pub(super) struct Broken;

/// Answers one request.
pub(super) async fn answer(
    shared: &Shared,
    pulse: &Arc<Pulse>,
    peer: SocketAddr,
    proven: Option<&Proven>,
    request: hyper::Request<IncomingBody>,
) -> Result<Response, Broken> {
    let under_way = pulse.request();
    let (head, body) = request.into_parts();
    if head.uri.path().starts_with("/__")
        && let Some(response) = own_path(shared, &head.method, head.uri.path())
    {
        return Ok(response);
    }
    let origin = cors::Origin::of(&shared.config.cors_origins, &head.headers);
    if let Some(preflight) = origin.preflight(&head) {
        return Ok(preflight);
    }
    let Some(_place) = Place::take(shared) else {
        return Ok(later(refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            Status::INTERNAL_SERVER_ERROR,
            "too many requests are being answered, try again",
        )));
    };
    let limit = shared.config.limits.body_bytes;
    if shared.config.upper_tester && head.uri.path() == UPPER_TESTER_PATH {
        return Ok(match read_body(&under_way, body, limit).await? {
            Ok(body) => upper_tester::answer(&*shared.door, peer, &head, &body).await,
            Err(refused) => refused,
        });
    }
    let door = &*shared.door;
    let (mut incoming, verdict) =
        Incoming::read_head(&head.method, &head.uri, &head.headers, |short| door.is_query_attribute(short));
    let verdict = verdict.and_then(|()| shared.config.identities.admit(proven, &mut incoming.request));
    if let Some(rate) = &shared.rate
        && !rate.take(peer.ip(), incoming.request.originator.as_ref(), Instant::now())
    {
        let reason = "this originator asks too often, try again later";
        let status = Status::SERVICE_SUBSCRIPTION_LIMITS_EXCEEDED;
        return Ok(later(refusal(StatusCode::TOO_MANY_REQUESTS, status, reason)));
    }
    if let Err(rejection) = verdict {
        return Ok(origin.expose(incoming.reply.reject(&rejection, &incoming.request, door.registry())));
    }
    if !body.is_end_stream() {
        match read_body(&under_way, body, limit).await? {
            Ok(body) => {
                if let Err(rejection) = incoming.read_body(&body, door.registry()) {
                    return Ok(origin.expose(incoming.reply.reject(&rejection, &incoming.request, door.registry())));
                }
            }
            Err(refused) => return Ok(origin.expose(refused)),
        }
    }
    incoming.request.access.ip = Some(peer.ip());
    let Incoming { request, reply, .. } = incoming;
    let response = match door.request(request) {
        Answer::Now(response) => response,
        Answer::Later(response) => response.await,
    };
    Ok(origin.expose(reply.answer(response, door.registry())))
}

async fn read_body(
    under_way: &super::pulse::UnderWay,
    body: IncomingBody,
    limit: usize,
) -> Result<Result<Bytes, Response>, Broken> {
    under_way.enter(Phase::Body);
    let read = body::read(body, limit).await;
    under_way.enter(Phase::Busy);
    match read {
        Ok(bytes) => Ok(Ok(bytes)),
        Err(BodyError::Broken) => Err(Broken),
        Err(BodyError::TooLarge) => {
            let reason = format!("content (pc): expected at most {limit} bytes");
            Ok(Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, Status::BAD_REQUEST, &reason)))
        }
    }
}

/// Liveness and readiness: plain HTTP, for machines that know nothing of oneM2M.
fn own_path(shared: &Shared, method: &Method, path: &str) -> Option<Response> {
    if method != Method::GET && method != Method::HEAD {
        return None;
    }
    let (status, text) = match path {
        LIVENESS_PATH => (StatusCode::OK, "alive\n".to_owned()),
        READINESS_PATH => match shared.door.health() {
            Health::Ready => (StatusCode::OK, "ready\n".to_owned()),
            Health::NotReady(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
        },
        _ => return None,
    };
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, plain);
    Some(response)
}

fn later(mut response: Response) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// One of the places that [`super::Limits::in_flight`] gives.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(shared: &'a Shared) -> Option<Self> {
        let place = Self(&shared.in_flight);
        let taken = shared.in_flight.fetch_add(1, Relaxed);
        // Dropping it gives it back.
        (taken < shared.config.limits.in_flight).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
