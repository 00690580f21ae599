//! Notifications to `coap://` points of access.

use std::time::Duration;

use coap_lite::MessageType;
use onem2m_cse::Cse;
use onem2m_cse::binding::coap::CoapLimits;
use onem2m_cse::primitive::{Operation, Request, Status};
use onem2m_cse::value::{Map, Value};

use super::bare::{Bare, code, first, message, option};
use super::{created, open};

async fn instance(cse: &Cse, content: &str) {
    created(cse, Request::create("cse-in/Clamp/c", 4, "m2m:cin", Map::from_iter([("con", content)]))).await;
}

/// Subscribes somebody. Answers the verification that comes first.
async fn subscribe(cse: &Cse, ear: &Bare, target: &str) -> coap_lite::Packet {
    let events = Map::from_iter([("net", vec![3_i64])]);
    let subscription = Map::from_iter([("nu", Value::from(vec![target.to_owned()])), ("enc", events.into())]);
    let request = Request::create("cse-in/Clamp/c", 23, "m2m:sub", subscription);
    tokio::join!(created(cse, request), ear.told()).1
}

fn content(notification: &coap_lite::Packet) -> String {
    let body: serde_json::Value = serde_json::from_slice(&notification.payload).unwrap();
    body["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_listener_is_told() {
    let (cse, _) = open(CoapLimits::default()).await;
    let ear = Bare::open().await;
    let verification = subscribe(&cse, &ear, &ear.url()).await;
    assert!(String::from_utf8_lossy(&verification.payload).contains("vrq"));
    for number in ["1", "2"] {
        instance(&cse, number).await;
        let told = ear.told().await;
        assert_eq!((told.header.get_type(), code(&told), content(&told)), (MessageType::Confirmable, 2, number.into()));
        assert_eq!((first(&told, 11), first(&told, 12)), (b"told".to_vec(), vec![50]));
        assert!(first(&told, 267).is_empty(), "without a resource type a POST is a NOTIFY");
        assert!(first(&told, 279).starts_with(b"/id-in") && !first(&told, 283).is_empty());
        assert_eq!(told.get_token().len(), 8, "nobody guesses it");
    }
    cse.stop().await;
}

/// The first time it does not answer; then only that it has heard; and then what it thinks.
#[tokio::test]
async fn a_listener_takes_its_time() {
    let (cse, _) = open(CoapLimits::default()).await;
    let ear = Bare::open().await;
    subscribe(&cse, &ear, &ear.url()).await;
    instance(&cse, "1").await;
    let (_, lost) = ear.receive().await;
    let (from, again) = ear.receive().await;
    assert_eq!(lost, again, "the same message under the same ID");
    ear.send(from, &message(MessageType::Acknowledgement, 0, again.header.message_id)).await;
    assert_eq!(ear.hear(Duration::from_millis(700)).await, None, "it has heard");
    let mut answer = message(MessageType::Confirmable, 0x44, 77);
    answer.set_token(again.get_token().to_vec());
    option(&mut answer, 283, &first(&again, 283));
    option(&mut answer, 307, &[0x07, 0xd0]);
    ear.send(from, &answer).await;
    assert_eq!(ear.receive().await.1, message(MessageType::Acknowledgement, 0, 77));
    instance(&cse, "2").await;
    assert_eq!(content(&ear.told().await), "2");
    cse.stop().await;
}

/// Five kilobytes go out in blocks. The listener wants small ones.
#[tokio::test]
async fn a_large_notification_leaves_in_blocks() {
    let (cse, _) = open(CoapLimits::default()).await;
    let ear = Bare::open().await;
    subscribe(&cse, &ear, &ear.url()).await;
    let large = "x".repeat(5000);
    instance(&cse, &large).await;
    let (mut body, mut size) = (Vec::new(), 1024);
    loop {
        let (from, part) = ear.receive().await;
        let block = first(&part, 27).iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        assert_eq!(((block >> 4) * size, 16 << (block & 7)), (body.len(), size));
        // RFC 7959 2.3: 128 bytes from now on. What has come counts.
        body.extend_from_slice(&part.payload);
        if block & 8 == 0 {
            ear.take(from, &part).await;
            break;
        }
        let mut more = message(MessageType::Acknowledgement, 0x5f, part.header.message_id);
        more.set_token(part.get_token().to_vec());
        let wanted = (block & !7) | 3;
        option(&mut more, 27, &[u8::try_from(wanted >> 8).unwrap(), u8::try_from(wanted & 255).unwrap()]);
        ear.send(from, &more).await;
        size = 128;
    }
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"], serde_json::json!(large));
    cse.stop().await;
}

/// An AE is called at its point of access, and in the serialization that it wants.
#[tokio::test]
async fn an_ae_that_listens_is_called() {
    let (cse, _) = open(CoapLimits::default()).await;
    let ear = Bare::open().await;
    let reachable = Map::from_iter([
        ("poa", Value::from(vec![ear.url().trim_end_matches("/told").to_owned()])),
        ("csz", vec!["application/cbor"].into()),
    ]);
    let update = cse.request(Request::update("cse-in/Clamp", "m2m:ae", reachable).from("Clamp")).await;
    assert_eq!(update.status, Status::UPDATED);
    subscribe_locally(&cse).await;
    instance(&cse, "1").await;
    let told = ear.told().await;
    assert_eq!(first(&told, 12), [60], "{told:?}");
    assert!(told.payload.windows(5).any(|bytes| bytes == b"\x63con\x61"), "{told:?}");
    cse.stop().await;
}

/// Nobody is asked whether the creator wants to be told.
async fn subscribe_locally(cse: &Cse) {
    let events = Map::from_iter([("net", vec![3_i64])]);
    let subscription = Map::from_iter([("nu", Value::from(vec!["Clamp"])), ("enc", events.into())]);
    let mut request = Request::new(Operation::Create, "cse-in/Clamp/c");
    request.resource_type = Some(23);
    request.content = Some(Map::from_iter([("m2m:sub", subscription)]).into());
    created(cse, request).await;
}
