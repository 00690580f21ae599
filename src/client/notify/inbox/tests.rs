use std::sync::Arc;
use std::time::Duration;

use super::super::notification::Notification;
use super::*;
use crate::codec::json;

const MOMENT: Option<Duration> = Some(Duration::from_secs(8));

fn inbox(queue: usize, acknowledge: Acknowledge) -> Arc<Inbox> {
    Arc::new(Inbox::new(&ClientConfig { queue, acknowledge, ..ClientConfig::default() }))
}

fn telling(identifier: &str, content: &str) -> Request {
    let mut request = Request::new(Operation::Notify, "Cae").from("/id-in").identified(identifier);
    request.content = Some(json::decode(content.as_bytes(), 32).unwrap());
    request
}

fn numbered(number: u32) -> Request {
    telling(&format!("n-{number}"), &format!(r#"{{"m2m:sgn":{{"sur":"/id-in/sub-1","nev":{{"net":{number}}}}}}}"#))
}

async fn next(mailbox: &mut Mailbox) -> Notification {
    let item = mailbox.items.recv().await.unwrap();
    Notification::new(item.content, item.receipt)
}

#[tokio::test(start_paused = true)]
async fn what_is_told_while_the_subscription_is_being_made_waits_for_it() {
    let inbox = inbox(4, Acknowledge::Queued);
    let vrq = telling("v", r#"{"m2m:sgn":{"vrq":true,"sur":"/id-in/sub-1"}}"#);
    assert_eq!(inbox.take(vrq.clone(), None).await.status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    assert_eq!(inbox.take(numbered(1), None).await.status, Status::TARGET_NOT_REACHABLE);
    let expecting = inbox.expect();
    assert_eq!(inbox.take(vrq, None).await.status, Status::OK);
    let (response, mut mailbox) = tokio::join!(inbox.take(numbered(1), None), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mailbox = inbox.open("sub-1", None);
        drop(expecting);
        mailbox
    });
    assert_eq!(response.status, Status::OK);
    assert_eq!(next(&mut mailbox).await.event_type(), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_makes_the_cse_wait_and_then_try_again() {
    let inbox = inbox(2, Acknowledge::Queued);
    let mut mailbox = inbox.open("sub-1", None);
    assert!(!inbox.take(numbered(1), MOMENT).await.silent);
    assert!(!inbox.take(numbered(2), MOMENT).await.silent);
    assert!(inbox.take(numbered(3), MOMENT).await.silent, "no place, no answer");
    assert_eq!(next(&mut mailbox).await.event_type(), Some(1));
    assert_eq!(inbox.take(numbered(3), MOMENT).await.status, Status::OK);
    // The answer to the second was lost on its way: it is told again, and is no news.
    assert_eq!(inbox.take(numbered(2), MOMENT).await.status, Status::OK);
    assert_eq!(next(&mut mailbox).await.event_type(), Some(2));
    assert_eq!(next(&mut mailbox).await.event_type(), Some(3));
    assert!(mailbox.items.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn the_cse_hears_when_the_program_has_dealt_with_it() {
    let inbox = inbox(2, Acknowledge::Handled);
    let mut mailbox = inbox.open("sub-1", None);
    assert!(inbox.take(numbered(1), MOMENT).await.silent, "it is queued, no more");
    // It is told again while the program is at it: both hear of the end.
    let (again, ()) = tokio::join!(inbox.take(numbered(1), MOMENT), async {
        let notification = next(&mut mailbox).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(notification);
    });
    assert_eq!((again.status, again.silent), (Status::OK, false));
    let (refused, ()) = tokio::join!(inbox.take(numbered(2), MOMENT), async {
        next(&mut mailbox).await.refuse(Status::INTERNAL_SERVER_ERROR);
    });
    assert_eq!(refused.status, Status::INTERNAL_SERVER_ERROR);
    // What was refused comes again as something new; what nobody took in the end was not reached.
    let (lost, ()) = tokio::join!(inbox.take(numbered(2), MOMENT), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(mailbox);
    });
    assert_eq!(lost.status, Status::TARGET_NOT_REACHABLE);
}

#[tokio::test(start_paused = true)]
async fn several_in_one_go_their_ways_and_the_last_word_ends_a_stream() {
    let inbox = inbox(4, Acknowledge::Queued);
    let (mut one, mut rest) = (inbox.open("/id-in/sub-1", None), inbox.open_rest());
    let both =
        r#"{"m2m:agn":{"m2m:sgn":[{"sur":"/id-in/sub-1","nev":{"net":1}},{"sur":"/id-in/sub-2","nev":{"net":2}}]}}"#;
    assert_eq!(inbox.take(telling("b", both), None).await.status, Status::OK);
    assert_eq!(next(&mut one).await.event_type(), Some(1));
    assert_eq!(next(&mut rest).await.event_type(), Some(2));
    let end = telling("e", r#"{"m2m:sgn":{"sur":"/id-in/sub-1","sud":true}}"#);
    assert_eq!(inbox.take(end.clone(), None).await.status, Status::OK);
    assert!(next(&mut one).await.is_end());
    assert!(one.items.recv().await.is_none());
    inbox.close(rest.number);
    assert_eq!(inbox.take(end.identified("f"), None).await.status, Status::OK, "an end is an end");
    assert_eq!(inbox.take(numbered(1), None).await.status, Status::TARGET_NOT_REACHABLE);
}

#[tokio::test]
async fn nothing_but_notifications_is_taken() {
    let inbox = inbox(4, Acknowledge::Queued);
    assert_eq!(inbox.take(Request::retrieve("Cae"), None).await.status, Status::OPERATION_NOT_ALLOWED);
    assert_eq!(inbox.take(telling("x", r#"{"m2m:rsp":{}}"#), None).await.status, Status::BAD_REQUEST);
}
