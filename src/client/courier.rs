//! Carries requests: fills in what each of them needs, minds the time, tries again.

use std::sync::Arc;
use std::time::Duration;

use super::identifier::Identifiers;
use super::{ClientConfig, ClientError, Retry};
use crate::binding::Caller;
use crate::primitive::{Request, Response};
use crate::value::{AbsRelTimestamp, SmolStr};

/// The part of a client that sends.
pub(super) struct Courier {
    pub url: SmolStr,
    pub config: ClientConfig,
    caller: Arc<dyn Caller>,
    identifiers: Identifiers,
}

impl Courier {
    pub fn new(url: SmolStr, config: ClientConfig, caller: Arc<dyn Caller>) -> Self {
        Self { url, config, caller, identifiers: Identifiers::new() }
    }

    /// Where the CSE reaches this program by way of what carries its requests, if it needs to be told.
    pub fn point_of_access(&self) -> Option<SmolStr> {
        self.caller.point_of_access(&self.url)
    }

    /// Sends a request and waits for the response.
    pub async fn send(&self, request: Request) -> Result<Response, ClientError> {
        self.carry(request, self.config.timeout, &self.config.retry).await
    }

    /// The same with a time and patience of its own.
    pub async fn carry(&self, request: Request, limit: Duration, retry: &Retry) -> Result<Response, ClientError> {
        let request = self.complete(request);
        let url = self.caller.url(&self.url, &request.to);
        let mut attempts = 0_u32;
        loop {
            // The identifier stays: a CSE that remembers requests knows the second one for what it is.
            let call = self.caller.call_in(self.config.format, url.clone(), request.clone(), limit);
            let failure = match call.await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            attempts = attempts.saturating_add(1);
            let Some(rest) = retry.after(attempts, request.operation, &failure) else { return Err(failure.into()) };
            tracing::debug!(%url, %failure, attempts, "trying again");
            tokio::time::sleep(rest).await;
        }
    }

    fn complete(&self, mut request: Request) -> Request {
        if request.request_identifier.is_empty() {
            request.request_identifier = self.identifiers.next();
        }
        request.release_version_indicator = self.config.release;
        if let (None, Some(time)) = (request.request_expiration_timestamp, self.config.request_expiration) {
            request.request_expiration_timestamp = Some(milliseconds(time));
        }
        request
    }
}

/// A while as the standard says it in a request.
pub(super) fn milliseconds(time: Duration) -> AbsRelTimestamp {
    AbsRelTimestamp::After(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::binding::BoxFuture;
    use crate::engine::Failure;
    use crate::primitive::{ReleaseVersion, Status};

    /// Fails as often as it is told to, and notes what it was given.
    #[derive(Default)]
    struct Script {
        failures: Mutex<Vec<Failure>>,
        came: Mutex<Vec<(SmolStr, Request)>>,
    }

    impl Caller for Arc<Script> {
        fn schemes(&self) -> &[&str] {
            &["script"]
        }
        fn call(&self, url: SmolStr, request: Request, _limit: Duration) -> BoxFuture<Result<Response, Failure>> {
            let response = Response::new(Status::OK, &request);
            self.came.lock().unwrap().push((url, request));
            let outcome = self.failures.lock().unwrap().pop().map_or(Ok(response), Err);
            Box::pin(async { outcome })
        }
    }

    fn courier(failures: Vec<Failure>) -> (Arc<Script>, Courier) {
        let script = Arc::new(Script { failures: Mutex::new(failures), came: Mutex::default() });
        let config = ClientConfig { request_expiration: Some(Duration::from_secs(3)), ..ClientConfig::default() };
        (Arc::clone(&script), Courier::new("script://cse".into(), config, Arc::new(script)))
    }

    #[tokio::test(start_paused = true)]
    async fn the_second_attempt_says_the_same_as_the_first() {
        let (script, courier) = courier(vec![Failure::TimedOut, Failure::TimedOut]);
        let response = courier.send(Request::retrieve("cse-in").from("Cae")).await.unwrap();
        let came = script.came.lock().unwrap();
        assert_eq!(came.len(), 3);
        assert_eq!((&came[0], &came[0]), (&came[1], &came[2]));
        let (url, request) = &came[0];
        assert_eq!((url.as_str(), request.release_version_indicator), ("script://cse", ReleaseVersion::R3));
        assert_eq!(request.request_expiration_timestamp, Some(AbsRelTimestamp::After(3000)));
        assert!(!request.request_identifier.is_empty() && response.request_identifier == request.request_identifier);
    }

    #[tokio::test(start_paused = true)]
    async fn a_create_that_may_have_been_carried_out_is_not_sent_again() {
        let create = || Request::create("cse-in", 3, "m2m:cnt", crate::value::Map::new());
        let (script, courier_) = courier(vec![Failure::TimedOut]);
        assert!(matches!(courier_.send(create()).await, Err(ClientError::TimedOut)));
        assert_eq!(script.came.lock().unwrap().len(), 1);
        let (script, courier_) = courier(vec![Failure::NotSent("refused".into())]);
        assert!(courier_.send(create()).await.is_ok());
        assert_eq!(script.came.lock().unwrap().len(), 2);
    }
}
