//! The polling channel (TS-0001 10.2.5.13): for programs that nobody can call.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Inbox;
use crate::client::courier::{Courier, milliseconds};
use crate::client::{Client, Draft as _};
use crate::client::{ClientError, Discovery, PollingChannel, Retry};
use crate::codec::primitive::{to_request, wrap_response};
use crate::primitive::{Operation, Request, Response, Status};
use crate::value::{SmolStr, Value};

/// Requests that are being answered at a time. Beyond: nothing is fetched, and the CSE waits.
const AT_ONCE: usize = 32;

/// A poll that ends sooner than this without anything was not waited for.
const AT_ONCE_OVER: Duration = Duration::from_secs(1);

/// The `pcu` of an AE's polling channel. The channel is made if there is none.
pub(super) async fn channel(client: &Client, entity: &SmolStr) -> Result<SmolStr, ClientError> {
    let new = PollingChannel::new();
    let kind = new.resource_type();
    let channel = match client.create(entity.clone(), new).await {
        Ok(channel) => SmolStr::from(channel.address()),
        // TS-0001 table 9.6.5-1: there is at most one. Peers say so in their own ways.
        Err(refused @ ClientError::Refused { .. }) => {
            let mut found: Discovery = client.discover(entity.clone()).of_type(kind).levels(1);
            match found.next().await {
                Some(Ok(channel)) => channel,
                _ => return Err(refused),
            }
        }
        Err(error) => return Err(error),
    };
    Ok(format!("{channel}/pcu").into())
}

/// Fetches requests, and brings their responses. Ends when the channel is gone.
pub(super) async fn poll(courier: Arc<Courier>, inbox: Arc<Inbox>, originator: SmolStr, pcu: SmolStr) {
    let wait = courier.config.long_poll;
    let limit = wait.saturating_add(courier.config.timeout);
    let (mut answers, mut failures) = (JoinSet::new(), 0_u32);
    loop {
        while answers.try_join_next().is_some() {}
        while answers.len() >= AT_ONCE {
            answers.join_next().await;
        }
        let mut request = Request::retrieve(pcu.clone()).from(originator.clone());
        request.request_expiration_timestamp = Some(milliseconds(wait));
        let begun = Instant::now();
        let trouble = match courier.carry(request, limit, &Retry::never()).await {
            Ok(response) if response.status.is_success() => {
                for request in requests(&response.value()) {
                    let (courier, originator, pcu) = (Arc::clone(&courier), originator.clone(), pcu.clone());
                    let inbox = Arc::clone(&inbox);
                    answers.spawn(async move {
                        let patience = Some(courier.config.patience);
                        let response = inbox.take(request, patience).await;
                        bring(&courier, originator, pcu, &response).await;
                    });
                }
                failures = 0;
                continue;
            }
            // TS-0004 7.4.22.2.2: nothing came in time.
            Ok(response) if response.status == Status::REQUEST_TIMEOUT && begun.elapsed() > AT_ONCE_OVER => {
                failures = 0;
                continue;
            }
            Ok(response) if response.status == Status::NOT_FOUND => {
                tracing::warn!(%pcu, "the polling channel is gone: no more notifications come over it");
                return;
            }
            Ok(response) => format!("{:?}", response.status),
            Err(error) => error.to_string(),
        };
        failures = failures.saturating_add(1);
        tracing::debug!(%pcu, trouble, failures, "polling again after a rest");
        tokio::time::sleep(courier.config.retry.rest_after(failures)).await;
    }
}

/// The requests in the answer to a poll: one (`m2m:rqp`), or several (`m2m:agrp`). What is none is passed over: whoever sent it
/// hears nothing, as when nobody had been there.
fn requests(content: &Value) -> Vec<Request> {
    let several = content.as_map().and_then(|map| map.get("m2m:agrp")).and_then(Value::as_list);
    let items = several.unwrap_or(std::slice::from_ref(content));
    items.iter().filter_map(|item| to_request(item).ok()).collect()
}

/// TS-0004 7.4.22.2.5: the response goes back as the content of a NOTIFY.
async fn bring(courier: &Courier, originator: SmolStr, pcu: SmolStr, response: &Response) {
    if response.silent {
        return;
    }
    let mut request = Request::new(Operation::Notify, pcu).from(originator);
    request.content = Some(wrap_response(response));
    match courier.send(request).await {
        Ok(answer) if answer.status.is_success() => {}
        Ok(answer) => tracing::debug!(status = ?answer.status, "an answer came too late, or twice"),
        Err(error) => tracing::debug!(%error, "an answer could not be brought"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;

    #[test]
    fn one_request_or_several_are_taken_along() {
        let count = |text: &str| requests(&json::decode(text.as_bytes(), 32).unwrap()).len();
        let one = r#"{"op":5,"to":"Cae","fr":"/id-in","rqi":"1","rvi":"3","pc":{}}"#;
        assert_eq!(count(&format!(r#"{{"m2m:rqp":{one}}}"#)), 1);
        assert_eq!(count(&format!(r#"{{"m2m:agrp":[{one},{one},7]}}"#)), 2);
        assert_eq!(count("null"), 0);
    }
}
