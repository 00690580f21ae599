//! Requests that wait for their operation execution time (TS-0004 7.3.3.5 and siblings).

use std::collections::BTreeMap;

use super::writer::Ticket;
use super::{Core, validate};
use crate::primitive::{Rejection, Request, Response, Status};
use crate::value::{AbsRelTimestamp, Timestamp};

/// A bounded list of requests in the order of their time. It is not stored: a request is acknowledged by its response,
/// and these have none yet.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    requests: BTreeMap<(Timestamp, u64), (Ticket, Box<Request>)>,
    count: u64,
}

impl Waiting {
    /// Keeps a request that is to be carried out later; hands back one that is not, or the refusal of one too many.
    pub fn keep(
        &mut self,
        core: &Core,
        ticket: Ticket,
        mut request: Box<Request>,
        now: Timestamp,
    ) -> Result<Option<Box<Request>>, Box<Response>> {
        let Some(at) = request.operation_execution_time.map(|at| at.resolve(now)).filter(|at| *at > now) else {
            return Ok(Some(request));
        };
        // What can only fail is turned down at once, and takes nobody's place.
        if validate::request(core, &request, now).is_err() {
            return Ok(Some(request));
        }
        let most = core.config.limits.waiting_requests;
        if self.requests.len() >= most {
            let reason = format!("operationExecutionTime (oet): {most} requests are waiting already");
            let rejection = Rejection::new(Status::NOT_IMPLEMENTED, reason);
            return Err(Box::new(Response::rejected(&rejection, &request)));
        }
        // Relative times count from when the request came.
        let pin = |time: &mut Option<AbsRelTimestamp>| *time = time.map(|time| AbsRelTimestamp::At(time.resolve(now)));
        pin(&mut request.request_expiration_timestamp);
        pin(&mut request.result_expiration_timestamp);
        pin(&mut request.operation_execution_time);
        self.count = self.count.wrapping_add(1);
        self.requests.insert((at, self.count), (ticket, request));
        Ok(None)
    }

    /// Forgets all of them, and says who they were.
    pub fn clear(&mut self) -> Vec<(Ticket, Box<Request>)> {
        std::mem::take(&mut self.requests).into_values().collect()
    }

    /// When the next one is to be woken.
    pub fn next(&self) -> Option<Timestamp> {
        self.requests.keys().next().map(|(at, _)| *at)
    }

    /// Those whose time has come.
    pub fn take(&mut self, now: Timestamp) -> Vec<(Ticket, Box<Request>)> {
        let later = self.requests.split_off(&(now.plus_micros(1), 0));
        std::mem::replace(&mut self.requests, later).into_values().collect()
    }
}
