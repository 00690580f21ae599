//! A CSE that is spoken to over CoAP, and speaks over it.
#![cfg(all(feature = "coap", feature = "cbor", feature = "http"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod bare;
mod libcoap;
mod relay;
mod shielded;
mod spoken;
mod table;
mod told;
mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig, CoapConfig, CoapLimits, Transmission};
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};

/// A CSE with an AE `Clamp` and its container `c`.
async fn open(limits: CoapLimits) -> (Cse, SocketAddr) {
    let coap = CoapConfig { addresses: vec!["127.0.0.1:0".parse().unwrap()], limits, ..CoapConfig::default() };
    let client = CoapClient::new(CoapClientConfig { transmission: hasty(), ..CoapClientConfig::default() });
    let cse = Cse::builder(CseConfig::default()).bind(coap).caller(client).start().await.unwrap();
    furnish(&cse).await;
    let address = cse.addresses()[0].trim_start_matches("coap://").parse().unwrap();
    (cse, address)
}

async fn furnish(cse: &Cse) {
    let ae = [("rn", Value::from("Clamp")), ("api", "Napp".into()), ("rr", true.into()), ("srv", vec!["3"].into())];
    created(cse, Request::create("cse-in", 2, "m2m:ae", Map::from_iter(ae))).await;
    created(cse, Request::create("cse-in/Clamp", 3, "m2m:cnt", Map::from_iter([("rn", "c")]))).await;
}

async fn created(cse: &Cse, request: Request) {
    let response = cse.request(request.from("Clamp")).await;
    assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
}

/// The contents of the instances that are there.
async fn instances(cse: &Cse) -> Vec<String> {
    let request = Request::retrieve("cse-in/Clamp/c").wanting(onem2m_cse::primitive::ResultContent::ChildResources);
    let children = cse.request(request.from("Clamp")).await.value();
    let list = children
        .as_map()
        .and_then(|map| map.get("m2m:cnt")?.as_map()?.get("m2m:cin")?.as_list().map(<[Value]>::to_vec));
    let content = |child: &Value| child.as_map().unwrap().get("con").and_then(Value::as_text).unwrap().to_owned();
    list.unwrap_or_default().iter().map(content).collect()
}

/// Repeats sooner than a thin link would want it.
fn hasty() -> Transmission {
    Transmission { ack_timeout: Duration::from_millis(150), max_retransmit: 7, ..Transmission::default() }
}
