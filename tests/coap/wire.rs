//! Bad wires, single messages, and who is let in.

use std::time::Duration;

use coap_lite::MessageType;
use onem2m_cse::Error;
use onem2m_cse::binding::coap::mapping::outgoing;
use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig, CoapConfig, CoapLimits};
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::value::Map;
use onem2m_cse::{Cse, CseConfig};

use super::bare::{Bare, code, first, message, option, request};
use super::relay::{Fate, Relay};
use super::{furnish, hasty, instances, open};

/// A third of all datagrams goes wrong. Each request has its effect once, and each body is whole.
#[tokio::test]
async fn a_bad_wire_changes_nothing_but_the_time() {
    let (cse, address) = open(CoapLimits { transmission: hasty(), ..CoapLimits::default() }).await;
    let late = |millis| Fate::Late(Duration::from_millis(millis));
    // A prime number of them, so that no message always meets the same.
    let fates = [Fate::Arrives, Fate::Lost, Fate::Arrives, Fate::Twice, Fate::Arrives, late(40), Fate::Arrives];
    let fates = [&fates[..], &[Fate::Arrives, Fate::Lost, Fate::Lost, late(400)]].concat();
    let relay = Relay::start(address, fates).await;
    let client = CoapClient::new(CoapClientConfig { transmission: hasty(), ..CoapClientConfig::default() });
    let point = format!("coap://{}", relay.address());
    let ask = async |request: Request| {
        let url = outgoing::url(&point, &request.to);
        let request = request.from("Clamp").identified("r");
        client.call_in(Format::Json, &url, &request, Duration::from_secs(60)).await.unwrap()
    };
    let mut sent = Vec::new();
    for number in 0..20 {
        // Every fifth is large.
        let content = format!("{number}:{}", "x".repeat(if number % 5 == 4 { 5000 } else { 3 }));
        let instance = Map::from_iter([("con", content.clone())]);
        let created = ask(Request::create("cse-in/Clamp/c", 4, "m2m:cin", instance)).await;
        assert_eq!(created.status, Status::CREATED);
        let latest = ask(Request::retrieve("cse-in/Clamp/c/la")).await;
        assert_eq!(latest.attributes().unwrap().get("con").unwrap().as_text(), Some(&*content));
        sent.push(content);
    }
    assert_eq!(instances(&cse).await, sent);
    assert!(relay.carried() > 120, "{}", relay.carried());
    cse.stop().await;
}

/// A request that waits for somebody else is acknowledged at once, and answered by itself.
#[tokio::test]
async fn what_takes_time_is_acknowledged_first() {
    let (cse, address) = open(CoapLimits { piggyback: Duration::from_millis(50), ..CoapLimits::default() }).await;
    let (lamp, ear) = (Bare::open().await, Bare::open().await);
    let mut subscribe = request(2, 7, "cse-in/Clamp/c");
    option(&mut subscribe, 267, &[23]);
    option(&mut subscribe, 12, &[50]);
    subscribe.payload = format!(r#"{{"m2m:sub":{{"nu":["{}"]}}}}"#, ear.url()).into_bytes();
    lamp.send(address, &subscribe).await;
    let (from, verification) = ear.receive().await;
    let (_, acknowledged) = lamp.receive().await;
    assert_eq!((acknowledged.header.message_id, code(&acknowledged)), (7, 0));
    ear.take(from, &verification).await;
    // Before an unknown address is sent something again and again, it has to say that it is there.
    let (_, ping) = lamp.receive().await;
    assert_eq!((ping.header.get_type(), code(&ping)), (MessageType::Confirmable, 0));
    lamp.send(address, &message(MessageType::Reset, 0, ping.header.message_id)).await;
    let (_, created) = lamp.receive().await;
    assert_eq!((created.header.get_type(), code(&created)), (MessageType::Confirmable, 0x41));
    assert_eq!((created.get_token(), first(&created, 307)), (&[9, 9][..], vec![0x07, 0xd1]));
    // Not acknowledged, it comes again; acknowledged, it does not.
    let (_, again) = lamp.receive().await;
    assert_eq!(again, created);
    lamp.send(address, &message(MessageType::Acknowledgement, 0, created.header.message_id)).await;
    assert_eq!(lamp.hear(Duration::from_secs(5)).await, None);
    cse.stop().await;
}

#[tokio::test]
async fn messages_that_mean_nothing_here_are_reset_or_passed_over() {
    let (cse, address) = open(CoapLimits::default()).await;
    let lamp = Bare::open().await;
    let reset = |id| message(MessageType::Reset, 0, id);
    lamp.send(address, &message(MessageType::Confirmable, 0, 5)).await;
    assert_eq!(lamp.receive().await.1, reset(5), "a ping");
    for nonsense in
        [&b""[..], b"x", b"\x80\x01\x00\x05", b"\x50\x01\x00\x05\xff", b"\x60\x45\x00\x05", b"\x70\x00\x00\x05"]
    {
        lamp.send_bytes(address, nonsense).await;
    }
    lamp.send_bytes(address, b"\x40\x01\x00\x06\xff").await;
    assert_eq!(lamp.receive().await.1, reset(6), "nothing was said to what came before");
    let patch = request(6, 8, "cse-in");
    lamp.send(address, &patch).await;
    assert_eq!(code(&lamp.receive().await.1), 0x85);
    cse.stop().await;
}

#[tokio::test]
async fn both_families_of_addresses_are_served() {
    let addresses = vec!["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()];
    let coap = CoapConfig { addresses, ..CoapConfig::default() };
    let cse = Cse::builder(CseConfig::default()).bind(coap).start().await.unwrap();
    furnish(&cse).await;
    let client = CoapClient::new(CoapClientConfig::default());
    assert!(cse.addresses()[1].starts_with("coap://[::1]:"));
    for point in cse.addresses() {
        let request = Request::retrieve("cse-in/Clamp").from("Clamp").identified("r");
        let url = outgoing::url(&point, &request.to);
        let answer = client.call_in(Format::Cbor, &url, &request, Duration::from_secs(20)).await.unwrap();
        assert_eq!(answer.status, Status::OK);
    }
    let lamp = Bare::open_v6().await;
    lamp.send(cse.addresses()[1].trim_start_matches("coap://").parse().unwrap(), &request(1, 1, "cse-in/none")).await;
    assert_eq!(code(&lamp.receive().await.1), 0x84);
    cse.stop().await;
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_with_a_remedy() {
    let start = async |addresses: &[&str]| {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let coap = CoapConfig { addresses, ..CoapConfig::default() };
        match Cse::builder(CseConfig::default()).bind(coap).start().await {
            Err(Error::Binding { reason, .. }) => reason,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it started"),
        }
    };
    assert!(start(&["0.0.0.0:0"]).await.contains("allow_plaintext"));
    assert!(start(&[]).await.contains("no address"));
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let held = std::net::UdpSocket::bind(&taken).unwrap();
    assert!(start(&[&taken]).await.contains(&taken));
    drop(held);
}
